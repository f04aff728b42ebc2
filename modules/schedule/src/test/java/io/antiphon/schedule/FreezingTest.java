package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.optim.Adam;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreezingTest {
  private static Block deep() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(4).build())
        .add(
            new SequentialBlock()
                .add(Linear.builder().setUnits(4).build())
                .add(BatchNorm.builder().build()))
        .add(Activation::relu)
        .add(Linear.builder().setUnits(2).build());
  }

  private static List<String> split(io.antiphon.core.Splitter splitter) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Block model = deep();
      model.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
      var text = new ArrayList<String>();
      for (ParameterGroup group : splitter.split(model)) {
        text.add(group.part() + "/" + group.name() + " " + group.parameters().size());
      }
      return text;
    }
  }

  @Test
  void modelsSplitByDepth() {
    assertThat(split(Parts.head(1)))
        .containsExactly(
            "body/body 2",
            "body/body-norms-and-biases 4",
            "head/head 1",
            "head/head-norms-and-biases 1");
    assertThat(split(Parts.byDepth(4)))
        .containsExactly(
            "depth-0/depth-0 1",
            "depth-0/depth-0-norms-and-biases 1",
            "depth-1/depth-1 1",
            "depth-1/depth-1-norms-and-biases 1",
            "depth-2/depth-2-norms-and-biases 2",
            "depth-3/depth-3 1",
            "depth-3/depth-3-norms-and-biases 1");
    assertThat(split(Parts.byDepth(1))).hasSize(2);
    assertThatThrownBy(() -> split(Parts.byDepth(5)))
        .hasMessage("5 parts of a model with 4 layers, not 1 to 4");
    assertThatThrownBy(() -> split(Parts.head(4)))
        .hasMessage("the head is 4 layers of the model's 4, not 1 to 3");
  }

  @Test
  void modelsSplitByName() {
    assertThat(split(Parts.byName("^02", "^04")))
        .containsExactly(
            "rest/rest 1",
            "rest/rest-norms-and-biases 1",
            "^02/^02 1",
            "^02/^02-norms-and-biases 3",
            "^04/^04 1",
            "^04/^04-norms-and-biases 1");
    assertThatThrownBy(() -> split(Parts.byName("conv")))
        .hasMessageContaining("no parameter's name has 'conv' in it");
  }

  private static List<String> trainable(Learner learner) {
    return learner.model().getParameters().stream()
        .filter(pair -> pair.getValue().requiresGradient())
        .map(pair -> pair.getValue().getType().name())
        .toList();
  }

  @Test
  void frozenPartsRequireNoGradientButTheirNormsMay() {
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      Freezing.allButLast(learner);
      assertThat(trainable(learner)).containsExactly("GAMMA", "BETA", "WEIGHT", "BIAS");
      Freezing.to(learner, -1, Norms.FREEZE);
      assertThat(trainable(learner)).containsExactly("WEIGHT", "BIAS");
      Freezing.to(learner, 2, Norms.FREEZE);
      assertThat(trainable(learner)).isEmpty();
      Freezing.none(learner);
      assertThat(trainable(learner)).hasSize(6);
      assertThatThrownBy(() -> Freezing.to(learner, 3))
          .hasMessage("cannot freeze to part 3; the model has 2 parts, [body, head]");
      assertThatThrownBy(() -> Freezing.to(learner, -3)).hasMessageContaining("2 parts");
    }
  }

  @Test
  void weightsFrozenBeforeTheLearnerWasBuiltCanBeTrainedLater() {
    Block layers = deep();
    layers.freezeParameters(true);
    layers.getChildren().valueAt(3).freezeParameters(false);
    Block model = new SequentialBlock().add(Blocks.batchFlattenBlock()).add(layers);
    try (Learner learner =
        TinyTask.learner().model(model).splitter(Parts.head(1)).optimizer(Adam.of(0.1)).build()) {
      float[] first = values(learner, Parameter.Type.WEIGHT);
      learner.fit(1);
      assertThat(values(learner, Parameter.Type.WEIGHT)).isEqualTo(first);
      Freezing.none(learner);
      learner.fit(1);
      assertThat(values(learner, Parameter.Type.WEIGHT)).isNotEqualTo(first);
    }
  }

  private static float[] values(Learner learner, Parameter.Type type) {
    return learner.model().getParameters().values().stream()
        .filter(parameter -> parameter.getType() == type)
        .findFirst()
        .orElseThrow()
        .getArray()
        .toFloatArray();
  }

  @Test
  void frozenPartsStayAsTheyAreAndNormsAreTrained() {
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      Freezing.allButLast(learner);
      float[] weights = values(learner, Parameter.Type.WEIGHT);
      float[] gamma = values(learner, Parameter.Type.GAMMA);
      learner.fit(1);
      assertThat(values(learner, Parameter.Type.WEIGHT)).isEqualTo(weights);
      assertThat(values(learner, Parameter.Type.GAMMA)).isNotEqualTo(gamma);
    }
  }

  @Test
  void frozenNormsKeepTheirRunningStatisticsIfAsked() {
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      Freezing.to(learner, -1, Norms.FREEZE);
      float[] mean = values(learner, Parameter.Type.RUNNING_MEAN);
      learner.fit(1, new FrozenNorms());
      assertThat(values(learner, Parameter.Type.RUNNING_MEAN)).isEqualTo(mean);
      learner.fit(1);
      assertThat(values(learner, Parameter.Type.RUNNING_MEAN)).isNotEqualTo(mean);
      Freezing.none(learner);
      mean = values(learner, Parameter.Type.RUNNING_MEAN);
      learner.fit(1, new FrozenNorms());
      assertThat(values(learner, Parameter.Type.RUNNING_MEAN)).isNotEqualTo(mean);
    }
  }

  @Test
  void frozenNormsKeepTheContract() {
    CallbackContract.of(FrozenNorms::new).verify();
  }

  @Test
  void nothingBeforeTheFirstTrainedParameterIsRecorded() {
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      Freezing.to(learner, -1, Norms.FREEZE);
      var gradients = new ArrayList<Integer>();
      var recorded = new ArrayList<Boolean>();
      learner.fit(
          1,
          new Callback() {
            @Override
            public void afterBackward(Batch batch) {
              gradients.add(batch.gradients().arrays(batch.manager()).size());
              recorded.add(batch.fit().model().getParameters().valueAt(0).getArray().hasGradient());
            }
          });
      assertThat(gradients).containsExactly(2, 2, 2);
      assertThat(recorded).containsOnly(false);
    }
  }

  /// Adam's first step is lr·sign(gradient) whatever the gradient: only with bias correction by the
  /// parameter's own count.
  @Test
  void aParameterUnfrozenLateStartsWithItsOwnBiasCorrection() {
    try (Learner learner =
        TinyTask.learner().optimizer(Adam.of(0.01).eps(0)).splitter(Parts.head(1)).build()) {
      Freezing.to(learner, -1, Norms.FREEZE);
      learner.fit(5);
      Freezing.none(learner);
      float[] before = values(learner, Parameter.Type.WEIGHT);
      var steps = new ArrayList<Float>();
      learner.fit(
          1,
          new Callback() {
            @Override
            public void afterStep(Batch batch) {
              if (batch.index() == 0) {
                float[] after = values(learner, Parameter.Type.WEIGHT);
                for (int i = 0; i < after.length; i++) {
                  steps.add(Math.abs(after[i] - before[i]));
                }
              }
            }
          });
      assertThat(steps).isNotEmpty().allMatch(step -> Math.abs(step - 0.01f) < 1e-6);
    }
  }

  private static List<Integer> trainedParts(String by, int epochs) {
    var counts = new ArrayList<Integer>();
    var watch =
        new Callback() {
          @Override
          public void beforeTrain(Pass pass) {
            counts.add(
                (int)
                    pass.fit().optimizer().groups().stream()
                        .filter(group ->
                            group.parameters().values().stream()
                                .anyMatch(Parameter::requiresGradient))
                        .map(ParameterGroup::part)
                        .distinct()
                        .count());
          }
        };
    var freezing = new LayerFreezing.Options(by, Norms.FREEZE).create();
    try (Learner learner =
        TinyTask.learner().splitter(Parts.byDepth(3)).callbacks(freezing, watch).build()) {
      Parameter first = learner.model().getParameters().valueAt(0);
      first.freeze(true);
      learner.fit(epochs);
      assertThat(first.requiresGradient()).isFalse();
      assertThat(
              learner.optimizer().groups().stream()
                  .flatMap(group -> group.parameters().values().stream())
                  .filter(parameter -> !parameter.requiresGradient()))
          .containsExactly(first);
    }
    return counts;
  }

  @Test
  void aScheduleUnfreezesAModelPartByPartOrFreezesIt() {
    assertThat(trainedParts("linear(1, 0)", 3)).containsExactly(1, 2, 3);
    assertThat(trainedParts("linear(0, 1)", 4)).containsExactly(3, 3, 2, 2);
  }

  @Test
  void whatGoesOnInAnEpochFreezesWhatItsBeginningDid(@TempDir Path folder) {
    Path saved = folder.resolve("saved");
    var save =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            Learner learner = batch.fit().learner();
            if (learner.stepsDone() == 1) {
              batch.fit().whenSettled(() -> learner.save(saved));
            }
          }
        };
    var options = new LayerFreezing.Options("linear(1, 0)", Norms.FREEZE);
    var weights = new ArrayList<float[]>();
    for (boolean resumed : new boolean[] {false, true}) {
      try (Learner learner =
          TinyTask.learner().splitter(Parts.byDepth(3)).callbacks(options.create(), save).build()) {
        if (resumed) {
          learner.load(saved);
        }
        learner.fit(2);
        weights.add(learner.model().getParameters().valueAt(2).getArray().toFloatArray());
      }
    }
    assertThat(weights.getLast()).isEqualTo(weights.getFirst());
  }

  @Test
  void aModelOfOnePartHasNothingToFreezeByASchedule() {
    try (Learner learner =
        TinyTask.learner().callbacks(new LayerFreezing.Options().create()).build()) {
      assertThatThrownBy(learner::check)
          .hasMessageStartingWith("layer-freezing needs a model in at least 2 parts");
    }
    assertThatThrownBy(() -> new LayerFreezing.Options("nonsense", Norms.TRAIN))
        .hasMessageStartingWith("by is 'nonsense': ");
  }

  @Test
  void layerFreezingKeepsTheContract() {
    CallbackContract.of(() -> new LayerFreezing.Options().create())
        .on(() -> TinyTask.learner().splitter(Parts.byDepth(3)))
        .verify();
  }
}
