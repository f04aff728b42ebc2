package io.antiphon.data;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The MNIST database of handwritten digits, or any other data in files of the same names, such as
/// Fashion-MNIST.
///
/// If the folder has the pair of training files, training samples are taken from there and
/// validation samples from the test pair (`t10k`). If it has only one pair, the first samples are
/// for training, the next ones for validation, in the order of the file. Inputs are float32 `[N, 1,
/// 28, 28]`, (grey / 255 − mean) / deviation; targets are int64 `[N]`, 0 to 9.
@Id("mnist")
@Summary("MNIST's handwritten digits, from IDX files in a folder")
public record Mnist(
    @Summary("folder with train-images-idx3-ubyte, t10k-labels-idx1-ubyte and so on, plain or .gz")
        Path dir,
    @Summary("number of training samples, at least 1") int train,
    @Summary("number of validation samples, 0 for none") int valid,
    @Summary("samples per batch, at least 1") int batchSize,
    @Summary("mean of the grey values in [0, 1], subtracted") double mean,
    @Summary("standard deviation of the grey values, divides") double deviation)
    implements DataProvider {
  private static final int CLASSES = 10;
  private static final String SOURCE =
      "the MNIST database of handwritten digits is at yann.lecun.com/exdb/mnist and, as ylecun/mnist,"
          + " on Hugging Face";

  static final String NEITHER =
      "folder '%s' has neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte, plain or with .gz";

  public Mnist {
    Sizes.check(train, valid, batchSize);
    var _ = new Standardization(mean, deviation);
  }

  /// 8,000 training and 2,000 validation samples from `data/mnist`, in batches of 64, standardised
  /// with the mean and deviation of MNIST's training images.
  public Mnist() {
    this(
        Path.of("data", "mnist"),
        8_000,
        2_000,
        64,
        Standardization.MNIST.mean(),
        Standardization.MNIST.deviation());
  }

  /// {@return the same with another folder}
  public Mnist dir(Path dir) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@return the same with another number of training samples}
  public Mnist train(int train) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@return the same with another number of validation samples}
  public Mnist valid(int valid) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@return the same in batches of another size}
  public Mnist batchSize(int batchSize) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@return the same with another mean}
  public Mnist mean(double mean) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@return the same with another deviation}
  public Mnist deviation(double deviation) {
    return new Mnist(dir, train, valid, batchSize, mean, deviation);
  }

  /// {@inheritDoc}
  ///
  /// @throws DataException if files are missing, damaged, or hold fewer samples than asked for
  @Override
  public Data create(Setting setting) {
    if (!Files.isDirectory(dir)) {
      throw new DataException(
          "there is no folder '%s' for data.dir; name another with --set data.dir=FOLDER; %s"
              .formatted(dir, SOURCE));
    }
    Optional<Pair> training = Pair.find(dir, "train");
    Optional<Pair> test = Pair.find(dir, "t10k");
    Pair first =
        training
            .or(() -> test)
            .orElseThrow(() -> new DataException(NEITHER.formatted(dir) + "; " + SOURCE));
    var standardization = new Standardization(mean, deviation);
    Mnist fitted = dir(Path.of(""));
    if (training.isPresent() && test.isPresent()) {
      Optional<TensorLoader> second = Optional.empty();
      first.check(train, "train is " + train);
      if (valid > 0) {
        test.orElseThrow().check(valid, "valid is " + valid);
        second = Optional.of(test.orElseThrow().loader(setting.manager(), valid, standardization));
      }
      return Sizes.data(
          first.loader(setting.manager(), train, standardization),
          second,
          batchSize,
          CLASSES,
          fitted);
    }
    first.check((long) train + valid, "train is %d and valid is %d".formatted(train, valid));
    return Sizes.split(
        first.loader(setting.manager(), train + valid, standardization),
        train,
        valid,
        batchSize,
        CLASSES,
        fitted);
  }

  /// {@inheritDoc}
  ///
  /// The source is a file of images; labels are those in the file beside it whose name has `labels`
  /// in the place of `images` and `idx1` in that of `idx3`, plain or .gz. Or it is a folder, for
  /// its test pair (`t10k`) or else its training pair. A file that is not compressed takes no
  /// memory.
  ///
  /// @throws DataException if it is missing or damaged
  @Override
  public DataLoader read(Setting setting, Path source) {
    return IdxSamples.read(source, CLASSES, new Standardization(mean, deviation), batchSize);
  }

  // Unpacked by some tools, the names have a dot before the format.
  static Optional<Path> file(Path folder, String name, int dimensions) {
    String format = "idx%d-ubyte".formatted(dimensions);
    return List.of("-" + format, "-" + format + ".gz", "." + format, "." + format + ".gz").stream()
        .map(end -> folder.resolve(name + end))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /// Images and their labels.
  private record Pair(Idx images, Idx labels) {
    static Optional<Pair> find(Path folder, String prefix) {
      Optional<Path> images = file(folder, prefix + "-images", 3);
      Optional<Path> labels = file(folder, prefix + "-labels", 1);
      if (images.isEmpty() && labels.isEmpty()) {
        return Optional.empty();
      }
      if (images.isEmpty() || labels.isEmpty()) {
        throw new DataException(
            "folder '%s' has %s but not %s, plain or with .gz"
                .formatted(
                    folder,
                    images.or(() -> labels).orElseThrow().getFileName(),
                    prefix + (images.isEmpty() ? "-images-idx3-ubyte" : "-labels-idx1-ubyte")));
      }
      var pair = new Pair(Idx.read(images.get()), Idx.read(labels.get()));
      Idx.checkPair(pair.images, pair.labels, CLASSES);
      return Optional.of(pair);
    }

    void check(long wanted, String asked) {
      if (wanted > images.count()) {
        throw new DataException(
            "%s, but %s has only %d samples".formatted(asked, images.file(), images.count()));
      }
    }

    TensorLoader loader(NDManager manager, int count, Standardization standardization) {
      return Idx.loader(manager, images, labels, count, standardization);
    }
  }
}
