package io.antiphon.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.core.options.Options;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.data.DataException;
import io.antiphon.data.Glyphs;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path dir;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static Path write(Path file, BufferedImage image) throws IOException {
    Files.createDirectories(file.getParent());
    String name = file.getFileName().toString();
    assertThat(ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile()))
        .isTrue();
    return file;
  }

  /// An image of one colour.
  static BufferedImage plain(int type, int height, int width, int rgb) {
    var image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  private static BufferedImage grey(int height, int width, int value) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, value);
      }
    }
    return image;
  }

  /// Ten images of each of three classes, whose grey values tell the class and the number.
  private void threeClasses(String under) throws IOException {
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < 10; i++) {
        write(dir.resolve("%s/c%d/i%d.png".formatted(under, c, i)), grey(4, 6, 50 * c + i));
      }
    }
  }

  private ImageFolder.Options options(Object... changes) {
    ImageFolder.Options options =
        new ImageFolder.Options(dir).batchSize(4).standardized(List.of(0.0), List.of(1 / 255.0));
    for (Object change : changes) {
      options =
          switch (change) {
            case Path table -> options.labels(table);
            case Resize resize -> options.resize(resize);
            case ImageFolder.Color color -> options.color(color);
            case Double share -> options.valid(share);
            case Damage damaged -> options.damaged(damaged);
            case Integer mebibytes -> options.cache(mebibytes);
            default -> throw new AssertionError(change);
          };
    }
    return options;
  }

  private ImageFolder read(Object... changes) {
    return ImageFolder.read(manager, options(changes), 1);
  }

  /// {@return the first pixel of each sample, with its class}
  private String epoch(DataLoader loader, long seed, long epoch) {
    var text = new StringBuilder();
    try (DataLoader.Batches batches = loader.open(seed, epoch, 0)) {
      while (batches.hasNext()) {
        try (NDManager scratch = manager.newSubManager()) {
          Samples batch = batches.next(scratch);
          float[] pixels = batch.inputs().head().get(":, 0, 0, 0").toFloatArray();
          long[] classes = batch.targets().head().toLongArray();
          for (int i = 0; i < classes.length; i++) {
            text.append(Math.round(pixels[i])).append(':').append(classes[i]).append(' ');
          }
        }
      }
    }
    return text.toString();
  }

  @Test
  void foldersAreClassesAndAFifthOfEachIsForValidation() throws IOException {
    threeClasses(".");
    Files.writeString(dir.resolve("c1/notes.txt"), "no image");
    Files.createDirectory(dir.resolve(".cache"));
    ImageFolder folder = read();
    assertThat(folder.classes()).containsExactly("c0", "c1", "c2");
    assertThat(folder.counts()).containsEntry("c1", 10L);
    assertThat(folder.shape()).isEqualTo(new Shape(1, 4, 6));
    assertThat(folder.train().samples()).isEqualTo(24);
    assertThat(folder.train().inputShapes()).containsExactly(new Shape(4, 1, 4, 6));
    String valid = epoch(folder.valid().orElseThrow(), 1, 0);
    for (int c = 0; c < 3; c++) {
      assertThat(valid)
          .containsPattern("(:" + c + " .*){2}")
          .doesNotContainPattern("(:" + c + " .*){3}");
    }
    String train = epoch(folder.train(), 1, 0);
    for (String sample : (valid + train).split(" ")) {
      int pixel = Integer.parseInt(sample.substring(0, sample.indexOf(':')));
      assertThat(sample).endsWith(":" + pixel / 50);
    }
    assertThat((valid + train).split(" ")).hasSize(30).doesNotHaveDuplicates();
    assertThat(epoch(read().valid().orElseThrow(), 1, 0)).isEqualTo(valid);
    assertThat(epoch(ImageFolder.read(manager, options(), 2).valid().orElseThrow(), 1, 0))
        .isNotEqualTo(valid);
    assertThat(read(0.0).valid()).isEmpty();
  }

  @Test
  void aGivenValidationPartIsKept() throws IOException {
    threeClasses("train");
    write(dir.resolve("val/c2/one.png"), grey(4, 6, 107));
    ImageFolder folder = read();
    assertThat(folder.train().samples()).isEqualTo(30);
    assertThat(epoch(folder.valid().orElseThrow(), 1, 0)).isEqualTo("107:2 ");
    write(dir.resolve("val/c7/one.png"), grey(4, 6, 107));
    assertThatThrownBy(this::read)
        .isInstanceOf(DataException.class)
        .hasMessage(
            "'%s' has the class 'c7', which '%s' has not; a model cannot know it"
                .formatted(dir.resolve("val"), dir.resolve("train")));
  }

  @Test
  void aTableNamesImagesAndLabels() throws IOException {
    threeClasses("pictures");
    Path table =
        Files.writeString(
            dir.resolve("labels.csv"),
            "file,label\npictures/c0/i1.png,\"low, one\"\npictures/c2/i3.png,high\n");
    ImageFolder folder = read(table, 0.0);
    assertThat(folder.classes()).containsExactly("high", "low, one");
    assertThat(epoch(folder.train(), 1, 0).split(" ")).containsExactlyInAnyOrder("1:1", "103:0");

    Files.writeString(table, "file,label\npictures/c0/i1.png,low\nmissing.png,high\n");
    assertThatThrownBy(() -> read(table))
        .isInstanceOf(DataException.class)
        .hasMessage("%s:3: there is no image '%s'".formatted(table, dir.resolve("missing.png")));
    Files.writeString(table, "file,label\npictures/c0/i1.png,\n");
    assertThatThrownBy(() -> read(table))
        .hasMessage("%s:2: 'pictures/c0/i1.png' has no label".formatted(table));
    Files.writeString(table, "file,label\npictures/c0/i1.png,low\npictures/c2/i3.png\n");
    assertThatThrownBy(() -> read(table))
        .hasMessage(
            "%s:3: the row has one field; the first names an image, the second its label", table);
    Files.writeString(table, "file,label\npictures/c0/i1.png,low,one\n");
    assertThatThrownBy(() -> read(table))
        .hasMessage(
            "%s:2: the row has 3 fields, the first line 2; quote fields that hold a comma", table);
    Files.writeString(table, "file,label\n");
    assertThatThrownBy(() -> read(table)).hasMessage("'%s' names no image".formatted(table));
    Files.delete(table);
    assertThatThrownBy(() -> read(table))
        .hasMessage("there is no file '%s' for data.labels".formatted(table));
  }

  @Test
  void aFolderThatIsNoneOrHasNoClassesIsRefused() throws IOException {
    assertThatThrownBy(this::read)
        .hasMessage(
            "folder '%s' has no folder with images (PNG, JPEG, BMP, GIF); put the images of each class into one"
                .formatted(dir));
    write(dir.resolve("a.png"), grey(2, 2, 1));
    assertThatThrownBy(this::read)
        .hasMessage(
            "folder '%s' has images, but not in a folder for each class; make one for each, or give a table of names and labels by data.labels"
                .formatted(dir));
    write(dir.resolve("one/a.png"), grey(2, 2, 1));
    assertThatThrownBy(this::read)
        .hasMessage(
            "'%s' has images of class [one] only; to tell classes apart takes two at least"
                .formatted(dir));
    Files.createDirectory(dir.resolve("two"));
    assertThatThrownBy(this::read)
        .hasMessage(
            "folder '%s' has no image (PNG, JPEG, BMP, GIF); fill it or remove it"
                .formatted(dir.resolve("two")));
    Path none = dir.resolve("none");
    assertThatThrownBy(() -> ImageFolder.read(manager, new ImageFolder.Options(none), 1))
        .hasMessage(
            "there is no folder '%s' for data.dir; name another with --set data.dir=FOLDER"
                .formatted(none));
  }

  @Test
  void aDamagedImageIsNamedAndRefusedOrLeftOut() throws IOException {
    threeClasses(".");
    Path damaged = dir.resolve("c1/i4.png");
    byte[] bytes = Files.readAllBytes(damaged);
    Files.write(damaged, Arrays.copyOf(bytes, bytes.length / 2));
    ImageFolder folder = read(0.0, 0);
    assertThatThrownBy(() -> epoch(folder.train(), 1, 0))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("'%s' cannot be read: ".formatted(damaged));
    ImageFolder others = read(0.0, Damage.SKIP);
    assertThat(others.train().samples()).isEqualTo(29);
    assertThat(others.notes()).singleElement().asString().contains(damaged.toString());
    Files.writeString(damaged, "no image at all");
    Files.write(dir.resolve("c2/i0.png"), new byte[0]);
    ImageFolder rest = read(0.0, Damage.SKIP);
    assertThat(rest.train().samples()).isEqualTo(28);
    assertThat(epoch(rest.train(), 1, 0)).doesNotContain("54:1").doesNotContain("100:2");
    assertThat(Damage.told(List.of(damaged), Damage.find(List.of(damaged))))
        .isEqualTo(
            "left out 1 damaged image: '%s' (it is no PNG, JPEG, BMP or GIF)".formatted(damaged));
  }

  @Test
  void aFileThatEndsTooSoonIsDamaged() throws IOException {
    var image = plain(BufferedImage.TYPE_INT_RGB, 64, 64, 0);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, i * 0x9e3779 & 0xffffff);
    }
    for (String format : List.of("png", "jpg", "bmp", "gif")) {
      Path file = write(dir.resolve("x." + format), image);
      byte[] bytes = Files.readAllBytes(file);
      assertThat(Pixels.read(file).height()).isEqualTo(64);
      for (int kept : new int[] {bytes.length * 2 / 3, 30, 3, 0}) {
        Files.write(file, Arrays.copyOf(bytes, kept));
        assertThatThrownBy(() -> Pixels.read(file))
            .as(format + " " + kept)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void theFourFormatsGiveTheSamePixelsAndGreyValuesStayAsTheyAre() throws IOException {
    int rgb = 0x3366cc;
    for (String format : List.of("png", "bmp", "gif", "jpg")) {
      int type =
          format.equals("gif") ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_INT_RGB;
      Path file = write(dir.resolve("x." + format), plain(type, 8, 8, rgb));
      Pixels pixels = Pixels.read(file);
      assertThat(pixels.channels()).isEqualTo(3);
      for (int c = 0; c < 3; c++) {
        int expected = rgb >> (16 - 8 * c) & 0xff;
        assertThat(pixels.values()[64 * c + 10] & 0xff)
            .as(format)
            .isCloseTo(expected, within(format.equals("jpg") ? 3 : 0));
      }
    }
    for (int value : new int[] {0, 1, 50, 128, 254, 255}) {
      Pixels pixels = Pixels.read(write(dir.resolve("g.png"), grey(3, 3, value)));
      assertThat(pixels.channels()).isEqualTo(1);
      assertThat(pixels.values()[4] & 0xff).isEqualTo(value);
    }
    var deep = new BufferedImage(2, 2, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(1, 1, 0, 0x8080);
    assertThat(Pixels.read(write(dir.resolve("d.png"), deep)).values())
        .containsExactly(0, 0, 0, 128);
  }

  @Test
  void colourBecomesGreyByLumaAndGreyBecomesColour() {
    Pixels red = Pixels.of(plain(BufferedImage.TYPE_INT_RGB, 1, 1, 0xff0000));
    assertThat(red.channels(1).values()).containsExactly(76); // as Pillow's convert('L')
    Pixels green = Pixels.of(plain(BufferedImage.TYPE_INT_RGB, 1, 1, 0x00ff00));
    assertThat(green.channels(1).values()[0] & 0xff).isEqualTo(150);
    assertThat(Pixels.of(grey(1, 1, 7)).channels(3).values()).containsExactly(7, 7, 7);
  }

  @Test
  void resizingKeepsPlainImagesPlainAndCropsOrPadsTheRest() throws IOException {
    Pixels plain = Pixels.of(grey(9, 13, 200));
    for (Resize way : Resize.values()) {
      byte[] small = resized(way, plain, 4, 4);
      assertThat(small).hasSize(16).contains((byte) 200);
      if (way != Resize.PAD) {
        assertThat(small).containsOnly((byte) 200);
      } else {
        assertThat(small).containsExactly(lines("cccc", "cccc", "cccc", "0000"));
      }
    }
    var halves = new Pixels(1, 1, 4, new byte[] {0, 0, 100, 100});
    assertThat(resized(Resize.SQUISH, halves, 1, 2)).containsExactly(14, 86); // the triangle's 1/7
    var wide = new Pixels(1, 2, 6, new byte[] {9, 9, 1, 2, 9, 9, 9, 9, 3, 4, 9, 9});
    assertThat(resized(Resize.CROP, wide, 2, 2)).containsExactly(1, 2, 3, 4);
    // enlarged twice, as Pillow: weights 1/4 and 3/4, the edge repeated
    var pair = new Pixels(1, 1, 2, new byte[] {0, 100});
    assertThat(resized(Resize.SQUISH, pair, 1, 4)).containsExactly(0, 25, 75, 100);
  }

  private static byte[] resized(Resize way, Pixels image, int height, int width) {
    return way.box(image.height(), image.width(), height, width).average(image, height, width);
  }

  private static byte[] lines(String... lines) {
    String all = String.join("", lines);
    var bytes = new byte[all.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = all.charAt(i) == 'c' ? (byte) 200 : 0;
    }
    return bytes;
  }

  @Test
  void valuesAreStandardisedByTheTrainingImages() throws IOException {
    threeClasses(".");
    ImageFolder folder = ImageFolder.read(manager, new ImageFolder.Options(dir).batchSize(24), 1);
    try (DataLoader.Batches batches = folder.train().open(1, 0, 0)) {
      NDArray inputs = batches.next(manager).inputs().head();
      assertThat(inputs.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(inputs.mean().getFloat()).isCloseTo(0, within(1e-5f));
      assertThat(inputs.square().mean().getFloat()).isCloseTo(1, within(1e-5f));
    }
    assertThat(folder.mean()).hasSize(1);
  }

  @Test
  void randomCropsAreDrawnFromTheSeedTheEpochAndTheImageAlone() throws IOException {
    for (int i = 0; i < 12; i++) {
      var image = new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 400; p++) {
        image.getRaster().setSample(p % 20, p / 20, 0, (p * 7 + i) % 256);
      }
      write(dir.resolve("c%d/%d.png".formatted(i % 2, i)), image);
    }
    String first = "";
    for (int threads : new int[] {1, 2, 5}) {
      ImageFolder.Options options = options(0.5).size(5, 5).minScale(0.3).threads(threads).ahead(2);
      ImageFolder folder = ImageFolder.read(manager, options, 1);
      String drawn = epoch(folder.train(), 1, 0);
      first = first.isEmpty() ? drawn : first;
      assertThat(drawn).isEqualTo(first).isNotEqualTo(epoch(folder.train(), 1, 1));
      String valid = epoch(folder.valid().orElseThrow(), 1, 0);
      assertThat(valid).isEqualTo(epoch(folder.valid().orElseThrow(), 1, 1));
    }
  }

  @Test
  void classesThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new ImageFolder.Options(dir).classes("a", "b", "a"))
        .hasMessageContaining("classes is [a, b, a]; it must be names that differ");
    for (List<String> classes :
        List.of(List.of("0", "300"), List.of("0", "-1"), List.of("0", "0"))) {
      assertThatThrownBy(() -> Masks.of(List.of(), classes))
          .hasMessageContaining("the values that masks have, 0 to 255 at most");
    }
  }

  @Test
  void masksComeBesideImagesAndThroughTheSameCrop() throws IOException {
    Path masks = dir.resolve("masks");
    for (int i = 0; i < 6; i++) {
      var image = grey(8, 12, 10);
      var mask = grey(8, 12, 0);
      for (int p = 0; p < 12; p++) {
        image.getRaster().setSample(2 + i % 3 + p % 4, 2 + p / 4, 0, 210);
        mask.getRaster().setSample(2 + i % 3 + p % 4, 2 + p / 4, 0, 255);
      }
      write(dir.resolve("pictures/a/i%d.png".formatted(i)), image);
      write(masks.resolve("a/i%d.png".formatted(i)), mask);
    }
    for (double least : new double[] {1, 0.4}) {
      for (Resize resize : Resize.values()) {
        ImageFolder.Options options =
            new ImageFolder.Options(dir.resolve("pictures"))
                .masks(masks)
                .size(16, 16)
                .resize(resize)
                .minScale(least)
                .valid(0)
                .batchSize(6)
                .standardized(List.of(0.0), List.of(1 / 255.0))
                .threads(2)
                .ahead(2);
        ImageFolder folder = ImageFolder.read(manager, options, 1);
        assertThat(folder.classes()).containsExactly("0", "255");
        for (int epoch = 0; epoch < 2; epoch++) {
          try (DataLoader.Batches batches = folder.train().open(1, epoch, 0)) {
            Samples batch = batches.next(manager);
            float[] x = batch.inputs().head().toFloatArray();
            long[] y = batch.targets().head().toLongArray();
            assertThat(batch.targets().head().getShape()).isEqualTo(new Shape(6, 16, 16));
            int wrong = 0;
            int beside = 0;
            for (int i = 0; i < x.length; i++) {
              beside += y[i] == -100 ? 1 : 0;
              wrong += y[i] >= 0 && (x[i] > 110) != (y[i] == 1) ? 1 : 0;
            }
            assertThat(wrong).isLessThan(6 * 30); // at the edges, which are blurred
            assertThat(beside > 0).isEqualTo(least == 1 && resize == Resize.PAD);
          }
        }
      }
    }
    Files.delete(masks.resolve("a/i3.png"));
    assertThatThrownBy(() ->
            ImageFolder.read(
                manager, new ImageFolder.Options(dir.resolve("pictures")).masks(masks), 1))
        .hasMessage(
            "'%s' has no mask: there is no '%s.png', .gif or .bmp"
                .formatted(dir.resolve("pictures/a/i3.png"), masks.resolve("a/i3")));
    write(masks.resolve("a/i3.png"), grey(5, 5, 0));
    ImageFolder other =
        ImageFolder.read(manager, new ImageFolder.Options(dir.resolve("pictures")).masks(masks), 1);
    assertThatThrownBy(() -> epoch(other.train(), 1, 0))
        .hasMessage(
            "mask '%s' has 5 × 5 pixels, its image 8 × 12; they must be of one size"
                .formatted(masks.resolve("a/i3.png")));
  }

  @Test
  void onlyTwoSmallArraysStay() throws IOException {
    threeClasses(".");
    var data = options().create(new Setting(manager, 1));
    epoch(data.train(), 1, 0);
    assertThat(manager.getManagedArrays()).hasSize(2);
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new ImageFolder.Options(dir).batchSize(0))
        .hasMessage("batch-size is 0; it must be at least 1");
    assertThatThrownBy(() -> new ImageFolder.Options(dir).size(0, 3))
        .hasMessage("size is 0; it must be in [1, 16,384]");
  }

  @Test
  void aNetworkLearnsDigitsFromFiles() throws IOException {
    Glyphs glyphs = Glyphs.train(7).style(new Glyphs.Style(0.3, 0.05));
    for (int i = 0; i < 600; i++) {
      var image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setDataElements(0, 0, 28, 28, glyphs.image(i));
      write(dir.resolve("%d/%d.png".formatted(glyphs.digit(i), i)), image);
    }
    ImageFolder digits = ImageFolder.read(manager, new ImageFolder.Options(dir).batchSize(32), 1);
    try (Learner learner =
        Learner.builder()
            .model(Cnn.of(new Cnn.Options(List.of(8, 16, 32)), digits.classes().size()))
            .loss(new CrossEntropy())
            .optimizer(Adam.of(5e-3))
            .train(digits.train())
            .valid(digits.valid().orElseThrow())
            .metrics(new Accuracy())
            .build()) {
      FitResult result = learner.fit(4);
      assertThat(result.valid().orElseThrow().metrics().get("accuracy")).isGreaterThan(0.9);
    }
  }

  /// {@return the name, the first pixel and the class of each sample}
  private String listed(DataLoader loader) {
    var all = new StringBuilder();
    int sample = 0;
    try (DataLoader.Batches batches = loader.open(7, 3, 0)) {
      while (batches.hasNext()) {
        Samples batch = batches.next(manager);
        float[] first = batch.inputs().head().get(":, 0, 0, 0").toFloatArray();
        for (int i = 0; i < batch.size(); i++) {
          String name = dir.relativize(Path.of(loader.name(sample++))).toString();
          all.append(name).append('=').append(Math.round(first[i]));
          if (!batch.targets().isEmpty()) {
            all.append(':').append(batch.targets().head().getLong(i));
          }
          all.append(' ');
        }
      }
    }
    return all.toString().strip();
  }

  /// What is fitted to three classes, written and read again, as a finished model keeps it.
  private ImageFolder.Options fitted() throws IOException {
    threeClasses("train");
    write(dir.resolve("valid/c0/i.png"), grey(4, 6, 7));
    var options = (ImageFolder.Options) options().create(new Setting(manager, 1)).fitted().get();
    ImageFolder.Options again =
        Options.bind("data 'images'", new ImageFolder.Options(), Options.tree(options));
    assertThat(again).isEqualTo(options);
    assertThat(again.dir()).isEqualTo(Path.of(""));
    assertThat(again.classes()).containsExactly("c0", "c1", "c2");
    assertThat(again.size()).containsExactly(4, 6);
    assertThat(again.color()).isEqualTo(ImageFolder.Color.GREY);
    return again;
  }

  @Test
  void whatIsFittedReadsOneImageAFolderOrATable() throws IOException {
    ImageFolder.Options fitted = fitted();
    var setting = new Setting(manager, 1);
    Path one = write(dir.resolve("new/b.png"), grey(8, 12, 33));
    assertThat(listed(fitted.read(setting, one))).isEqualTo("new/b.png=33");
    Path unnamed = Files.copy(one, dir.resolve("unnamed"));
    assertThat(listed(fitted.read(setting, unnamed))).isEqualTo("unnamed=33");

    write(dir.resolve("new/deep/a.jpg"), plain(BufferedImage.TYPE_INT_RGB, 4, 6, 0x999999));
    for (int i = 0; i < 5; i++) {
      write(dir.resolve("new/c%d.png".formatted(i)), grey(4, 6, i));
    }
    assertThat(listed(fitted.read(setting, dir.resolve("new"))))
        .isEqualTo(
            "new/b.png=33 new/c0.png=0 new/c1.png=1 new/c2.png=2 new/c3.png=3 new/c4.png=4 new/deep/a.jpg=153");

    Path table = Files.writeString(dir.resolve("new/t.csv"), "file\nc3.png\nb.png\n");
    assertThat(listed(fitted.read(setting, table))).isEqualTo("new/c3.png=3 new/b.png=33");
    Files.writeString(table, "file,label\nc3.png,c2\nb.png,c1\n");
    assertThat(listed(fitted.read(setting, table))).isEqualTo("new/c3.png=3:2 new/b.png=33:1");
    Files.writeString(table, "file,label\nc3.png,c2\nb.png,\n");
    assertThat(listed(fitted.read(setting, table))).isEqualTo("new/c3.png=3 new/b.png=33");

    write(dir.resolve("test/c2/a.png"), grey(4, 6, 9));
    write(dir.resolve("test/c0/z.png"), grey(4, 6, 8));
    assertThat(listed(fitted.read(setting, dir.resolve("test"))))
        .isEqualTo("test/c0/z.png=8:0 test/c2/a.png=9:2");
    assertThat(manager.getManagedArrays()).as("two for each reader and the training").isNotEmpty();
  }

  @Test
  void whatIsWrongWithOtherImagesIsOneSentence() throws IOException {
    ImageFolder.Options fitted = fitted();
    var setting = new Setting(manager, 1);
    Path none = dir.resolve("none");
    assertThatThrownBy(() -> fitted.read(setting, none))
        .hasMessage("there is no file or folder '%s'".formatted(none));
    Path empty = Files.createDirectory(dir.resolve("empty"));
    assertThatThrownBy(() -> fitted.read(setting, empty))
        .hasMessage("folder '%s' has no image (PNG, JPEG, BMP, GIF)".formatted(empty));
    Path test = dir.resolve("test");
    write(test.resolve("c1/a.png"), grey(4, 6, 9));
    write(test.resolve("c11/a.png"), grey(4, 6, 9));
    assertThatThrownBy(() -> fitted.read(setting, test))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "'%s' has the class 'c11'; did you mean 'c1'? There are c0, c1, c2".formatted(test));
    Path table = Files.writeString(dir.resolve("t.csv"), "file,label\ntest/c1/a.png,x\n");
    assertThatThrownBy(() -> fitted.read(setting, table))
        .hasMessage("'%s' has the class 'x'; there are c0, c1, c2".formatted(table));
    Path damaged = Files.writeString(dir.resolve("new.png"), "none");
    DataLoader loader = fitted.read(setting, damaged);
    assertThatThrownBy(() -> listed(loader))
        .hasMessage("'%s' cannot be read: it is no PNG, JPEG, BMP or GIF".formatted(damaged));
    assertThatThrownBy(() -> options().read(setting, damaged))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsFittedToMasksReadsImagesAndMasksIfTheyAreNamed() throws IOException {
    for (int i = 0; i < 4; i++) {
      write(dir.resolve("x/i%d.png".formatted(i)), grey(4, 4, i));
      write(dir.resolve("y/i%d.png".formatted(i)), grey(4, 4, i % 2 == 0 ? 7 : 200));
    }
    var options = new ImageFolder.Options(dir.resolve("x")).masks(dir.resolve("y"));
    var setting = new Setting(manager, 1);
    var fitted = (ImageFolder.Options) options.create(setting).fitted().orElseThrow();
    assertThat(fitted.classes()).containsExactly("7", "200");
    ImageFolder.Options again =
        Options.bind("data 'images'", new ImageFolder.Options(), Options.tree(fitted));
    assertThat(again).isEqualTo(fitted);
    write(dir.resolve("n/7/a.png"), grey(4, 4, 3));
    assertThat(listed(again.read(setting, dir.resolve("n")))).startsWith("n/7/a.png=");
    assertThat(listed(again.read(setting, dir.resolve("n")))).doesNotContain(":");
    write(dir.resolve("m/7/a.png"), grey(4, 4, 200));
    DataLoader both = again.masks(dir.resolve("m")).read(setting, dir.resolve("n"));
    try (DataLoader.Batches batches = both.open(0, 0, 0)) {
      NDArray mask = batches.next(manager).targets().head();
      assertThat(mask.getShape()).isEqualTo(new Shape(1, 4, 4));
      assertThat(mask.toLongArray()).containsOnly(1);
    }
    Path other = write(dir.resolve("m/7/a.png"), grey(4, 4, 9));
    DataLoader wrong = again.masks(dir.resolve("m")).read(setting, dir.resolve("n"));
    assertThatThrownBy(() -> listed(wrong))
        .hasMessage(
            "mask '%s' has the value 9, which is none of the classes [7, 200]".formatted(other));
  }

  @Test
  void classesThatAreListedKeepTheirOrderAndOthersAreRefused() throws IOException {
    threeClasses(".");
    ImageFolder folder = ImageFolder.read(manager, options().classes("c2", "c0", "c1", "c9"), 1);
    assertThat(folder.classes()).containsExactly("c2", "c0", "c1", "c9");
    assertThatThrownBy(() -> ImageFolder.read(manager, options().classes("c2", "c0"), 1))
        .hasMessage("'%s' has the class 'c1'; did you mean 'c0'? There are c2, c0".formatted(dir));
  }
}
