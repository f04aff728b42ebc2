import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.cli.Main;
import java.awt.Color;
import java.awt.Graphics;
import java.awt.image.BufferedImage;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;

/// The files that the documents name, small and real, in the current folder.
final class Folder {
  private static final Random RANDOM = new Random(42);

  private Folder() {}

  static void fill() throws IOException {
    if (Files.exists(Path.of("runs"))) {
      return;
    }
    tables();
    arrays();
    images();
    Files.writeString(Path.of("shakespeare.txt"), "To be, or not to be: that is the question.\n".repeat(800));
    Files.write(Path.of("sound"), new byte[4 * 16_000]);
    experiments();
  }

  private static void tables() throws IOException {
    var table = new StringBuilder("alcohol,acid,grape\n");
    for (int i = 0; i < 24; i++) {
      int grape = i % 3;
      double alcohol = 11 + grape + RANDOM.nextInt(100) / 200.0;
      table.append("%s,%s,%s\n".formatted(alcohol, grape, "abc".charAt(grape)));
    }
    for (String name : List.of("wine.csv", "other.csv", "known.csv", "new.csv")) {
      Files.writeString(Path.of(name), table);
    }
  }

  private static void arrays() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.randomUniform(0, 255, new Shape(40, 28, 28)).toType(DataType.UINT8, true);
      NDArray y = manager.arange(40).toType(DataType.INT64, true).mod(10);
      x.setName("x");
      y.setName("y");
      Files.write(Path.of("digits.npz"), new NDList(x, y).encode(NDList.Encoding.NPZ));
    }
    try (var zip = new ZipInputStream(Files.newInputStream(Path.of("digits.npz")))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        Files.copy(zip, Path.of(entry.getName()));
      }
    }
    for (String part : List.of("train", "t10k")) {
      idx(part + "-images-idx3-ubyte.gz", 40, 28, 28);
      idx(part + "-labels-idx1-ubyte.gz", 40);
    }
  }

  private static void idx(String name, int... sizes) throws IOException {
    try (OutputStream file = Files.newOutputStream(Path.of(name));
        var out = new DataOutputStream(new GZIPOutputStream(file))) {
      out.writeInt(0x800 + sizes.length);
      int bytes = 1;
      for (int size : sizes) {
        out.writeInt(size);
        bytes *= size;
      }
      for (int i = 0; i < bytes; i++) {
        out.writeByte(i % 10);
      }
    }
  }

  private static void images() throws IOException {
    for (String kind : List.of("flowers/rose/", "flowers/tulip/", "flowers/daisy/", "roses/dog/", "roses/tea/", "scans/")) {
      for (int i = 1; i <= 4; i++) {
        image(kind + i + ".png", new Color(RANDOM.nextInt(1 << 24)));
      }
    }
    image("photo.png", Color.GRAY);
  }

  private static void image(String name, Color color) throws IOException {
    var image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
    Graphics graphics = image.createGraphics();
    graphics.setColor(color);
    graphics.fillOval(10, 5, 20, 20);
    graphics.dispose();
    Files.createDirectories(Path.of(name).toAbsolutePath().getParent());
    ImageIO.write(image, "png", Path.of(name).toFile());
  }

  /// Experiments, and the runs that the documents have of them.
  private static void experiments() throws IOException {
    String digits =
        """
        data: { use: glyphs, train: 140, valid: 20, batch-size: 1 }
        model: mlp
        fit: { epochs: 2 }
        callbacks: [gradient-clip]
        """;
    for (String name : List.of("digits", "experiment")) {
      Files.writeString(Path.of(name + ".yaml"), digits);
    }
    Files.writeString(
        Path.of("wine.yaml"), "data: { use: csv, file: wine.csv, target: grape }\nfit: { epochs: 1 }\n");
    Files.writeString(
        Path.of("flowers.yaml"), "data: { use: images, dir: flowers }\nfit: { epochs: 1 }\n");
    run("digits", "digits");
    run("wine", "wine");
    run("flowers", "flowers");
    run("digits", "a");
    run("wine", "b");
  }

  private static void run(String experiment, String name) {
    if (Main.run(System.out, System.err, "train", experiment + ".yaml", "--out", "runs/" + name) != 0) {
      throw new IllegalStateException("no run " + name);
    }
  }
}
