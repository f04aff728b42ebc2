package io.antiphon.metrics;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.loss.Loss;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.Autograd;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A linear model on random points, two classes, with plain SGD.
final class Fits {
  static final int SAMPLES = 103;
  static final int BATCHES = 11; // the last one has 3 samples

  private Fits() {}

  static Feed feed(long seed) {
    var random = new Random(seed);
    List<float[]> x = new ArrayList<>();
    List<float[]> y = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      var row = new float[] {(float) random.nextGaussian(), (float) random.nextGaussian()};
      x.add(row);
      y.add(new float[] {row[0] + row[1] > 0 ? 1 : 0});
    }
    return new Feed(x, y, new Shape(2), new Shape(), DataType.FLOAT32, 10);
  }

  static Learner.Builder learner() {
    Loss loss = Loss.softmaxCrossEntropyLoss();
    return Learner.builder()
        .model(Linear.builder().setUnits(2).build())
        .loss((x, y) -> loss.evaluate(y, x))
        .optimizer(Fits::sgd)
        .train(feed(1))
        .valid(feed(2))
        .device(Device.cpu())
        .metrics(new Accuracy(), EvaluatorMetric.of(loss, "entropy", false));
  }

  static Optimizer sgd(List<ParameterGroup> groups) {
    for (ParameterGroup group : groups) {
      group.define(Hyper.LEARNING_RATE, 0.1);
      group.define(Hyper.MOMENTUM, 0);
    }
    return new Optimizer() {
      @Override
      public List<ParameterGroup> groups() {
        return groups;
      }

      @Override
      public void step() {
        try (var _ = Autograd.off()) {
          for (ParameterGroup group : groups) {
            for (NDArray parameter : group.trainable()) {
              try (NDManager scratch = parameter.getManager().newSubManager();
                  NDArray gradient = parameter.getGradient()) {
                gradient.attach(scratch);
                parameter.subi(gradient.mul(group.get(Hyper.LEARNING_RATE)));
              }
            }
          }
        }
      }

      @Override
      public void close() {}
    };
  }
}
