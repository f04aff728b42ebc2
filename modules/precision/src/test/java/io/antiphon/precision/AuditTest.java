package io.antiphon.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Recurrent;
import io.antiphon.models.Activation;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.precision.MixedPrecision.Options;
import io.antiphon.precision.MixedPrecision.Type;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Capabilities;
import io.antiphon.torch.Cast;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AuditTest {
  private static final Device CPU = Device.cpu();

  /// What a wrong kernel does in the narrow type.
  private enum Fault {
    NONE,
    /// every fourth number is another one
    FORWARD,
    /// what comes out is right, what goes back is not
    BACKWARD,
    NAN
  }

  /// A block that computes rightly in float32 and wrongly, on purpose, in bfloat16.
  private static final class Faulty extends AbstractBlock {
    private final Fault fault;

    Faulty(Fault fault) {
      this.fault = fault;
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        @Nullable PairList<String, Object> params) {
      NDArray x = inputs.head();
      if (!Autocast.isOn(CPU) || Autocast.type(CPU) != DataType.BFLOAT16) {
        return inputs;
      }
      NDArray wide = Cast.to(x, DataType.FLOAT32);
      return new NDList(
          switch (fault) {
            case NONE -> x;
            case FORWARD -> wide.flip(-1).mul(1.5);
            case BACKWARD -> wide.stopGradient().mul(2).sub(wide);
            case NAN -> wide.mul(Float.NaN);
          });
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inputShapes;
    }
  }

  private static Block model(Fault fault) {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(32).build())
        .add(Mlp.of(new Mlp.Options(List.of(24), Activation.RELU), 16))
        .add(
            new SequentialBlock()
                .add(new Faulty(fault))
                .add(Linear.builder().setUnits(10).build()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"FORWARD", "BACKWARD", "NAN"})
  void aBlockThatComputesWronglyInTheNarrowTypeIsRefusedByName(Fault fault) {
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16)).model(model(fault)).build()) {
      List<float[]> before = values(learner);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> learner.fit(1))
          .withMessageStartingWith("block '")
          .withMessageContaining(Faulty.class.getName() + ")' computes wrongly in bfloat16: ")
          .withMessageContaining("or in fp16")
          .withMessageContaining("audit: false");
      assertSame(values(learner), before);
      assertThat(learner.gradients().norm(learner.manager(), 2).getFloat()).isZero();
      assertThat(Autocast.isOn(CPU)).isFalse();
    }
  }

  @Test
  void whoeverGoesOnHasTheTypeThatTheAuditLeft(@TempDir Path folder) {
    Path saved = folder.resolve("saved");
    var save =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            Learner learner = batch.fit().learner();
            if (learner.stepsDone() == 0 && batch.isTraining()) {
              batch.fit().whenSettled(() -> learner.save(saved));
            }
          }
        };
    for (Fault fault :
        List.of(Fault.FORWARD, Fault.NONE)) { // found wrong, and then it would not be
      var precision = new MixedPrecision(new Options(Type.AUTO), AuditTest::fast);
      try (var digits = new Digits(64, 32);
          Learner learner = digits.cnn(precision, save).model(model(fault)).build()) {
        if (fault == Fault.NONE) {
          learner.load(saved);
        }
        learner.fit(1);
      }
      assertThat(precision.type()).isEqualTo(DataType.FLOAT32);
    }
  }

  /// Counts its passes.
  private static final class Counting extends LambdaBlock implements Recurrent {
    private int passes;

    Counting() {
      super(inputs -> inputs);
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        @Nullable PairList<String, Object> params) {
      passes++;
      return inputs;
    }

    @Override
    public void reset() {
      passes = 0;
    }

    @Override
    public NDList state(NDManager manager) {
      return passes == 0 ? new NDList() : new NDList(manager.create(passes));
    }

    @Override
    public void restore(NDList state) {
      passes = state.isEmpty() ? 0 : state.head().getInt();
    }
  }

  @Test
  void whatAModelRemembersIsAsItWas() {
    var counting = new Counting();
    var seen = new ArrayList<Integer>();
    var watch =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            counting.reset();
          }

          @Override
          public void afterPred(Batch batch) {
            if (batch.isTraining()) {
              seen.add(counting.passes);
            }
          }
        };
    var model = new SequentialBlock().add(model(Fault.NONE)).add(counting);
    try (var digits = new Digits(96, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16), watch).model(model).build()) {
      learner.fit(1);
    }
    assertThat(seen).startsWith(1, 2);
  }

  @Test
  void whereBlocksAreNotInARowTheLayerIsNamedWhoseGradientIsMostWrong() {
    var whole =
        new AbstractBlock() {
          private final Block inside = addChildBlock("inside", model(Fault.BACKWARD));

          @Override
          protected NDList forwardInternal(
              ParameterStore store,
              NDList inputs,
              boolean training,
              @Nullable PairList<String, Object> params) {
            return inside.forward(store, inputs, training);
          }

          @Override
          protected void initializeChildBlocks(
              ai.djl.ndarray.NDManager manager, DataType type, Shape... shapes) {
            inside.initialize(manager, type, shapes);
          }

          @Override
          public Shape[] getOutputShapes(Shape[] inputShapes) {
            return inside.getOutputShapes(inputShapes);
          }
        };
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16)).model(whole).build()) {
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> learner.fit(1))
          .withMessageStartingWith("layer '")
          .withMessageContaining("the gradient in layer '")
          .withMessageContaining("Linear")
          .withMessageContaining("of which rounding makes 0.0");
    }
  }

  @Test
  void autoFallsBackToFloat32AndTrainsAsIfNothingHadBeen() {
    var precision = new MixedPrecision(new Options(), AuditTest::fast);
    var seen = new ArrayList<Boolean>();
    var watcher =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            seen.add(Autocast.isOn(CPU));
          }
        };
    List<float[]> fallenBack;
    try (var digits = new Digits(96, 32);
        Learner learner = digits.cnn(precision, watcher).model(model(Fault.FORWARD)).build()) {
      learner.fit(1);
      assertThat(precision.type()).isEqualTo(DataType.FLOAT32);
      assertThat(seen).hasSize(4).containsOnly(false);
      fallenBack = values(learner);
    }
    assertSame(fallenBack, trained(model(Fault.FORWARD)));
  }

  @Test
  void autoFallsBackWhereABlockDoesNotWorkInTheNarrowTypeAtAll() {
    var precision = new MixedPrecision(new Options(), AuditTest::fast);
    Block model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(10).build())
            .add(new SoftmaxBlock());
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(precision).model(model).build()) {
      learner.fit(1);
    }
    assertThat(precision.type()).isEqualTo(DataType.FLOAT32);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void whatIsRightTrainsAsWithoutAnAudit(Type type) {
    for (Block[] pair :
        List.of(
            new Block[] {model(Fault.NONE), model(Fault.NONE)},
            new Block[] {dropping(), dropping()},
            new Block[] {deep(), deep()})) {
      assertSame(
          trained(pair[0], new MixedPrecision(options(type, true))),
          trained(pair[1], new MixedPrecision(options(type, false))));
    }
  }

  // Norms have running statistics, and dropout draws.
  private static Block dropping() {
    return Cnn.of(new Cnn.Options(List.of(8, 16), 0.5), 10);
  }

  // Rounding grows from layer to layer.
  private static Block deep() {
    var model = new SequentialBlock().add(Blocks.batchFlattenBlock());
    for (int i = 0; i < 24; i++) {
      model.add(Linear.builder().setUnits(24).build());
      model.add(ai.djl.nn.norm.BatchNorm.builder().build());
      model.add(ai.djl.nn.Activation.reluBlock());
    }
    return model.add(Linear.builder().setUnits(10).build());
  }

  private static Options options(Type type, boolean audit) {
    return new Options(type, 65_536, 2, 0.5, 2000, true, audit);
  }

  @Test
  void aGraphThatACallbackKeepsSurvivesTheAudit() {
    var penalties = new ArrayList<Float>();
    var penalty =
        new Callback() {
          private @Nullable NDArray kept;

          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              kept =
                  Cast.to(batch.forward(batch.inputs()).head(), DataType.FLOAT32).square().mean();
            }
          }

          @Override
          public void afterBackward(Batch batch) {
            NDArray mine = java.util.Objects.requireNonNull(kept);
            Autograd.backward(mine, false);
            penalties.add(mine.getFloat());
          }
        };
    try (var digits = new Digits(64, 32);
        Learner learner =
            digits.cnn(penalty, new MixedPrecision(Type.BF16)).model(model(Fault.NONE)).build()) {
      learner.fit(1);
    }
    assertThat(penalties).hasSize(2).allMatch(Float::isFinite);
  }

  @Test
  void itIsDoneOncePerRunAndLeavesNoArrays() {
    var calls = new int[1];
    Block model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(10).build())
            .add(
                new ai.djl.nn.LambdaBlock(list -> {
                  calls[0]++;
                  return list;
                }));
    try (var digits = new Digits(96, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16)).model(model).build()) {
      calls[0] = 0;
      learner.fit(2);
      assertThat(calls[0]).isEqualTo(3 + 2 * (3 + 1)); // passes of the audit, batches
      int arrays = learner.manager().getManagedArrays().size();
      learner.fit(1);
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }

  private static Capabilities fast(Device device) {
    Set<DataType> types = Set.of(DataType.FLOAT32, DataType.BFLOAT16);
    return new Capabilities(device, Set.of(), types, types, 1, 1, true);
  }

  private static List<float[]> trained(Block model, Callback... callbacks) {
    try (var digits = new Digits(96, 32);
        Learner learner = digits.cnn(callbacks).model(model).build()) {
      learner.fit(1);
      return values(learner);
    }
  }

  private static List<float[]> values(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  private static void assertSame(List<float[]> values, List<float[]> expected) {
    assertThat(values).hasSameSizeAs(expected);
    for (int i = 0; i < values.size(); i++) {
      assertThat(Arrays.equals(values.get(i), expected.get(i))).as("array %d", i).isTrue();
    }
  }
}
