package io.antiphon.dataset;

import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A data set of DJL by its class: one of its own, of a library, or of a program's.
///
/// ```yaml
/// data: { use: dataset, type: cv.classification.Mnist, dir: djl }
/// data: { use: dataset, type: org.example.Sensors, with: [optLimit=1000], task: regression }
/// ```
///
/// The class has a static method `builder()`, whose builder takes what `with` says, or a public
/// constructor with as many parameters. A builder that knows usages gives the data set for
/// training, and that for validation, else for testing; of any other data set with random access a
/// share is drawn. One without random access gives the batches that it wants, as they are; a run of
/// it cannot be resumed exactly, which is told before.
///
/// Inputs are what the data set's own transforms make of them. Targets become int64 `[B]` for
/// classes and float32 `[B, K]` for numbers and labels.
@Id("dataset")
@Summary("a data set of DJL, by its class; its basic ones from a local folder")
public record DjlDataset(
    @Summary("class, in ai.djl.basicdataset if its package begins there: cv.classification.Mnist")
        String type,
    @Summary(
            "calls of its builder, NAME=VALUE; without a builder, the arguments of its constructor")
        List<String> with,
    @Summary("folder in the layout of DJL's repositories, for data sets that read one")
        Optional<Path> dir,
    @Summary("what the targets are; auto tells it by their values") Targets task,
    @Summary("names of classes, labels or outputs; those of the data set, or counted, if none")
        List<String> classes,
    @Summary("share that validates, if the data set has no part for it, in [0, 1)") double valid,
    @Summary("samples per batch, at least 1") int batchSize)
    implements DataProvider {
  /// What the targets are.
  public enum Targets {
    /// Whole numbers, `[B]` or `[B, 1]`, are classes, at most 20 of them if they are not of a type
    /// for whole numbers; else regression.
    AUTO,
    /// A class, `[B]` or `[B, 1]`.
    CLASSIFICATION,
    /// Labels that hold, `[B, L]`, 0 or 1.
    LABELS,
    /// A number or several, `[B]` or `[B, K]`.
    REGRESSION
  }

  public DjlDataset {
    with = List.copyOf(with);
    classes = List.copyOf(classes);
    Check.below("valid", valid, 0, 1);
    Check.atLeast("batch-size", batchSize, 1);
  }

  /// DJL's digits; the folder must be named.
  public DjlDataset() {
    this("cv.classification.Mnist");
  }

  /// The data set of a class, of which a fifth validates if it has no part for that.
  public DjlDataset(String type) {
    this(type, List.of(), Optional.empty(), Targets.AUTO, List.of(), 0.2, 64);
  }

  /// {@return the same of another class}
  public DjlDataset type(String type) {
    return new DjlDataset(type, with, dir, task, classes, valid, batchSize);
  }

  /// {@return the same with other calls of its builder, or arguments}
  public DjlDataset with(String... with) {
    return new DjlDataset(type, List.of(with), dir, task, classes, valid, batchSize);
  }

  /// {@return the same from a repository in a folder}
  public DjlDataset dir(Path dir) {
    return new DjlDataset(type, with, Optional.of(dir), task, classes, valid, batchSize);
  }

  /// {@return the same with targets that are such, whatever they look like}
  public DjlDataset task(Targets task) {
    return new DjlDataset(type, with, dir, task, classes, valid, batchSize);
  }

  /// {@return the same with these names of classes, labels or outputs}
  public DjlDataset classes(String... names) {
    return new DjlDataset(type, with, dir, task, List.of(names), valid, batchSize);
  }

  /// {@return the same with another share for validation, in [0, 1)}
  public DjlDataset valid(double valid) {
    return new DjlDataset(type, with, dir, task, classes, valid, batchSize);
  }

  /// {@return the same in batches of this size; one without random access has its own}
  public DjlDataset batchSize(int batchSize) {
    return new DjlDataset(type, with, dir, task, classes, valid, batchSize);
  }

  /// {@inheritDoc}
  ///
  /// @throws io.antiphon.data.DataException if the data set cannot be made or read, or its targets
  ///   are not what they should be
  @Override
  public Data create(Setting setting) {
    return new Preparation(this, setting).data();
  }

  /// {@return the same where nothing is to be found out from the targets}
  DjlDataset settled(Task task) {
    return new DjlDataset(
        type,
        with,
        Optional.of(Path.of("")),
        Targets.valueOf(task.goal().name()),
        task.names(),
        valid,
        batchSize);
  }

  /// {@inheritDoc}
  ///
  /// The source is a folder in the layout of DJL's repositories; what is read of it is the data
  /// set's part for testing, else for validation, else for training.
  @Override
  public DataLoader read(Setting setting, Path source) {
    if (dir.isEmpty()) {
      return DataProvider.super.read(setting, source);
    }
    if (task == Targets.AUTO) {
      throw new IllegalStateException("dataset reads others once it is fitted; see Data.fitted");
    }
    return new Preparation(dir(source), setting).read();
  }
}
