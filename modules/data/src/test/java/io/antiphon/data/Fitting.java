package io.antiphon.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.loss.Loss;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Samples;
import io.antiphon.optim.Adam;

/// Two models, and how well they learn some data.
final class Fitting {
  private Fitting() {}

  static Block linear() {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock(784))
        .add(Linear.builder().setUnits(10).build());
  }

  /// Four convolutions 3 × 3 with batch normalisation, halving the image each time.
  static Block convolutional() {
    var block = new SequentialBlock();
    for (int channels : new int[] {8, 16, 32, 64}) {
      block
          .add(
              Conv2d.builder()
                  .setFilters(channels)
                  .setKernelShape(new Shape(3, 3))
                  .optPadding(new Shape(1, 1))
                  .optStride(new Shape(2, 2))
                  .optBias(false)
                  .build())
          .add(BatchNorm.builder().build())
          .add(Activation::relu);
    }
    return block.add(Pool.globalAvgPool2dBlock()).add(Linear.builder().setUnits(10).build());
  }

  /// {@return the fraction of the validation samples that the model gets right after training}
  static double accuracy(
      Block model, DataLoader train, DataLoader valid, int epochs, double lr, long seed) {
    Loss loss = Loss.softmaxCrossEntropyLoss();
    LossFunction crossEntropy = (predictions, targets) -> loss.evaluate(targets, predictions);
    try (NDManager manager = NDManager.newBaseManager();
        Learner learner =
            Learner.builder()
                .model(model)
                .loss(crossEntropy)
                .optimizer(Adam.of(lr))
                .train(train)
                .seed(seed)
                .build()) {
      learner.fit(epochs);
      NDArray predicted = learner.predict(valid, manager).head().argMax(1);
      long right = 0;
      long offset = 0;
      try (DataLoader.Batches batches = valid.open(seed, 0, 0)) {
        while (batches.hasNext()) {
          try (NDManager scratch = manager.newSubManager()) {
            Samples batch = batches.next(scratch);
            NDArray mine = predicted.get(offset + ":" + (offset + batch.size()));
            mine.attach(scratch);
            right += mine.eq(batch.targets().head()).toType(DataType.INT64, false).sum().getLong();
            offset += batch.size();
          }
        }
      }
      return right / (double) valid.samples();
    }
  }
}
