package io.antiphon.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.util.List;
import java.util.SplittableRandom;

/// A real task that takes milliseconds: images of 6×6 with a bright row or a bright column, a
/// convolution with batch norm, cross entropy (targets are classes or probabilities), gradient
/// descent.
public final class TinyTask {
  private static final int BATCH = 8;
  private static final int SIDE = 6;

  private TinyTask() {}

  /// {@return a builder of learners for the task, with 3 training and 2 validation batches of 8}
  public static Learner.Builder learner() {
    return learner(3, 2);
  }

  /// {@return plain gradient descent, whose momentum and weight decay are 0 and do nothing}
  public static Optimizer.Factory descent(double lr) {
    return groups -> new Descent(groups, lr);
  }

  static Learner.Builder learner(int train, int valid) {
    return Learner.builder()
        .model(
            new SequentialBlock()
                .add(Conv2d.builder().setFilters(4).setKernelShape(new Shape(3, 3)).build())
                .add(BatchNorm.builder().build())
                .add(Activation::relu)
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(2).build()))
        .loss(new CrossEntropy())
        .optimizer(descent(0.1))
        .train(new Images(train, "tiny-train"))
        .valid(new Images(valid, "tiny-valid"))
        .seed(7);
  }

  private record CrossEntropy() implements LossFunction {
    @Override
    public NDArray loss(NDList predictions, NDList targets) {
      return perSample(predictions, targets).mean();
    }

    @Override
    public NDArray perSample(NDList predictions, NDList targets) {
      NDArray logProbabilities = predictions.head().logSoftmax(1);
      NDArray target = targets.head();
      boolean areProbabilities = target.getShape().equals(logProbabilities.getShape());
      return logProbabilities
          .mul(areProbabilities ? target : target.oneHot(2, logProbabilities.getDataType()))
          .sum(new int[] {1})
          .neg();
    }

    @Override
    public boolean hasPerSample() {
      return true;
    }

    @Override
    public boolean hasIntegerTargets() {
      return true;
    }
  }

  private record Descent(List<ParameterGroup> groups, double lr) implements Optimizer {
    private Descent {
      groups.forEach(group -> group.define(Hyper.LEARNING_RATE, lr));
      groups.forEach(group -> group.define(Hyper.MOMENTUM, 0));
      groups.forEach(group -> group.define(Hyper.WEIGHT_DECAY, 0));
    }

    @Override
    public void step() {
      for (ParameterGroup group : groups) {
        for (NDArray weight : group.trainable()) {
          try (var _ = Autograd.off();
              NDManager scratch = weight.getManager().newSubManager()) {
            NDArray gradient = weight.getGradient();
            gradient.attach(scratch);
            weight.subi(gradient.mul(group.get(Hyper.LEARNING_RATE)));
          }
        }
      }
    }

    @Override
    public void close() {}
  }

  private record Images(int batches, String name) implements DataLoader {
    @Override
    public long samples() {
      return (long) batches * BATCH;
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(new Shape(BATCH, 1, SIDE, SIDE));
    }

    @Override
    public Batches open(long seed, long epoch, int first) {
      var stream = new RandomStream(seed, name);
      return new Batches() {
        private int next = first;

        @Override
        public boolean hasNext() {
          return next < batches;
        }

        @Override
        public Samples next(NDManager manager) {
          return draw(manager, new SplittableRandom(stream.at(epoch, next++)));
        }
      };
    }

    private static Samples draw(NDManager manager, SplittableRandom random) {
      var pixels = new float[BATCH * SIDE * SIDE];
      var classes = new long[BATCH];
      for (int i = 0; i < BATCH; i++) {
        boolean row = random.nextBoolean();
        classes[i] = row ? 1 : 0;
        int line = random.nextInt(SIDE);
        for (int j = 0; j < SIDE * SIDE; j++) {
          boolean bright = (row ? j / SIDE : j % SIDE) == line;
          pixels[i * SIDE * SIDE + j] = (float) ((bright ? 1 : 0) + 0.3 * random.nextDouble());
        }
      }
      return new Samples(
          new NDList(manager.create(pixels, new Shape(BATCH, 1, SIDE, SIDE))),
          new NDList(manager.create(classes)),
          BATCH);
    }
  }
}
