package io.antiphon.techniques;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.models.Dropout;
import io.antiphon.models.Rnn;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.TorchScript;
import io.antiphon.training.GradientAccumulation;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicroBatchesTest {
  private int fits;

  /// The tiny task without a norm, whose statistics would be those of pieces, and with a layer for
  /// which only so many samples at once fit into memory.
  private Learner.Builder learner(int most, Callback... callbacks) {
    fits = most;
    return TinyTask.learner()
        .model(
            new SequentialBlock()
                .add(Conv2d.builder().setFilters(4).setKernelShape(new Shape(3, 3)).build())
                .add(Activation::relu)
                .add(
                    new LambdaBlock(inputs -> {
                      if (inputs.head().getShape().get(0) > fits) {
                        throw new EngineException(
                            "CUDA out of memory. Tried to allocate 20.00 MiB");
                      }
                      return inputs;
                    }))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(2).build()))
        .callbacks(callbacks);
  }

  @Test
  void aTypeThatComputesWronglyIsFoundInAPieceToo() {
    var wrong =
        new LambdaBlock(inputs ->
            new NDList(
                Autocast.isOn(Device.cpu()) ? inputs.head().flip(-1).mul(1.5) : inputs.head()));
    var model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(wrong)
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner =
        TinyTask.learner()
            .model(model)
            .callbacks(new MicroBatches(2), new MixedPrecision(MixedPrecision.Type.BF16))
            .build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining("computes wrongly in bfloat16");
    }
  }

  private static float[] weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(each -> each.getArray().toFloatArray())
        .reduce(
            new float[0],
            (all, each) -> {
              float[] joined = Arrays.copyOf(all, all.length + each.length);
              System.arraycopy(each, 0, joined, all.length, each.length);
              return joined;
            });
  }

  private static float[] fitted(Learner.Builder builder) {
    try (Learner learner = builder.build()) {
      learner.fit(3);
      return weights(learner);
    }
  }

  @Test
  void aBatchThatDoesNotFitIsComputedInPiecesWithTheSameGradients() {
    float[] whole = fitted(learner(100));
    for (int most : new int[] {4, 3, 2}) {
      var pieces = new MicroBatches(1);
      assertThat(fitted(learner(most, pieces))).containsExactly(whole, Offset.offset(1e-5f));
      assertThat(pieces.pieces()).isEqualTo(most == 4 ? 2 : 4);
    }
  }

  @Test
  void whatFitsIsTrainedBitByBitAsWithoutIt() {
    assertThat(fitted(learner(100, new MicroBatches(1)))).containsExactly(fitted(learner(100)));
  }

  @Test
  void gradientsThatAccumulationKeepsAreKept() {
    float[] whole = fitted(learner(100, new GradientAccumulation(2)));
    assertThat(fitted(learner(4, new GradientAccumulation(2), new MicroBatches(1))))
        .containsExactly(whole, Offset.offset(1e-5f));
  }

  // gradients of what is picked from an array that takes no memory would take petabytes
  private static final TorchScript TOO_MUCH =
      TorchScript.compile(
          """
          def picked(x: Tensor) -> Tensor:
            wide = torch.expand(torch.unsqueeze(x, -1), [-1, -1, -1, -1, 1099511627776])
            return torch.squeeze(torch.index_select(wide, 4, torch.zeros([1], dtype=4)), -1)
          """);

  @Test
  void memoryThatRunsOutInTheBackwardPassIsNoLossEither() {
    for (boolean accumulates : new boolean[] {false, true}) {
      Callback[] more =
          accumulates ? new Callback[] {new GradientAccumulation(2)} : new Callback[0];
      float[] whole = fitted(learner(100, more));
      var model =
          new SequentialBlock()
              .add(Conv2d.builder().setFilters(4).setKernelShape(new Shape(3, 3)).build())
              .add(Activation::relu)
              .add(
                  new LambdaBlock(inputs -> {
                    NDArray x = inputs.head();
                    return x.getShape().get(0) > 4
                        ? TOO_MUCH.call(x.getManager(), "picked", x)
                        : inputs;
                  }))
              .add(Blocks.batchFlattenBlock())
              .add(Linear.builder().setUnits(2).build());
      var pieces = new MicroBatches(1);
      assertThat(fitted(TinyTask.learner().model(model).callbacks(more).callbacks(pieces)))
          .containsExactly(whole, Offset.offset(1e-5f));
      assertThat(pieces.pieces()).isEqualTo(2);
    }
  }

  @Test
  void scoresAreThoseOfWholeBatches() {
    double loss;
    double valid;
    try (Learner learner = learner(100).build()) {
      FitResult result = learner.fit(1);
      loss = result.train().orElseThrow().loss();
      valid = result.valid().orElseThrow().loss();
    }
    try (Learner learner = learner(4, new MicroBatches(1)).build()) {
      FitResult result = learner.fit(1);
      assertThat(result.train().orElseThrow().loss()).isCloseTo(loss, Offset.offset(1e-6));
      assertThat(result.valid().orElseThrow().loss()).isCloseTo(valid, Offset.offset(1e-6));
    }
  }

  @Test
  void dropoutDropsTheSameInBothPasses() {
    // a linear model on inputs of ones, in pieces: what was dropped shows in the gradient
    var model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(new Dropout(0.5))
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner = TinyTask.learner().model(model).callbacks(new MicroBatches(2)).build()) {
      double before = learner.validate().loss();
      learner.fit(30);
      assertThat(learner.validate().loss()).isLessThan(before);
    }
  }

  @Test
  void aSampleThatDoesNotFitIsTold() {
    try (Learner learner = learner(8, new MicroBatches(1)).build()) {
      fits = 0;
      assertThatThrownBy(() -> learner.fit(1)).hasMessageContaining("out of memory");
    }
  }

  @Test
  void otherFailuresAreNoReasonForPieces() {
    var pieces = new MicroBatches(1);
    var model =
        new SequentialBlock()
            .add(
                new LambdaBlock(inputs -> {
                  if (inputs.head().getShape().get(0) > 2) {
                    throw new EngineException("something else");
                  }
                  return inputs;
                }))
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner = TinyTask.learner().model(model).callbacks(pieces).build()) {
      assertThatThrownBy(() -> learner.fit(1)).hasMessageContaining("something else");
      assertThat(pieces.pieces()).isEqualTo(1);
    }
  }

  @Test
  void aModelThatRemembersIsRefused() {
    try (Learner learner =
        Learner.builder()
            .model(Rnn.of(new Rnn.Options(), 5))
            .train(RnnRegularizerTest.tokens())
            .optimizer(TinyTask.descent(0.1))
            .callbacks(new MicroBatches(1))
            .build()) {
      assertThatThrownBy(learner::check).hasMessageStartingWith("micro-batches would run a model");
    }
  }

  @Test
  void nothingIsLeftOpen() {
    try (Learner learner = learner(3, new MicroBatches(1)).build()) {
      learner.fit(1);
      int arrays = learner.manager().getManagedArrays().size();
      learner.fit(3);
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
      try (NDList predicted = learner.predict(learner.trainData(), learner.manager())) {
        assertThat(predicted.head().getShape()).isEqualTo(new Shape(24, 2));
      }
    }
  }

  @Test
  void aFitThatGoesOnHasAsManyPiecesAsItHad(@TempDir Path folder) {
    Path saved = folder.resolve("saved");
    var saving =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining() && batch.fit().trainIter() == 1) {
              batch.fit().whenSettled(() -> batch.fit().learner().save(saved));
            }
          }
        };
    float[] uninterrupted = fitted(learner(3, new MicroBatches(1), saving));
    var next = new MicroBatches(1);
    try (Learner learner = learner(100, next, saving).build()) {
      learner.load(saved); // memory is larger now, but pieces stay
      learner.fit(3);
      assertThat(next.pieces()).isEqualTo(4);
      assertThat(weights(learner)).containsExactly(uninterrupted);
    }
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new MicroBatches(3)).verify();
  }
}
