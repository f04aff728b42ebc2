package io.antiphon.arrays;

import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.data.DataException;
import io.antiphon.data.Idx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Two files in the format of the MNIST database, one of inputs and one of targets: what
/// [ArrayFiles] reads, with the options that such files need.
///
/// ```
/// data: { use: idx, file: train-images-idx3-ubyte.gz, valid-file: t10k-images-idx3-ubyte.gz }
/// ```
///
/// What the targets are is told by their type and shape, as [ArrayFiles] says: whole numbers `[N]`
/// are classes. Images become `[B, 1, H, W]`, standardised as a whole; other inputs as [ArrayFiles]
/// has them.
@Id("idx")
@Summary("images and labels in files of the format of MNIST; they may be larger than memory")
public record IdxFiles(
    @Summary("file of inputs, [N, …], plain or .gz") Path file,
    @Summary("file of targets, [N]; empty: that with labels in its name instead of images")
        Optional<Path> labels,
    @Summary("what the targets are; auto tells it by their type and shape") ArrayFiles.Targets task,
    @Summary("names of classes or outputs; counted if none are listed") List<String> classes,
    @Summary("share of the samples that validates, in [0, 1), where no file is given for it")
        double valid,
    @Summary("file of the inputs that validate") Optional<Path> validFile,
    @Summary("file of their targets, found alike") Optional<Path> validLabels,
    @Summary("shape of a sample as a model gets it; empty: as it is in the file")
        List<Integer> shape,
    @Summary("mean that is subtracted; empty: that of the training samples") List<Double> mean,
    @Summary("standard deviation that divides; empty: likewise") List<Double> deviation,
    @Summary("samples per batch, at least 1") int batchSize)
    implements DataProvider {
  public IdxFiles {
    classes = List.copyOf(classes);
    shape = List.copyOf(shape);
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    var _ = arrays(classes, valid, shape, mean, deviation, batchSize).options(); // its checks
  }

  /// The file must be named; a fifth of it validates, in batches of 64.
  public IdxFiles() {
    this(
        Path.of(""),
        Optional.empty(),
        ArrayFiles.Targets.AUTO,
        List.of(),
        0.2,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        64);
  }

  private static Draft arrays(
      List<String> classes,
      double valid,
      List<Integer> shape,
      List<Double> mean,
      List<Double> deviation,
      int batchSize) {
    var draft = new Draft(new ArrayFiles());
    draft.classes = classes;
    draft.valid = valid;
    draft.shape = shape;
    draft.mean = mean;
    draft.deviation = deviation;
    draft.batchSize = batchSize;
    return draft;
  }

  /// {@return the same as options of any arrays}
  public ArrayFiles arrays() {
    Draft draft = arrays(classes, valid, shape, mean, deviation, batchSize);
    draft.file = file;
    draft.targetsFile = labels;
    draft.task = task;
    draft.validFile = validFile;
    draft.validTargetsFile = validLabels;
    return draft.options();
  }

  /// {@inheritDoc}
  ///
  /// @throws DataException as [ArrayFiles#create]
  @Override
  public Data create(Setting setting) {
    if (file.toString().isEmpty()) {
      throw new DataException("idx names no file; write file: train-images-idx3-ubyte.gz");
    }
    requireLabels(file, labels, "labels");
    validFile.ifPresent(inputs -> requireLabels(inputs, validLabels, "valid-labels"));
    Data data = arrays().create(setting);
    return new Data(
        data.train(),
        data.valid(),
        data.task(),
        data.fitted().map(each -> fitted((ArrayFiles) each)),
        data.notes());
  }

  private IdxFiles fitted(ArrayFiles arrays) {
    return new IdxFiles(
        Path.of(""),
        Optional.empty(),
        arrays.task(),
        arrays.classes(),
        valid,
        Optional.empty(),
        Optional.empty(),
        arrays.shape(),
        arrays.mean(),
        arrays.deviation(),
        batchSize);
  }

  /// {@inheritDoc}
  ///
  /// @throws DataException as [ArrayFiles#read]
  @Override
  public DataLoader read(Setting setting, Path source) {
    return arrays().read(setting, source);
  }

  private static void requireLabels(Path inputs, Optional<Path> labels, String option) {
    if (Files.isRegularFile(inputs) && labels.or(() -> Idx.labels(inputs)).isEmpty()) {
      throw new DataException(
          "no file beside %s has its labels; name theirs by %s".formatted(inputs, option));
    }
  }
}
