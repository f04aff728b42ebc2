package io.antiphon.arrays;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.data.SampleReader.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What a model shall give for the samples of an array.
///
/// @param array the targets as they are in a file
/// @param goal what they are
/// @param names the classes, labels or outputs, in order
record ArrayTargets(StoredArray array, Goal goal, List<String> names) {
  private static final int MOST_CLASSES = 100_000;

  /// {@return targets for training: what they are is told by their type and shape, if nobody says}
  ///
  /// @param names of classes, labels or outputs; counted if there are none
  static ArrayTargets of(StoredArray array, ArrayFiles.Targets task, List<String> names) {
    Goal goal = goal(array, task);
    var open = new ArrayTargets(array, goal, names);
    open.checkShape();
    if (!names.isEmpty()) {
      open.checkWidth();
      return open;
    }
    int count =
        goal.hasClasses() ? open.classes() : array.dimensions() == 1 ? 1 : (int) array.length(1);
    if (goal.hasClasses() && count < 2) {
      throw new DataException(
          "%s has only the class 0; there must be two at least".formatted(array.what()));
    }
    return new ArrayTargets(array, goal, Task.numbered(count));
  }

  /// {@return the targets of other samples, which are what those for training were}
  ArrayTargets with(StoredArray other) {
    var others = new ArrayTargets(other, goal, names);
    others.checkShape();
    others.checkWidth();
    return others;
  }

  private static Goal goal(StoredArray array, ArrayFiles.Targets task) {
    return switch (task) {
      case CLASSIFICATION -> Goal.CLASSIFICATION;
      case LABELS -> Goal.LABELS;
      case REGRESSION -> Goal.REGRESSION;
      case SEGMENTATION -> Goal.SEGMENTATION;
      case AUTO -> {
        boolean one = array.dimensions() == 1 || (array.dimensions() == 2 && array.length(1) == 1);
        if (array.type().isWhole() && one) {
          yield Goal.CLASSIFICATION;
        }
        if (array.type().isWhole() && array.dimensions() == 3) {
          yield Goal.SEGMENTATION;
        }
        yield array.type() == ElementType.BOOL && array.dimensions() == 2
            ? Goal.LABELS
            : Goal.REGRESSION;
      }
    };
  }

  private void checkShape() {
    boolean fits =
        switch (goal) {
          case CLASSIFICATION -> array.sampleSize() == 1 && array.dimensions() <= 2;
          case SEGMENTATION -> array.dimensions() == 3;
          default -> array.dimensions() <= 2;
        };
    if (!fits || (goal.hasClasses() && !array.type().isWhole())) {
      throw new DataException(
          "%s is %s %s, but the targets of %s are %s"
              .formatted(
                  array.what(),
                  array.type().toString().toLowerCase(java.util.Locale.ROOT),
                  array.shape(),
                  goal,
                  switch (goal) {
                    case CLASSIFICATION -> "whole numbers [N]";
                    case SEGMENTATION -> "whole numbers [N, H, W]";
                    case LABELS -> "0 and 1, [N, L]";
                    default -> "[N] or [N, K]";
                  }));
    }
  }

  private void checkWidth() {
    long width = array.dimensions() == 1 ? 1 : array.length(1);
    if (!goal.hasClasses() && width != names.size()) {
      throw new DataException(
          "%s has %d numbers per sample, not %d: %s"
              .formatted(array.what(), width, names.size(), names));
    }
  }

  private int classes() {
    long most = 0;
    for (int i = 0; i < array.count(); i++) {
      ByteBuffer sample = array.sample(i);
      for (int at = 0; at < sample.limit(); at += array.type().width()) {
        most = Math.max(most, known(i, array.type().whole(sample, at), MOST_CLASSES));
      }
    }
    return (int) most + 1;
  }

  /// {@return a class, which is one of so many}
  private long known(int index, long value, int count) {
    boolean beside = goal == Goal.SEGMENTATION && value == -100;
    if (!beside && (value < 0 || value >= count)) {
      throw new DataException(
          "%s has %s at index %d, which is no class; there are 0 to %d"
              .formatted(
                  array.what(),
                  value == Long.MAX_VALUE ? "more than 2^63" : value,
                  index,
                  count - 1));
    }
    return value;
  }

  /// {@return the class of each sample}
  ///
  /// @throws DataException if one is not among the names
  int[] perSample() {
    var classes = new int[array.count()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (int) known(i, array.type().whole(array.sample(i), 0), names.size());
    }
    return classes;
  }

  /// {@return what becomes of a sample's targets}
  Field field() {
    return switch (goal) {
      case CLASSIFICATION -> new Field(new Shape(), DataType.INT64);
      case SEGMENTATION -> new Field(new Shape(array.sampleShape()), DataType.INT64);
      default -> new Field(new Shape(names.size()), DataType.FLOAT32);
    };
  }

  void read(int index, ByteBuffer into) {
    if (!goal.hasClasses()) {
      array.read(index, DataType.FLOAT32, into);
      return;
    }
    ByteBuffer sample = array.sample(index);
    for (int at = 0; at < sample.limit(); at += array.type().width()) {
      into.putLong(known(index, array.type().whole(sample, at), names.size()));
    }
  }

  /// {@return where the targets of the training samples lie, for regression}
  List<Task.Scale> scales(int[] train) {
    var scales = new ArrayList<Task.Scale>();
    for (int k = 0; goal == Goal.REGRESSION && k < names.size(); k++) {
      double mean = 0;
      double squares = 0;
      int count = 0;
      for (int i : train) {
        double value = array.type().number(array.sample(i), k * array.type().width());
        if (!Double.isFinite(value)) {
          throw new DataException("%s has %s at index %d".formatted(array.what(), value, i));
        }
        double difference = value - mean;
        mean += difference / ++count;
        squares += difference * (value - mean);
      }
      double deviation = Math.sqrt(squares / count);
      scales.add(new Task.Scale(mean, deviation > 0 ? deviation : 1));
    }
    return scales;
  }
}
