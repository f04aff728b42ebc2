package io.antiphon.worst;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Check;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Pass;
import io.antiphon.core.Png;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds the samples of a validation whose losses are greatest.
///
/// All of it stays on the device until it is read, so that the loop does not wait. Where the loss
/// function has no loss for each sample, or the model not one input, output and target `[B, …]`
/// each, there are none.
public final class WorstSamples {
  private static final Logger LOGGER = System.getLogger(WorstSamples.class.getName());
  private static final int MOST_NUMBERS = 1000;

  private final int count;
  private final int largestPicture;
  private final NDManager owner;
  private boolean ranks;
  private @Nullable NDManager ownerOfTop;
  private NDList top = new NDList();
  private long seen;

  /// @param pass the validation, with which the arrays end
  /// @param count how many are kept, at least 0
  /// @param largestPicture the greatest height and width of a picture
  public WorstSamples(Pass pass, int count, int largestPicture) {
    this.count = Check.atLeast("count", count, 0);
    this.largestPicture = Check.atLeast("largest-picture", largestPicture, 1);
    ranks = count > 0;
    owner = pass.manager();
  }

  /// Takes a batch in, whose loss is there.
  public void add(Batch batch) {
    if (ranks) {
      try {
        rank(batch);
      } catch (RuntimeException e) { // a model or a loss of one's own may give anything
        ranks = false;
        LOGGER.log(Logger.Level.DEBUG, "the most wrong samples cannot be found", e);
      }
    }
    seen += batch.size();
  }

  private void rank(Batch batch) {
    LossFunction loss = batch.fit().lossFunction();
    NDList all = new NDList(batch.predictions());
    all.addAll(batch.targets());
    all.addAll(batch.inputs().subNDList(0, Math.min(1, batch.inputs().size())));
    ranks =
        loss.hasPerSample()
            && batch.predictions().size() == 1
            && batch.targets().size() == 1
            && all.size() == 3
            && all.stream().allMatch(each -> hasRows(each, batch.size()));
    if (!ranks) {
      return;
    }
    NDArray losses = loss.perSample(batch.predictions(), batch.targets());
    NDArray places = batch.manager().arange(batch.size()).toType(DataType.INT64, false).add(seen);
    // its own worst first: fewer pictures are copied then
    NDList own =
        best(new NDList(losses, places, all.get(0), all.get(1), all.get(2)), batch.manager());
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

  private static boolean hasRows(NDArray array, long rows) {
    return array.getShape().dimension() > 0 && array.getShape().get(0) == rows;
  }

  /// {@return the rows of the greatest losses, the greatest first}
  private NDList best(NDList columns, NDManager manager) {
    NDArray losses = columns.head();
    int most = (int) Math.min(count, losses.size());
    NDArray indices = losses.topK(most, 0, true, true).get(1);
    var rows = new NDList();
    for (NDArray column : columns) {
      rows.add(column.get(manager, new NDIndex("{}", indices)));
    }
    return rows;
  }

  /// {@return what was found, the worst first; waits for the device}
  public List<Worst> read() {
    var worst = new ArrayList<Worst>();
    if (!ranks || top.isEmpty()) {
      return worst;
    }
    double[][] losses = rows(top.get(0));
    long[] places = top.get(1).toLongArray();
    double[][] outputs = rows(top.get(2));
    double[][] targets = rows(top.get(3));
    boolean isClass = areClasses(top.get(2), top.get(3));
    List<Png> pictures = pictures(top.get(4));
    for (int i = 0; i < places.length; i++) {
      worst.add(
          new Worst(
              places[i],
              losses[i][0],
              Arrays.stream(targets[i]).boxed().toList(),
              Arrays.stream(outputs[i]).boxed().toList(),
              isClass,
              pictures.isEmpty() ? Optional.empty() : Optional.of(pictures.get(i))));
    }
    return worst;
  }

  /// {@return whether targets are indices of outputs}
  ///
  /// @param output `[B, C]`, where they are
  /// @param target `[B]` or `[B, 1]` of a whole type, where they are
  public static boolean areClasses(NDArray output, NDArray target) {
    Shape shape = output.getShape();
    return shape.dimension() == 2
        && shape.get(1) > 1
        && target.getDataType().isInteger()
        && target.size() == shape.get(0);
  }

  /// {@return the rows of an array; empty ones if they are long}
  private static double[][] rows(NDArray array) {
    int count = (int) array.getShape().get(0);
    int length = (int) (array.size() / Math.max(1, count));
    var rows = new double[count][length > MOST_NUMBERS ? 0 : length];
    if (length <= MOST_NUMBERS) {
      double[] all = array.toType(DataType.FLOAT64, false).toDoubleArray();
      for (int i = 0; i < count; i++) {
        System.arraycopy(all, i * length, rows[i], 0, length);
      }
    }
    return rows;
  }

  private static boolean isPicture(Shape shape) {
    return shape.dimension() == 4
        && (shape.get(1) == 1 || shape.get(1) == 3)
        && shape.get(2) > 1
        && shape.get(3) > 1;
  }

  private List<Png> pictures(NDArray input) {
    Shape shape = input.getShape();
    var pictures = new ArrayList<Png>();
    if (isPicture(shape)) {
      float[] all = input.toType(DataType.FLOAT32, false).toFloatArray();
      int length = all.length / (int) shape.get(0);
      for (int i = 0; i < shape.get(0); i++) {
        float[] own = Arrays.copyOfRange(all, i * length, (i + 1) * length);
        pictures.add(
            Png.of(
                own, (int) shape.get(1), (int) shape.get(2), (int) shape.get(3), largestPicture));
      }
    }
    return pictures;
  }
}
