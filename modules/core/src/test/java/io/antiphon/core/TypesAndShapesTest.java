package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.torch.Cast;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Data that are not of the model's type, or not of its shape.
class TypesAndShapesTest {
  private static DataLoader data(DataType type, long... sample) {
    return DataLoader.of(
            IntStream.range(0, 16).boxed().toList(),
            (manager, some) -> {
              Shape shape = new Shape(some.size()).addAll(new Shape(sample));
              NDArray inputs =
                  manager.arange(0, shape.size(), 1, DataType.FLOAT32).mod(5).reshape(shape);
              long[] targets = some.stream().mapToLong(item -> item % 2).toArray();
              return new Samples(
                  new NDList(inputs.toType(type, true)),
                  new NDList(manager.create(targets)),
                  some.size());
            })
        .batchSize(8);
  }

  private static Block model() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(6).build())
        .add(Linear.builder().setUnits(2).build());
  }

  private static Learner.Builder learner(DataLoader train, DataLoader valid) {
    return Learner.builder()
        .model(model())
        .loss(Points.crossEntropy())
        .optimizer(Points.sgd(0.1))
        .train(train)
        .valid(valid)
        .seed(3);
  }

  private static float[] weights(DataType type) {
    try (Learner learner = learner(data(type, 4), data(type, 4)).build()) {
      learner.fit(2);
      return learner.model().getParameters().valueAt(0).getArray().toFloatArray();
    }
  }

  @Test
  void javasDoublesTrainAModelOfFloatsAsFloatsDo() {
    assertThat(weights(DataType.FLOAT64)).isEqualTo(weights(DataType.FLOAT32));
    assertThat(weights(DataType.FLOAT16)).isEqualTo(weights(DataType.FLOAT32));
  }

  @Test
  void wholeNumbersThatAModelCannotTakeAreRefusedWithTheRemedy() {
    for (DataType type : List.of(DataType.UINT8, DataType.INT64, DataType.INT32)) {
      try (Learner learner = learner(data(type, 4), data(type, 4)).build()) {
        assertThatThrownBy(() -> learner.fit(1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith(
                "inputs[0] is %s of shape (8, 4), with which the model cannot compute, for it is float32; give float32, in Java by toType(DataType.FLOAT32, true): "
                    .formatted(type))
            .hasMessageContaining("dtype")
            .hasCauseInstanceOf(EngineException.class);
      }
    }
  }

  @Test
  void aShapeThatTheModelCannotTakeIsToldInOneLine() {
    try (Learner learner = learner(data(DataType.FLOAT32, 4), data(DataType.FLOAT32, 4)).build()) {
      learner.fit(1);
      try (NDManager manager = NDManager.newBaseManager()) {
        assertThatThrownBy(() -> learner.predict(data(DataType.FLOAT32, 5), manager))
            .isInstanceOf(EngineException.class)
            .hasMessage("mat1 and mat2 shapes cannot be multiplied (8x5 and 4x6)");
      }
    }
  }

  @Test
  void validationDataThatTheModelDoesNotTakeAreToldBeforeTheRun() {
    var begun = new AtomicInteger();
    var watch =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            begun.incrementAndGet();
          }
        };
    try (Learner learner =
        learner(data(DataType.FLOAT32, 4), data(DataType.FLOAT32, 5)).callbacks(watch).build()) {
      String sentence =
          "a sample to validate on has the shape (5), one to train on (4), and the model does not take both: mat1 and mat2 shapes cannot be multiplied (8x5 and 4x6)";
      assertThatThrownBy(() -> learner.fit(1)).hasMessage(sentence);
      assertThatThrownBy(learner::check).hasMessage(sentence);
      assertThat(begun).hasValue(0);
    }
  }

  @Test
  void validationDataOfWhichTheModelMakesOtherRowsAreToldBeforeTheRun() {
    try (Learner learner =
        learner(data(DataType.FLOAT32, 4), data(DataType.FLOAT32, 5))
            .model(Points.model()) // which makes rows of four numbers
            .build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessage(
              "a sample to validate on has the shape (5), one to train on (4), and the model does not take both: it gives 1.25 rows for each sample");
    }
  }

  @Test
  void shapesMayDifferWhereTheModelTakesBoth() {
    Block any =
        new SequentialBlock()
            .add(inputs -> new NDList(inputs.head().mean(new int[] {1}).expandDims(1)))
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner =
        learner(data(DataType.FLOAT32, 4), data(DataType.FLOAT32, 5)).model(any).build()) {
      assertThat(learner.fit(1).outcome().isFinished()).isTrue();
    }
  }

  @Test
  void whereACallbackArrangesWhatTheModelGetsShapesAreItsOwnMatter() {
    Block four = new SequentialBlock().add(Linear.builder().setUnits(2).build());
    var first =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            batch.inputs(new NDList(batch.inputs().head().reshape(batch.size(), -1).get(":, :4")));
          }
        };
    try (NDManager manager = NDManager.newBaseManager()) {
      four.initialize(manager, DataType.FLOAT32, new Shape(2, 4));
      try (Learner learner =
          learner(data(DataType.FLOAT32, 2, 2), data(DataType.FLOAT32, 6))
              .model(four)
              .callbacks(first)
              .build()) {
        assertThat(learner.fit(1).outcome().isFinished()).isTrue();
      }
    }
  }

  @Test
  void aTypeThatDjlLacksIsNamedWhereverItIsMetInARun() {
    var narrows =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            NDArray narrow = Cast.to(batch.predictions().head(), DataType.BFLOAT16);
            var _ = narrow.softmax(-1);
          }
        };
    try (Learner learner = Points.learner(1).callbacks(narrows).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .isInstanceOf(CallbackException.class)
          .hasMessageContaining("DJL cannot make arrays of this type; it knows int8")
          .hasMessageContaining("io.antiphon.torch.Cast");
    }
    DataLoader narrow =
        DataLoader.of(
            List.of(1, 2),
            (manager, some) -> {
              NDArray inputs = manager.zeros(new Shape(some.size(), 4));
              if (some.size() == 2) {
                inputs = Cast.to(inputs, DataType.BFLOAT16).softmax(-1);
              }
              return new Samples(
                  new NDList(inputs),
                  new NDList(manager.create(new long[some.size()])),
                  some.size());
            });
    try (Learner learner = learner(narrow, data(DataType.FLOAT32, 4)).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .isInstanceOf(EngineException.class)
          .hasMessageStartingWith("DJL cannot make arrays of this type");
    }
  }

  @Test
  void aModelThatTakesWholeNumbersGetsThemAsTheyAre() {
    Block tokens =
        new SequentialBlock()
            .add(inputs ->
                new NDList(
                    inputs.head().toType(DataType.INT64, false).oneHot(5).sum(new int[] {1})))
            .add(Linear.builder().setUnits(2).build());
    try (Learner learner =
        learner(data(DataType.INT64, 4), data(DataType.INT64, 4)).model(tokens).build()) {
      assertThat(learner.fit(1).outcome().isFinished()).isTrue();
    }
  }
}
