package io.antiphon.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.data.DatasetLoader;
import io.antiphon.data.Split;
import io.antiphon.torch.Autograd;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// A data set on its way to be data.
final class Preparation {
  /// From how many different whole numbers on those of a type for others are no classes.
  private static final int CLASSES = 20;

  private final DjlDataset options;
  private final Setting setting;
  private final Making making;
  private final List<String> notes = new ArrayList<>();

  /// What the training part's targets are.
  ///
  /// @param values the different ones, up to one more than there are classes by default
  /// @param greatest the greatest of whole numbers
  private record Seen(
      DataType type, long columns, boolean whole, TreeSet<Double> values, double greatest) {}

  /// The parts, in the order of the data set.
  private record Parts(DatasetLoader train, Optional<DatasetLoader> valid) {}

  Preparation(DjlDataset options, Setting setting) {
    this.options = options;
    this.setting = setting;
    making = new Making(options, setting.manager());
  }

  Data data() {
    try {
      Parts parts = parts();
      Task task = task(parts.train);
      DatasetLoader train = parts.train;
      boolean isRandom = train.resumesExactly();
      if (isRandom && !train.isRepeatable()) {
        notes.add(
            "%s draws at random what no seed fixes, as DJL's random transforms do: two runs of one seed differ"
                .formatted(making.name()));
      }
      return new Data(
          targets(isRandom ? train.shuffled().ahead() : train, task),
          parts.valid.map(
              loader -> targets(loader.resumesExactly() ? loader.ahead() : loader, task)),
          task,
          options.dir().map(_ -> options.settled(task)),
          notes);
    } catch (UncheckedIOException e) {
      throw new DataException("%s: %s".formatted(making.name(), e.getMessage()), e);
    }
  }

  private TargetsLoader targets(DataLoader loader, Task task) {
    return new TargetsLoader(loader, task.goal(), making.name());
  }

  /// {@return all samples that are to be predicted for, of what the folder has: its part for
  /// testing, else for validation, else for training}
  DataLoader read() {
    try {
      for (Usage usage : List.of(Usage.TEST, Usage.VALIDATION, Usage.TRAIN)) {
        try {
          DatasetLoader loader = loader(making.make(usage));
          Goal goal = Goal.valueOf(options.task().name());
          return new TargetsLoader(
              loader.resumesExactly() ? loader.ahead() : loader, goal, making.name());
        } catch (UnsupportedOperationException e) {
          // it has no such part
        }
      }
      throw new DataException("%s has no part to predict for".formatted(making.name()));
    } catch (UncheckedIOException e) {
      throw new DataException("%s: %s".formatted(making.name(), e.getMessage()), e);
    }
  }

  private Parts parts() {
    Dataset first = making.make(Usage.TRAIN);
    if (making.hasUsages()) {
      return new Parts(loader(first), validation());
    }
    if (!(first instanceof RandomAccessDataset dataset)) {
      notes.add(
          "%s has no random access: it is given as it is, and no share of it validates"
              .formatted(making.name()));
      return new Parts(DatasetLoader.stream(first), Optional.empty());
    }
    DatasetLoader all = loader(dataset); // prepares it, which tells its size
    Split split = Split.byShare(setting.seed(), Math.toIntExact(all.samples()), options.valid());
    return split.valid().length == 0
        ? new Parts(all, Optional.empty())
        : new Parts(part(dataset, split.train()), Optional.of(part(dataset, split.valid())));
  }

  private DatasetLoader part(RandomAccessDataset dataset, int[] samples) {
    return loader(dataset.subDataset(Arrays.stream(samples).asLongStream().boxed().toList()));
  }

  private DatasetLoader loader(Dataset dataset) {
    return dataset instanceof RandomAccessDataset random
        ? DatasetLoader.of(random).batchSize(options.batchSize())
        : DatasetLoader.stream(dataset);
  }

  private Optional<DatasetLoader> validation() {
    for (Usage usage : List.of(Usage.VALIDATION, Usage.TEST)) {
      try {
        return Optional.of(loader(making.make(usage)));
      } catch (UnsupportedOperationException e) {
        // it has no such part
      }
    }
    return Optional.empty();
  }

  private Task task(DatasetLoader train) {
    List<Task.Input> inputs = Task.of(train.inputShapes());
    boolean mayBeCounted = options.classes().isEmpty();
    boolean isRead =
        options.task() == DjlDataset.Targets.AUTO
            || (options.task() == DjlDataset.Targets.CLASSIFICATION && mayBeCounted);
    Seen seen = look(train, isRead);
    Goal goal =
        switch (options.task()) {
          case AUTO -> seen.columns == 1 && isClasses(seen) ? Goal.CLASSIFICATION : Goal.REGRESSION;
          case CLASSIFICATION -> Goal.CLASSIFICATION;
          case LABELS -> Goal.LABELS;
          case REGRESSION -> Goal.REGRESSION;
        };
    int outputs = Math.toIntExact(seen.columns);
    if (goal == Goal.CLASSIFICATION) {
      if (seen.columns != 1) {
        throw new DataException(
            "%s has %,d targets for a sample, and classification has one class; say task: labels or regression"
                .formatted(making.name(), seen.columns));
      }
      outputs = mayBeCounted ? (int) seen.greatest + 1 : options.classes().size();
      if (outputs < 2) {
        throw new DataException("%s has one class only".formatted(making.name()));
      }
    } else if (!mayBeCounted && options.classes().size() != outputs) {
      throw new DataException(
          "%s has %,d targets for a sample, and classes names %,d"
              .formatted(making.name(), outputs, options.classes().size()));
    }
    return new Task(goal, inputs, mayBeCounted ? Task.numbered(outputs) : options.classes());
  }

  private static boolean isClasses(Seen seen) {
    boolean fromZero = seen.whole && !seen.values.isEmpty() && seen.values.getFirst() >= 0;
    return fromZero && (!seen.type.isFloating() || seen.values.size() <= CLASSES);
  }

  /// Reads targets of the training part.
  ///
  /// @param all whether those of all samples, else of the first batch
  private Seen look(DatasetLoader train, boolean all) {
    var values = new TreeSet<Double>();
    DataType type = DataType.FLOAT32;
    long columns = 0;
    boolean whole = true;
    double greatest = -1;
    try (NDManager scratch = NDManager.newBaseManager(setting.manager().getDevice());
        var _ = Autograd.off();
        DataLoader.Batches batches = train.open(setting.seed(), 0, 0)) {
      for (boolean first = true; batches.hasNext() && (first || all); first = false) {
        try (NDManager own = scratch.newSubManager()) {
          Samples batch = batches.next(own);
          if (batch.targets().size() != 1) {
            throw new DataException(
                "%s gives %d arrays of targets, and one is needed"
                    .formatted(making.name(), batch.targets().size()));
          }
          NDArray targets = batch.targets().head();
          type = targets.getDataType();
          columns = targets.size() / Math.max(1, batch.size());
          if (all && columns == 1) {
            for (double each : targets.toType(DataType.FLOAT64, true).toDoubleArray()) {
              whole &= each == Math.rint(each);
              greatest = Math.max(greatest, each);
              if (values.size() <= CLASSES) {
                values.add(each);
              }
            }
          }
        }
      }
    }
    return new Seen(type, columns, whole, values, greatest);
  }
}
