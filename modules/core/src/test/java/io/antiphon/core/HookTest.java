package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HookTest {
  private final Block inner = Linear.builder().setUnits(3).build();
  private final Block hidden = Linear.builder().setUnits(2).build();
  private final Block parallel =
      new ParallelBlock(lists -> new NDList(lists.getFirst().head().add(1)), List.of(hidden));
  private final SequentialBlock model =
      new SequentialBlock()
          .add(new SequentialBlock().add(inner).add(Activation::relu))
          .add(parallel)
          .add(Linear.builder().setUnits(2).build());

  private Learner learner(Callback... callbacks) {
    return Points.learner(2).model(model).callbacks(callbacks).build();
  }

  private interface Laying extends Callback {
    void lay(Fit fit);

    @Override
    default void beforeFit(Fit fit) {
      lay(fit);
    }
  }

  @Test
  void aLookSeesWhatAPartGivesInEveryPass() {
    var seen = new ArrayList<String>();
    Laying laying =
        fit ->
            fit.hook(
                inner,
                BlockHook.looking((batch, block, outputs) -> {
                  assertThat(block).isSameAs(inner);
                  seen.add(batch.isTraining() + " " + outputs.head().getShape().slice(1));
                }));
    try (Learner learner = learner(laying)) {
      learner.fit(1);
      assertThat(seen).contains("true (3)", "false (3)");
      int before = seen.size();
      learner.remove(laying);
      learner.fit(1);
      assertThat(seen).hasSize(before);
    }
  }

  @Test
  void hooksLieOverEachOtherTheLastOneOutermost() {
    var order = new ArrayList<String>();
    Laying laying =
        fit -> {
          for (String name : List.of("first", "second")) {
            fit.hook(
                inner,
                (batch, block, inputs, training, around) -> {
                  order.add(name);
                  NDList outputs = around.run(inputs, training);
                  order.add(name);
                  return outputs;
                });
          }
        };
    try (Learner learner = learner(laying)) {
      learner.fit(1);
      assertThat(order.subList(0, 4)).containsExactly("second", "first", "first", "second");
    }
  }

  @Test
  void aHookChangesWhatTheRestOfTheModelGetsAndItsGradients() {
    Laying laying =
        fit ->
            fit.hook(
                block -> block == inner,
                (batch, block, inputs, training, around) ->
                    new NDList(around.run(inputs, training).head().mul(0)));
    try (Learner learner = learner(laying)) {
      float[] before = inner.getParameters().valueAt(0).getArray().toFloatArray();
      learner.fit(2);
      assertThat(inner.getParameters().valueAt(0).getArray().toFloatArray())
          .containsExactly(before);
    }
  }

  @Test
  void aLookChangesNoWeight() {
    float[] without;
    try (Learner learner = Points.learner(2).build()) {
      learner.fit(2);
      without = learner.model().getParameters().valueAt(0).getArray().toFloatArray();
    }
    Laying laying = fit -> fit.hook(_ -> true, BlockHook.looking((_, _, _) -> {}));
    try (Learner learner = Points.learner(2).callbacks(laying).build()) {
      learner.fit(2);
      assertThat(learner.model().getParameters().valueAt(0).getArray().toFloatArray())
          .containsExactly(without);
    }
  }

  @Test
  void anObserverMayLookAndIsLeftOutIfItsLookThrows() {
    var looker =
        new Observer() {
          int looks;
          int batches;

          @Override
          public void beforeFit(Fit fit) {
            fit.look(
                inner,
                (batch, block, outputs) -> {
                  assertThatThrownBy(() -> batch.inputs(outputs)).hasMessageContaining("Observer");
                  if (++looks == 3) {
                    throw new IllegalStateException("enough");
                  }
                });
          }

          @Override
          public void afterBatch(Batch batch) {
            batches++;
          }
        };
    try (Learner learner = learner(looker)) {
      assertThat(learner.fit(2).outcome().isFinished()).isTrue();
      assertThat(looker.looks).isEqualTo(3);
      assertThat(looker.batches).isEqualTo(2);
      learner.fit(1);
      assertThat(looker.looks).as("there is nothing left of a fit's look").isGreaterThan(3);
    }
  }

  @Test
  void whatNoWayPassesByIsRefusedWithTheBlockThatItIsInsideOf() {
    var strange = Linear.builder().setUnits(9).build();
    var messages = new ArrayList<String>();
    Laying laying =
        fit -> {
          for (Block block : List.of(hidden, strange)) {
            assertThatThrownBy(() -> fit.hook(block, BlockHook.looking((_, _, _) -> {})))
                .satisfies(e -> messages.add(e.getMessage()));
          }
          fit.hook(parallel, BlockHook.looking((_, _, _) -> {}));
          fit.hook(model, BlockHook.looking((_, _, _) -> {}));
        };
    try (Learner learner = learner(laying)) {
      learner.fit(1);
    }
    assertThat(messages)
        .containsExactly(
            "this Linear is inside of a ParallelBlock, which runs its parts itself, so nothing can be"
                + " laid around it; take the ParallelBlock, or make it a SequentialBlock",
            "this Linear is no part of the model, so nothing can be laid around it");
  }

  @Test
  void layersAreToldWithShapesAndParameters() {
    try (Learner learner = learner()) {
      inner.freezeParameters(true);
      String table = Layer.table(learner.model(), List.of(new Shape(4, 4)));
      assertThat(table.lines())
          .containsExactly(
              "layer                            output  parameters",
              "01SequentialBlock.01Linear       [4, 3]          15  frozen",
              "01SequentialBlock.02LambdaBlock  [4, 3]",
              "02ParallelBlock                  [4, 2]           8",
              "03Linear                         [4, 2]           6",
              "29 parameters, 14 of them trained");
    }
  }
}
