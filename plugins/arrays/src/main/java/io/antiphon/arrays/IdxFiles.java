package io.antiphon.arrays;

import io.antiphon.core.Check;
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
/// Whole numbers `[N]` are classes, as they are for [ArrayFiles], whose [Data#fitted] options these
/// data have.
@Id("idx")
@Summary("images and labels in files of the format of MNIST; they may be larger than memory")
public record IdxFiles(
    @Summary("file of inputs, [N, …], plain or .gz") Path file,
    @Summary("file of targets, [N]; empty: that with labels in its name instead of images")
        Optional<Path> labels,
    @Summary("names of classes; counted if none are listed") List<String> classes,
    @Summary("share of the samples that validates, in [0, 1), where no file is given for it")
        double valid,
    @Summary("file of the inputs that validate") Optional<Path> validFile,
    @Summary("file of their targets, found alike") Optional<Path> validLabels,
    @Summary("samples per batch, at least 1") int batchSize)
    implements DataProvider {
  public IdxFiles {
    classes = List.copyOf(classes);
    Check.below("valid", valid, 0, 1);
    Check.atLeast("batch-size", batchSize, 1);
  }

  /// The file must be named; a fifth of it validates, in batches of 64.
  public IdxFiles() {
    this(Path.of(""), Optional.empty(), List.of(), 0.2, Optional.empty(), Optional.empty(), 64);
  }

  /// {@return the same as options of any arrays}
  public ArrayFiles arrays() {
    var draft = new Draft(new ArrayFiles(file).classes(classes.toArray(String[]::new)));
    draft.targetsFile = labels;
    draft.valid = valid;
    draft.validFile = validFile;
    draft.validTargetsFile = validLabels;
    draft.batchSize = batchSize;
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
    return arrays().create(setting);
  }

  private static void requireLabels(Path inputs, Optional<Path> labels, String option) {
    if (Files.isRegularFile(inputs) && labels.or(() -> Idx.labels(inputs)).isEmpty()) {
      throw new DataException(
          "no file beside %s has its labels; name theirs by %s".formatted(inputs, option));
    }
  }
}
