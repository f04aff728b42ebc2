package io.antiphon.core.spi;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.DataLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Data that can be named: the record of their options makes them.
public non-sealed interface DataProvider extends Provider {
  /// {@return training and validation data}
  ///
  /// @param setting the run that they are for
  Data create(Setting setting);

  /// {@return the samples of another file or folder, all of them, in its order, prepared as those
  /// for training were}
  ///
  /// It is asked of [Data#fitted], when predictions are wanted or a model is scored on new samples,
  /// in another program and long after the training. Nothing is found out from the source: shapes,
  /// classes, means and the order of columns are those of the training. Nothing is drawn at random
  /// and nothing left out, but for what an option of the data says to leave out.
  ///
  /// Batches come as the loader is asked for them, of the size that the options say, so that memory
  /// does not grow with the source. An epoch opens at any batch; seed and epoch change nothing. If
  /// every sample has a target, batches have targets, of the type that the task says; else none has
  /// any ([io.antiphon.core.Samples#targets] is empty). [DataLoader#name] tells what a sample is
  /// called: its file, where it has one of its own.
  ///
  /// What is wrong with the source as a whole (it is not there, a column lacks, a class is none of
  /// the training's) is told here; what is wrong with one sample may be told by
  /// [DataLoader.Batches#next], with its name.
  ///
  /// @param setting who owns what the loader keeps, on the device that it works on; its seed is not
  ///   used
  /// @param source the file or folder
  /// @throws IllegalArgumentException if it cannot be read: a sentence with its name
  /// @throws IllegalStateException if these options leave open what training would find out
  /// @throws UnsupportedOperationException if these data come from no file; so by default
  default DataLoader read(Setting setting, Path source) {
    Id id = getClass().getAnnotation(Id.class);
    throw new UnsupportedOperationException(
        "data '%s' cannot be read from '%s'"
            .formatted(id == null ? getClass().getSimpleName() : id.value(), source));
  }

  /// What data are made for.
  ///
  /// @param manager owns arrays that live as long as the data, on the run's device
  /// @param seed the seed of the run
  record Setting(NDManager manager, long seed) {}

  /// Training and validation data, and what they say of themselves.
  ///
  /// @param train the training data
  /// @param valid the validation data, if any
  /// @param task what is to be learned from them
  /// @param fitted options of the same kind in which nothing is left to be found out: classes,
  ///   means and whatever else was taken from the training data are written in them, so that a
  ///   finished model keeps them and reads other samples alike; none if other samples cannot be
  ///   read
  /// @param notes what people should know of them, in whole lines: what was left out or filled in
  record Data(
      DataLoader train,
      Optional<DataLoader> valid,
      Task task,
      Optional<DataProvider> fitted,
      List<String> notes) {
    public Data {
      notes = List.copyOf(notes);
    }

    /// Data that cannot be read from another source.
    public Data(DataLoader train, Optional<DataLoader> valid, Task task) {
      this(train, valid, task, Optional.empty(), List.of());
    }

    /// Data for classification.
    ///
    /// @param classes the number of classes, at least 1
    public Data(DataLoader train, Optional<DataLoader> valid, int classes) {
      this(train, valid, new Task(train.inputShapes(), classes));
    }
  }
}
