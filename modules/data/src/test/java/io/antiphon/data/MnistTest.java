package io.antiphon.data;

import static io.antiphon.data.IdxFiles.gzip;
import static io.antiphon.data.IdxFiles.images;
import static io.antiphon.data.IdxFiles.labels;
import static io.antiphon.data.IdxFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistTest {
  @TempDir private Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Data create(int train, int valid) {
    return new Mnist(folder, train, valid, 4, 0, 1.0 / 255).create(new Setting(manager, 1));
  }

  private Samples first(DataLoader loader) {
    try (DataLoader.Batches batches = loader.open(1, 0, 0)) {
      return batches.next(manager);
    }
  }

  @Test
  void onePairIsSplitInFileOrder() throws IOException {
    write(folder, "t10k-images-idx3-ubyte.gz", gzip(images(20)));
    write(folder, "t10k-labels-idx1-ubyte", labels(20));
    Data data = create(12, 6);
    assertThat(data.task().outputs()).isEqualTo(10);
    assertThat(data.train().samples()).isEqualTo(12);
    assertThat(data.train().inputShapes()).containsExactly(new Shape(4, 1, 28, 28));
    Samples valid = first(data.valid().orElseThrow());
    assertThat(valid.inputs().head().getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(valid.inputs().head().get(":, 0, 0, 0").toFloatArray())
        .containsExactly(new float[] {12, 13, 14, 15}, within(1e-4f));
    assertThat(valid.targets().head().toLongArray()).containsExactly(2, 3, 4, 5);
    Samples train = first(data.train());
    float[] indices = train.inputs().head().get(":, 0, 0, 0").toFloatArray();
    long[] targets = train.targets().head().toLongArray();
    for (int i = 0; i < 4; i++) {
      assertThat(targets[i]).isEqualTo(Math.round(indices[i]) % 10);
      assertThat(indices[i]).isLessThan(11.5f);
    }
  }

  @Test
  void withBothPairsTheTestPairIsForValidation() throws IOException {
    write(folder, "train-images.idx3-ubyte", images(20));
    write(folder, "train-labels.idx1-ubyte", labels(20));
    write(folder, "t10k-images-idx3-ubyte", images(5));
    write(folder, "t10k-labels-idx1-ubyte", labels(5));
    Data data = create(20, 5);
    assertThat(data.train().samples()).isEqualTo(20);
    assertThat(first(data.valid().orElseThrow()).targets().head().toLongArray())
        .containsExactly(0, 1, 2, 3);
    assertThat(create(20, 0).valid()).isEmpty();
    assertThatThrownBy(() -> create(20, 6))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "valid is 6, but " + folder.resolve("t10k-images-idx3-ubyte") + " has only 5 samples");
  }

  @Test
  void onlyTheDataStayInTheManager() throws IOException {
    write(folder, "train-images-idx3-ubyte", images(5));
    write(folder, "train-labels-idx1-ubyte", labels(5));
    create(3, 2);
    assertThat(manager.getManagedArrays()).hasSize(2);
  }

  @Test
  void moreThanThereAreIsRefused() throws IOException {
    write(folder, "t10k-images-idx3-ubyte", images(20));
    write(folder, "t10k-labels-idx1-ubyte", labels(20));
    assertThatThrownBy(() -> create(15, 6))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "train is 15 and valid is 6, but "
                + folder.resolve("t10k-images-idx3-ubyte")
                + " has only 20 samples");
  }

  @Test
  void whatIsMissingIsSaidWithItsSource() throws IOException {
    String source =
        "; the MNIST database of handwritten digits is at yann.lecun.com/exdb/mnist and, as"
            + " ylecun/mnist, on Hugging Face";
    assertThatThrownBy(() -> create(1, 1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "folder '"
                + folder
                + "' has neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte, plain or with"
                + " .gz"
                + source);
    write(folder, "t10k-images-idx3-ubyte", images(20));
    assertThatThrownBy(() -> create(1, 1))
        .hasMessage(
            "folder '"
                + folder
                + "' has t10k-images-idx3-ubyte but not t10k-labels-idx1-ubyte, plain or with .gz");
    folder = folder.resolve("none");
    assertThatThrownBy(() -> create(1, 1))
        .hasMessage(
            "there is no folder '"
                + folder
                + "' for data.dir; name another with --set data.dir=FOLDER"
                + source);
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Mnist(folder, 0, 1, 1, 0, 1))
        .hasMessage("train is 0; it must be at least 1");
    assertThatThrownBy(() -> new Mnist(folder, 1, -1, 1, 0, 1))
        .hasMessage("valid is -1; it must be at least 0");
    assertThatThrownBy(() -> new Mnist(folder, 1, 1, 0, 0, 1))
        .hasMessage("batch-size is 0; it must be at least 1");
    assertThatThrownBy(() -> new Mnist(folder, 1, 1, 1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void realDigitsHaveTheKnownMeanAndDeviation() {
    String real = System.getProperty("antiphon.mnist");
    if (real == null || real.isEmpty()) {
      System.out.println("left out: antiphon.mnist does not name a folder with MNIST's files");
      return;
    }
    var d = new Mnist();
    Data data =
        new Mnist(Path.of(real), d.train(), d.valid(), 10_000, d.mean(), d.deviation())
            .create(new Setting(manager, 1));
    assertThat(data.train().samples()).isEqualTo(8_000);
    NDArray inputs = first(data.train()).inputs().head();
    assertThat(inputs.mean().getFloat()).isCloseTo(0, within(0.03f));
    assertThat(inputs.square().mean().getFloat()).isCloseTo(1, within(0.03f));
    assertThat(first(data.valid().orElseThrow()).size()).isEqualTo(2_000);
  }

  @Test
  void whatIsFittedReadsOtherImagesBatchByBatch() throws IOException {
    write(folder, "t10k-images-idx3-ubyte", images(20));
    write(folder, "t10k-labels-idx1-ubyte", labels(20));
    var setting = new Setting(manager, 1);
    DataProvider fitted = create(12, 6).fitted().orElseThrow();
    assertThat(((Mnist) fitted).dir()).isEqualTo(Path.of(""));
    Path other = write(folder, "mine.idx", images(9));
    DataLoader loader = fitted.read(setting, other);
    assertThat(loader.samples()).isEqualTo(9);
    assertThat(loader.inputShapes()).containsExactly(new Shape(4, 1, 28, 28));
    assertThat(loader.name(3)).isEqualTo("3");
    for (int start = 0; start < 3; start++) {
      try (DataLoader.Batches batches = loader.open(5, 6, start)) {
        Samples batch = batches.next(manager);
        assertThat(batch.targets()).isEmpty();
        float[] pixels = batch.inputs().head().get(":, 0, 0, 0").toFloatArray();
        assertThat(batch.size()).isEqualTo(start < 2 ? 4 : 1);
        for (int i = 0; i < batch.size(); i++) {
          assertThat(pixels[i]).isCloseTo(4 * start + i, within(1e-4f));
        }
      }
    }
    Path images = write(folder, "my-images.idx3.gz", gzip(images(9)));
    write(folder, "my-labels.idx1", labels(9));
    assertThat(first(fitted.read(setting, images)).targets().head().toLongArray())
        .containsExactly(0, 1, 2, 3);
    assertThat(fitted.read(setting, folder).samples()).isEqualTo(20);
    assertThat(new Glyphs.Options().read(setting, folder).samples()).isEqualTo(20);
  }

  @Test
  void whatIsReadIsPreparedAsWhatTrainsIs() throws IOException {
    write(folder, "t10k-images-idx3-ubyte", images(20));
    write(folder, "t10k-labels-idx1-ubyte", labels(20));
    var options = new Mnist().dir(folder).train(16).valid(4).batchSize(4);
    Data data = options.create(new Setting(manager, 1));
    DataLoader again = data.fitted().orElseThrow().read(new Setting(manager, 1), folder);
    try (DataLoader.Batches batches = again.open(0, 0, 4)) {
      assertThat(batches.next(manager).inputs().head())
          .isEqualTo(first(data.valid().orElseThrow()).inputs().head());
    }
  }

  @Test
  void whatIsWrongWithOtherImagesIsOneSentence() throws IOException {
    DataProvider fitted = new Mnist().dir(Path.of(""));
    var setting = new Setting(manager, 1);
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> fitted.read(setting, none)).hasMessage("there is no file '%s'", none);
    assertThatThrownBy(() -> fitted.read(setting, folder))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith("nor t10k-images-idx3-ubyte, plain or with .gz");
    Path empty = write(folder, "empty", images(0));
    assertThatThrownBy(() -> fitted.read(setting, empty)).hasMessage(empty + " has no images");
    Path labels = write(folder, "labels", labels(3));
    assertThatThrownBy(() -> fitted.read(setting, labels))
        .hasMessageEndingWith("magic 0x00000801 is for labels, expected 0x00000803 for images");
    Path images = write(folder, "images", images(4));
    assertThatThrownBy(() -> fitted.read(setting, images))
        .hasMessage("%s has 4 images but %s has 3 labels".formatted(images, labels));
  }
}
