package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.loss.Loss;
import io.antiphon.torch.Autograd;
import java.util.List;
import java.util.Random;

/// A small real problem: two classes of points in the plane, a two-layer network, plain SGD.
public final class Points {
  public static final int BATCH = 8;

  private Points() {}

  public static Block model() {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock(4))
        .add(Linear.builder().setUnits(6).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(2).build());
  }

  public static Learner.Builder learner(int batches) {
    return Learner.builder()
        .model(model())
        .loss(crossEntropy())
        .optimizer(sgd(0.1))
        .train(data(batches, 1))
        .valid(data(2, 2))
        .seed(3);
  }

  public static LossFunction crossEntropy() {
    Loss loss = Loss.softmaxCrossEntropyLoss();
    return (predictions, targets) -> loss.evaluate(targets, predictions);
  }

  public static Optimizer.Factory sgd(double lr) {
    return groups -> {
      groups.forEach(group -> group.define(Hyper.LEARNING_RATE, lr));
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
    };
  }

  public static DataLoader data(int batches, long salt) {
    return new DataLoader() {
      @Override
      public int batches() {
        return batches;
      }

      @Override
      public long samples() {
        return (long) batches * BATCH;
      }

      @Override
      public List<Shape> inputShapes() {
        return List.of(new Shape(BATCH, 4));
      }

      @Override
      public Batches open(long seed, long epoch, int first) {
        return new Batches() {
          private int next = first;

          @Override
          public boolean hasNext() {
            return next < batches;
          }

          @Override
          public Samples next(NDManager manager) {
            var random = new Random(seed * 31 + epoch * 1009 + salt * 7 + next++);
            var x = new float[BATCH * 4];
            var y = new float[BATCH];
            for (int i = 0; i < BATCH; i++) {
              y[i] = random.nextInt(2);
              for (int j = 0; j < 4; j++) {
                x[i * 4 + j] = (float) (random.nextGaussian() + (y[i] * 2 - 1));
              }
            }
            return new Samples(
                new NDList(manager.create(x, new Shape(BATCH, 4))),
                new NDList(manager.create(y)),
                BATCH);
          }
        };
      }
    };
  }
}
