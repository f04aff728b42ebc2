package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Order;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Copies what training batches look like before and after they are mixed.
final class Probe implements Callback {
  final List<Seen> batches = new ArrayList<>();
  final List<float[]> validInputs = new ArrayList<>();
  private float[] inputs = {};

  /// One training batch.
  record Seen(
      List<Float> before,
      List<Float> after,
      List<Long> targets,
      LossFunction loss,
      List<Integer> partners,
      List<Double> shares,
      double value,
      double expected) {}

  /// Sees batches before anything changes them.
  final Callback before =
      new Callback() {
        @Override
        public String name() {
          return "before";
        }

        @Override
        public Order order() {
          return Order.at(-1000);
        }

        @Override
        public void beforeBatch(Batch batch) {
          inputs = batch.inputs().head().toFloatArray();
        }
      };

  @Override
  public void afterLoss(Batch batch) {
    float[] now = batch.inputs().head().toFloatArray();
    if (!batch.isTraining()) {
      assert Arrays.equals(now, inputs);
      validInputs.add(now);
      return;
    }
    List<Integer> partners = List.of();
    List<Double> shares = List.of();
    LossFunction inner = batch.fit().lossFunction();
    if (inner instanceof Mixed mixed) {
      inner = mixed.inner();
      partners = Arrays.stream(mixed.pairs().partners().toIntArray()).boxed().toList();
      float[] weights = mixed.pairs().weights().toFloatArray();
      shares =
          IntStream.range(0, mixed.pairs().perSample() ? partners.size() : 1)
              .mapToObj(i -> (double) weights[2 * i])
              .toList();
    }
    NDArray targets = batch.targets().head();
    batches.add(
        new Seen(
            floats(inputs),
            floats(now),
            LongStream.of(targets.toLongArray()).boxed().toList(),
            batch.fit().lossFunction(),
            partners,
            shares,
            batch.lossValue(),
            expected(batch, inner, partners, shares)));
  }

  /// The mixed loss by the book: in Java, from the losses of single samples.
  private static double expected(
      Batch batch, LossFunction inner, List<Integer> partners, List<Double> shares) {
    if (shares.isEmpty()) {
      return batch.lossValue();
    }
    NDArray targets = batch.targets().head();
    double sum = 0;
    for (int i = 0; i < partners.size(); i++) {
      NDList prediction =
          new NDList(
              batch.predictions().head().get(new ai.djl.ndarray.index.NDIndex(i + ":" + (i + 1))));
      double share = shares.get(shares.size() == 1 ? 0 : i);
      double own = inner.loss(prediction, single(targets, i)).getFloat();
      double other = inner.loss(prediction, single(targets, partners.get(i))).getFloat();
      sum += share * own + (1 - share) * other;
    }
    return sum / partners.size();
  }

  private static NDList single(NDArray targets, int index) {
    return new NDList(targets.get(new ai.djl.ndarray.index.NDIndex(index + ":" + (index + 1))));
  }

  List<Double> shares() {
    return batches.stream().flatMap(seen -> seen.shares().stream()).toList();
  }

  private static List<Float> floats(float[] values) {
    var list = new ArrayList<Float>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }
}
