package io.antiphon.examples.wine;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Wines that nobody ever drank: three grapes, with what a laboratory would measure of them.
final class Wines {
  private static final List<Grape> GRAPES =
      List.of(
          new Grape("nebbiolo", 13.7, 2.0, 2.8, 5.5, 22),
          new Grape("pinot nero", 12.3, 1.9, 2.1, 3.1, 16),
          new Grape("barbera", 13.1, 3.3, 0.8, 7.4, 11));
  private static final List<String> REGIONS = List.of("Alba", "Asti", "Monferrato", "Langhe");

  private Wines() {}

  private record Grape(
      String name, double alcohol, double acid, double flavanoids, double colour, double price) {}

  /// Writes a table. A price goes with age, alcohol and region; some measurements are missing, and
  /// a remark holds a comma, as remarks do.
  static void write(Path file, int count, long seed) throws IOException {
    var random = new Random(seed);
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    try (var out = new PrintWriter(Files.newBufferedWriter(file))) {
      out.println("grape,alcohol,acid,flavanoids,colour,region,year,remark,price");
      for (int i = 0; i < count; i++) {
        Grape grape = GRAPES.get(random.nextInt(GRAPES.size()));
        int region = random.nextInt(REGIONS.size());
        int year = 2004 + random.nextInt(20);
        double alcohol = grape.alcohol + 0.8 * random.nextGaussian();
        double price =
            grape.price
                + 3 * region
                + 0.8 * (2024 - year)
                + 2 * (alcohol - 13)
                + 1.5 * random.nextGaussian();
        out.printf(
            Locale.ROOT,
            "%s,%.2f,%s,%.2f,%.1f,%s,%d,\"bottle %d, tasted\",%.2f%n",
            grape.name,
            alcohol,
            random.nextInt(20) == 0
                ? ""
                : String.format(Locale.ROOT, "%.2f", grape.acid + 0.8 * random.nextGaussian()),
            grape.flavanoids + 0.9 * random.nextGaussian(),
            grape.colour + 1.8 * random.nextGaussian(),
            REGIONS.get(region),
            year,
            i,
            Math.max(price, 3));
      }
    }
  }
}
