package io.antiphon.benchmarks;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.arrays.ArrayFiles;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.core.Pass;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.data.Glyphs;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Adam;
import io.antiphon.vision.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/// How long a loop waits for data that do not fit the heap, and what memory they take: training on
/// digits in a NumPy file and in PNG files, which are drawn for it.
///
/// For each kind of data a line per epoch: its time, the share of it that the loop waited for
/// samples, the heap that is in use after a collection, and the process's memory that no file backs
/// (Linux tells it). Run it with a heap smaller than the data:
///
/// `ANTIPHON_JAVA_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m"`
///
/// Arguments: a folder for the files, then the number of digits in the NumPy file (400,000), that
/// of PNG files (8,000), and of epochs (10).
public final class LargeDataBenchmark {
  private static final int DRAWN = 2_000;

  private LargeDataBenchmark() {}

  /// Draws what is not there yet, trains, and prints the lines.
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int digits = args.length > 1 ? Integer.parseInt(args[1]) : 400_000;
    int images = args.length > 2 ? Integer.parseInt(args[2]) : 8_000;
    int epochs = args.length > 3 ? Integer.parseInt(args[3]) : 10;
    System.out.printf(
        "heap of %,d MiB, %d processors%n",
        Runtime.getRuntime().maxMemory() >> 20, Runtime.getRuntime().availableProcessors());
    Path arrays = folder.resolve("arrays-" + digits);
    Path pictures = folder.resolve("images-" + images);
    writeArrays(arrays, digits);
    writeImages(pictures, images);
    run(
        "arrays: %,d digits, %,d MiB".formatted(digits, digits * 784L >> 20),
        new ArrayFiles(arrays).valid(0),
        Mlp.of(new Mlp.Options(), 10),
        epochs);
    run(
        "images: %,d PNG files, %,d MiB of pixels".formatted(images, images * 64L * 64 * 3 >> 20),
        new ImageFolder.Options(pictures).valid(0).cache(0),
        Cnn.of(new Cnn.Options(List.of(16, 32, 64)), 10),
        epochs);
  }

  private static void writeArrays(Path folder, int count) throws IOException {
    if (Files.exists(folder.resolve("y.npy"))) {
      return;
    }
    Files.createDirectories(folder);
    Glyphs glyphs = Glyphs.train(1);
    var drawn = new byte[DRAWN][];
    for (int i = 0; i < DRAWN; i++) {
      drawn[i] = glyphs.image(i);
    }
    try (OutputStream out = open(folder.resolve("x.npy"), count + ", 28, 28")) {
      for (int i = 0; i < count; i++) {
        out.write(drawn[i % DRAWN]);
      }
    }
    try (OutputStream out = open(folder.resolve("y.npy"), count + ",")) {
      for (int i = 0; i < count; i++) {
        out.write(glyphs.digit(i % DRAWN));
      }
    }
  }

  private static OutputStream open(Path file, String shape) throws IOException {
    var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }".formatted(shape);
    header += " ".repeat(117 - header.length()) + "\n";
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
    out.write(header.getBytes(StandardCharsets.US_ASCII));
    return out;
  }

  /// Digits four times as large, on a ground of their own colour.
  private static void writeImages(Path folder, int count) throws IOException {
    if (Files.exists(folder.resolve("done"))) {
      return;
    }
    Glyphs glyphs = Glyphs.train(1);
    for (int i = 0; i < count; i++) {
      byte[] digit = glyphs.image(i % DRAWN);
      var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
      int ground = 0x10101 * (i % 64);
      for (int p = 0; p < 64 * 64; p++) {
        int shade = digit[p / 64 * 28 / 64 * 28 + p % 64 * 28 / 64] & 0xff;
        image.setRGB(p % 64, p / 64, ground | (shade << (8 * (i % 3))));
      }
      Path file = folder.resolve("%d/%d.png".formatted(glyphs.digit(i % DRAWN), i));
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    Files.createFile(folder.resolve("done"));
  }

  private static void run(String title, DataProvider provider, Block model, int epochs) {
    System.out.printf("%n%s%nepoch      time  waited   heap, MiB  process, MiB%n", title);
    try (NDManager manager = NDManager.newBaseManager()) {
      DataProvider.Data data = provider.create(new DataProvider.Setting(manager, 1));
      try (Learner learner =
          Learner.builder()
              .model(model)
              .loss(new CrossEntropy())
              .optimizer(Adam.of(1e-3))
              .train(data.train())
              .build()) {
        var lines = new Lines();
        learner.fit(epochs, lines);
        lines.shares.sort(null);
        System.out.printf(
            "median of the shares that the loop waited: %.2f %%%n",
            100 * lines.shares.get(lines.shares.size() / 2));
      }
    }
  }

  /// A line per epoch.
  private static final class Lines implements Callback {
    private final List<Double> shares = new ArrayList<>();
    private long start;
    private long end;
    private long waited;

    @Override
    public void beforeEpoch(Epoch epoch) {
      start = System.nanoTime();
    }

    @Override
    public void afterTrain(Pass pass) {
      end = System.nanoTime();
      waited = pass.waitedForData().toNanos();
    }

    @Override
    public void afterEpoch(Epoch epoch) {
      double share = (double) waited / (end - start);
      shares.add(share);
      System.gc();
      System.out.printf(
          "%5d  %7.2fs  %5.2f %%  %10d  %12s%n",
          epoch.number(),
          (end - start) / 1e9,
          100 * share,
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
          anonymous());
    }

    /// {@return the memory of the process that no file backs, in MiB}
    private static String anonymous() {
      try {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("RssAnon"))
            .map(line -> Long.toString(Long.parseLong(line.replaceAll("\\D", "")) >> 10))
            .findFirst()
            .orElse("?");
      } catch (IOException e) {
        return "?";
      }
    }
  }
}
