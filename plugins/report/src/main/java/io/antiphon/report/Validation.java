package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Pass;
import io.antiphon.core.Png;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a validation tells of samples: which classes are confused, and which samples the model is
/// most wrong about.
///
/// All of it stays on the device until the validation is over, so that the loop does not wait.
final class Validation {
  private static final int MOST_OUTPUTS = 1000;
  private static final int LARGEST_PICTURE = 96;

  private final int worst;
  private final NDManager owner;
  private final NDList codes = new NDList();
  private int classes;
  private boolean counts = true;
  private boolean ranks;
  private @Nullable NDManager ownerOfTop;
  private NDList top = new NDList();
  private long seen;

  /// A sample that the model is wrong about.
  ///
  /// @param place its place in the order of the data
  /// @param loss its own
  /// @param target what it is; empty if that is no few numbers
  /// @param output what the model gave; empty if that is no few numbers
  /// @param isClass whether the target is the index of an output
  /// @param picture what it looks like
  record Wrong(
      long place,
      double loss,
      List<Double> target,
      List<Double> output,
      boolean isClass,
      Optional<Png> picture) {}

  /// What was found out.
  ///
  /// @param confusion how often a sample of a class (row) was taken for another (column); empty
  ///   where that means nothing
  /// @param worst the most wrong samples, the worst first
  record Found(List<long[]> confusion, List<Wrong> worst) {
    static final Found NOTHING = new Found(List.of(), List.of());
  }

  /// @param worst how many of the most wrong samples are kept
  Validation(Pass pass, int worst) {
    this.worst = worst;
    this.ranks = worst > 0;
    this.owner = pass.manager();
  }

  /// Takes a batch in, whose loss is there.
  void add(Batch batch) {
    NDList outputs = batch.predictions();
    NDList targets = batch.targets();
    if (outputs.size() != 1 || targets.size() != 1) {
      counts = false;
      ranks = false;
      return;
    }
    NDArray output = outputs.head();
    NDArray target = targets.head();
    if (counts) {
      count(output, target);
    }
    if (ranks) {
      rank(batch, output, target);
    }
    seen += batch.size();
  }

  private static boolean areClasses(NDArray output, NDArray target) {
    Shape shape = output.getShape();
    return shape.dimension() == 2
        && shape.get(1) > 1
        && target.getDataType().isInteger()
        && target.size() == shape.get(0);
  }

  private void count(NDArray output, NDArray target) {
    counts = areClasses(output, target) && output.getShape().get(1) <= MOST_OUTPUTS;
    if (counts) {
      classes = (int) output.getShape().get(1);
      NDArray own = target.flatten().toType(DataType.INT64, false);
      NDArray code = own.mul(classes).add(output.argMax(1));
      code.attach(owner);
      codes.add(code);
    }
  }

  private void rank(Batch batch, NDArray output, NDArray target) {
    LossFunction loss = batch.fit().lossFunction();
    NDArray input = batch.inputs().head();
    long size = batch.size();
    ranks =
        loss.hasPerSample()
            && output.getShape().dimension() > 0
            && output.getShape().get(0) == size
            && target.getShape().dimension() > 0
            && target.getShape().get(0) == size
            && input.getShape().dimension() > 0
            && input.getShape().get(0) == size;
    if (!ranks) {
      return;
    }
    NDArray losses = loss.perSample(batch.predictions(), batch.targets());
    NDArray places = batch.manager().arange((int) size).toType(DataType.INT64, false).add(seen);
    // its own worst first: fewer pictures are copied then
    NDList own = best(new NDList(losses, places, output, target, input), batch.manager());
    if (!top.isEmpty()) {
      var both = new NDList();
      for (int i = 0; i < own.size(); i++) {
        both.add(own.get(i).concat(top.get(i), 0));
      }
      own = best(both, batch.manager());
    }
    NDManager next = owner.newSubManager();
    own.attach(next);
    if (ownerOfTop != null) {
      ownerOfTop.close();
    }
    ownerOfTop = next;
    top = own;
  }

  /// {@return the rows of the greatest losses, the greatest first}
  private NDList best(NDList columns, NDManager manager) {
    NDArray losses = columns.head();
    int count = (int) Math.min(worst, losses.size());
    NDArray indices = losses.topK(count, 0, true, true).get(1);
    var rows = new NDList();
    for (NDArray column : columns) {
      rows.add(column.get(manager, new NDIndex("{}", indices)));
    }
    return rows;
  }

  /// {@return what was found out; waits for the device}
  Found read() {
    return new Found(confusion(), wrong());
  }

  private List<long[]> confusion() {
    if (!counts || classes == 0) {
      return List.of();
    }
    var confusion = new long[classes][classes];
    for (NDArray batch : codes) {
      for (long code : batch.toLongArray()) {
        if (code >= 0 && code < (long) classes * classes) { // one left out is -100
          confusion[(int) (code / classes)][(int) (code % classes)]++;
        }
      }
    }
    return List.of(confusion);
  }

  private List<Wrong> wrong() {
    var wrong = new ArrayList<Wrong>();
    if (!ranks || top.isEmpty()) {
      return wrong;
    }
    double[][] losses = rows(top.get(0));
    long[] places = top.get(1).toLongArray();
    double[][] outputs = rows(top.get(2));
    double[][] targets = rows(top.get(3));
    boolean isClass = areClasses(top.get(2), top.get(3));
    List<Png> pictures = pictures(top.get(4));
    for (int i = 0; i < places.length; i++) {
      wrong.add(
          new Wrong(
              places[i],
              losses[i][0],
              Arrays.stream(targets[i]).boxed().toList(),
              Arrays.stream(outputs[i]).boxed().toList(),
              isClass,
              pictures.isEmpty() ? Optional.empty() : Optional.of(pictures.get(i))));
    }
    return wrong;
  }

  /// {@return the rows of an array; empty ones if they are long}
  private static double[][] rows(NDArray array) {
    int count = (int) array.getShape().get(0);
    int length = (int) (array.size() / Math.max(1, count));
    var rows = new double[count][length > MOST_OUTPUTS ? 0 : length];
    if (length <= MOST_OUTPUTS) {
      double[] all = array.toType(DataType.FLOAT64, false).toDoubleArray();
      for (int i = 0; i < count; i++) {
        System.arraycopy(all, i * length, rows[i], 0, length);
      }
    }
    return rows;
  }

  private static List<Png> pictures(NDArray input) {
    Shape shape = input.getShape();
    boolean isPicture =
        shape.dimension() == 4 && (shape.get(1) == 1 || shape.get(1) == 3) && shape.get(3) > 1;
    var pictures = new ArrayList<Png>();
    if (isPicture) {
      float[] all = input.toType(DataType.FLOAT32, false).toFloatArray();
      int length = all.length / (int) shape.get(0);
      for (int i = 0; i < shape.get(0); i++) {
        float[] own = Arrays.copyOfRange(all, i * length, (i + 1) * length);
        pictures.add(
            Png.of(
                own, (int) shape.get(1), (int) shape.get(2), (int) shape.get(3), LARGEST_PICTURE));
      }
    }
    return pictures;
  }
}
