package io.antiphon.metrics;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.loss.Loss;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A linear model on random points, two classes, with plain SGD.
final class Fits {
  static final int SAMPLES = 103;
  static final int BATCHES = 11; // the last one has 3 samples

  private Fits() {}

  static DataLoader feed(long seed) {
    var random = new Random(seed);
    List<float[]> x = new ArrayList<>();
    List<float[]> y = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      var row = new float[] {(float) random.nextGaussian(), (float) random.nextGaussian()};
      x.add(row);
      y.add(new float[] {row[0] + row[1] > 0 ? 1 : 0});
    }
    return Feed.of(x, y, new Shape(2), new Shape(), DataType.FLOAT32, 10);
  }

  static Learner.Builder learner() {
    Loss loss = Loss.softmaxCrossEntropyLoss();
    return Learner.builder()
        .model(Linear.builder().setUnits(2).build())
        .loss((x, y) -> loss.evaluate(y, x))
        .optimizer(TinyTask.descent(0.1))
        .train(feed(1))
        .valid(feed(2))
        .device(Device.cpu())
        .metrics(new Accuracy(), EvaluatorMetric.of(loss, "entropy", false));
  }
}
