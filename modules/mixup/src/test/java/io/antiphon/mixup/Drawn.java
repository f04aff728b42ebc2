package io.antiphon.mixup;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.RandomStream;
import java.util.List;
import java.util.SplittableRandom;

/// Noise of 6 × 6 in two classes, the second one brighter, in batches of 8.
record Drawn(int batches, String name) implements DataLoader {
  static final int BATCH = 8;
  private static final int PIXELS = 36;

  /// {@return a builder of learners of a convolution with batch norm, with 3 training and 2
  /// validation batches}
  static Learner.Builder learner() {
    return TinyTask.learner().train(new Drawn(3, "drawn-train")).valid(new Drawn(2, "drawn-valid"));
  }

  /// {@return as [#learner], with a linear model, for tests of many batches}
  static Learner.Builder linear() {
    return learner()
        .model(
            new SequentialBlock()
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(2).build()));
  }

  @Override
  public long samples() {
    return (long) batches * BATCH;
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(new Shape(BATCH, 1, 6, 6));
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
        var random = new SplittableRandom(stream.at(epoch, next++));
        var pixels = new float[BATCH * PIXELS];
        var classes = new long[BATCH];
        for (int i = 0; i < BATCH; i++) {
          classes[i] = random.nextInt(2);
          for (int j = 0; j < PIXELS; j++) {
            pixels[i * PIXELS + j] = (float) random.nextDouble() + 0.5f * classes[i];
          }
        }
        return new Samples(
            new NDList(manager.create(pixels, new Shape(BATCH, 1, 6, 6))),
            new NDList(manager.create(classes)),
            BATCH);
      }
    };
  }
}
