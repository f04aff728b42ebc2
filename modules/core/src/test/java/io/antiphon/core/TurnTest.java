package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Two layers that are trained by turns.
class TurnTest {
  private static final Turn BODY = Turn.of("body");
  private static final Turn HEAD = Turn.of("head");

  /// The body learns, then the head; the head only with every second batch.
  private static class ByTurns implements TrainingStep {
    @Override
    public List<Turn> turns() {
      return List.of(Turn.of("body"), Turn.of("head")); // equal by name, not by identity
    }

    @Override
    public boolean takes(Batch batch, Turn turn) {
      return turn.name().equals("body") || batch.index() % 2 == 0;
    }
  }

  private static Learner.Builder learner(Callback... callbacks) {
    Block model =
        new SequentialBlock()
            .add(Linear.builder().setUnits(6).build())
            .add(Linear.builder().setUnits(2).build());
    return Points.learner(4)
        .model(model)
        .splitter(block ->
            Splitter.children().split(block).stream()
                .map(group ->
                    new ParameterGroup(
                        block.getChildren().get(0).getValue().getParameters().values().stream()
                                .anyMatch(group.parameters().values()::contains)
                            ? "body"
                            : "head",
                        group.parameters(),
                        Map.of()))
                .toList())
        .step(new ByTurns())
        .callbacks(callbacks);
  }

  private static List<float[]> weights(Learner learner, String group) {
    return learner.optimizer().group(group).parameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  private static List<String> requiring(Learner learner) {
    return learner.optimizer().groups().stream()
        .filter(group -> !group.trainable().isEmpty())
        .map(ParameterGroup::name)
        .toList();
  }

  @Test
  void eachTurnHasItsOwnEventsAndTrainsItsOwnParametersAlone() {
    var heard = new ArrayList<String>();
    var moved = new ArrayList<String>();
    var watch =
        new Callback() {
          private List<float[]> body = List.of();
          private List<float[]> head = List.of();

          @Override
          public void afterPred(Batch batch) {
            heard.add("%s %s".formatted(batch.turn(), batch.isTraining() ? "train" : "valid"));
            assertThat(batch.hasLoss()).isFalse(); // nothing is left over from the other turn
          }

          @Override
          public void beforeStep(Batch batch) {
            Learner learner = batch.fit().learner();
            assertThat(requiring(learner)).containsExactly(batch.turn().name());
            assertThat(batch.gradients().arrays(batch.manager())).hasSize(2);
            body = weights(learner, "body");
            head = weights(learner, "head");
          }

          @Override
          public void afterStep(Batch batch) {
            Learner learner = batch.fit().learner();
            moved.add(
                batch.turn()
                    + (Arrays.deepEquals(body.toArray(), weights(learner, "body").toArray())
                        ? ""
                        : " body")
                    + (Arrays.deepEquals(head.toArray(), weights(learner, "head").toArray())
                        ? ""
                        : " head"));
          }

          @Override
          public void afterBatch(Batch batch) {
            assertThat(requiring(batch.fit().learner())).containsExactly("body", "head");
          }
        };
    try (Learner learner = learner(watch).build()) {
      learner.fit(1);
    }
    assertThat(heard)
        .containsExactly(
            "body train",
            "head train",
            "body train",
            "body train",
            "head train",
            "body train",
            "body valid",
            "head valid",
            "body valid");
    assertThat(moved)
        .containsExactly(
            "body body", "head head", "body body", "body body", "head head", "body body");
  }

  @Test
  void whatOneTurnsLossCountedIsNotWhatTheNextOnesDid() {
    var counted = new ArrayList<String>();
    var watch =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            counted.add(batch.turn() + " " + batch.counted());
            if (batch.turn().name().equals("body")) {
              batch.counted(batch.manager().create(5f));
            }
          }
        };
    try (Learner learner = learner(watch).build()) {
      learner.fit(1);
    }
    assertThat(counted).containsOnly("body 8.0", "head 8.0");
  }

  @Test
  void noGradientOfOneTurnIsLeftForAnother() {
    var norms = new ArrayList<Float>();
    var watch =
        new Callback() {
          @Override
          public void beforeBackward(Batch batch) {
            norms.add(batch.gradients().norm(batch.manager(), 2).getFloat());
          }
        };
    try (Learner learner = learner(watch).build()) {
      learner.fit(2);
    }
    assertThat(norms).hasSize(12).containsOnly(0f);
  }

  @Test
  void everyWayOutOfATurnWakesTheParametersThatRest() {
    for (RuntimeException failure :
        List.of(
            new CancelBatchException("enough"),
            new CancelFitException("enough"),
            new IllegalStateException("broken"))) {
      var fail =
          new Callback() {
            @Override
            public void afterLoss(Batch batch) {
              if (batch.turn().name().equals("head")) {
                throw failure;
              }
            }
          };
      try (Learner learner = learner(fail).build()) {
        try {
          learner.fit(1);
        } catch (CallbackException e) {
          assertThat(e).hasCause(failure);
        }
        assertThat(requiring(learner)).containsExactly("body", "head");
      }
    }
  }

  @Test
  void aParameterThatIsFrozenStaysSoInEveryTurn() {
    try (Learner learner = learner().build()) {
      Parameter bias = learner.optimizer().group("head").parameters().valueAt(1);
      bias.freeze(true);
      float[] before = bias.getArray().toFloatArray();
      learner.fit(2);
      assertThat(bias.requiresGradient()).isFalse();
      assertThat(bias.getArray().toFloatArray()).isEqualTo(before);
    }
  }

  @Test
  void theLossOfEachTurnIsReportedByItsName() {
    try (Learner learner = learner().build()) {
      Scores scores = learner.fit(1).train().orElseThrow();
      assertThat(learner.reports()).containsExactly("body_loss", "head_loss");
      assertThat(scores.metrics()).containsOnlyKeys("body_loss", "head_loss");
      assertThat(scores.metrics().values()).allMatch(Double::isFinite);
    }
  }

  @Test
  void explainTellsTheTurnsAndWhatEachTrains() {
    try (Learner learner = learner().build()) {
      assertThat(learner.explain())
          .contains("Turns that each batch takes, from predict to zeroGrad")
          .contains("  body               trains body\n")
          .contains("  head               trains head\n");
    }
    try (Learner plain = Points.learner(2).build()) {
      assertThat(plain.explain()).doesNotContain("Turns");
    }
  }

  @Test
  void aTurnThatTrainsNothingIsRefusedByName() {
    var step =
        new TrainingStep() {
          @Override
          public List<Turn> turns() {
            return List.of(Turn.of("generator"));
          }
        };
    try (Learner learner = learner().step(step).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "turn 'generator' trains no parameter group; the groups are [body, head], of the"
                  + " parts [body, head]");
    }
  }

  @Test
  void eachPartMayHaveAnOptimizerOfItsOwn() {
    Hyper own = new Hyper("own");
    Optimizer.Factory plain = Points.sgd(0.1);
    Optimizer.Factory other =
        groups -> {
          groups.forEach(group -> group.define(own, 3));
          return Points.sgd(0.01).create(groups);
        };
    try (Learner learner =
        learner().optimizer(Optimizer.Factory.ofParts("body", plain, "head", other)).build()) {
      Optimizer optimizer = learner.optimizer();
      assertThat(optimizer.parts()).hasSize(2);
      assertThat(optimizer.get(Hyper.LEARNING_RATE)).isEqualTo(0.01);
      assertThat(optimizer.group("body").get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
      optimizer.set(own, 4); // of those that have it
      assertThat(optimizer.get(own)).isEqualTo(4);
      assertThatThrownBy(() -> optimizer.set(new Hyper("none"), 1))
          .hasMessageContaining("no hyper-parameter 'none'");
      List<float[]> before = weights(learner, "body");
      optimizer.step(HEAD);
      assertThat(weights(learner, "body")).usingRecursiveComparison().isEqualTo(before);
      learner.fit(1);
      assertThat(learner.explain()).contains("own 4");
    }
  }

  @Test
  void partsWithoutAnOptimizerAreNamed() {
    var factories = new LinkedHashMap<String, Optimizer.Factory>();
    factories.put("body", Points.sgd(0.1));
    assertThatThrownBy(() -> learner().optimizer(Optimizer.Factory.ofParts(factories)).build())
        .hasMessage(
            "there are optimizers for the parts [body], but the model has the parts [body, head];"
                + " name one for each");
  }

  @Test
  void turnsTrainAsTwoLearnersWouldThatTrainInTurn() {
    // a turn is a step with the others frozen: the same numbers, bit by bit
    var byHand =
        new TrainingStep() {
          @Override
          public List<Turn> turns() {
            return List.of(BODY, HEAD);
          }
        };
    try (Learner one = learner().step(byHand).build();
        Learner two = learner().step(TrainingStep.STANDARD).build();
        NDManager manager = NDManager.newBaseManager()) {
      one.fit(1);
      DataLoader data = Points.data(4, 1);
      two.predict(data, manager); // initialised alike
      try (DataLoader.Batches batches = data.open(two.seed(), 0, 0)) {
        while (batches.hasNext()) {
          Samples samples = batches.next(manager);
          for (String part : List.of("body", "head")) {
            for (ParameterGroup group : two.optimizer().groups()) {
              group.parameters().values().forEach(p -> p.freeze(!group.name().equals(part)));
            }
            two.trainData(single(samples));
            two.fit(1);
          }
        }
      }
      for (String part : List.of("body", "head")) {
        List<float[]> expected = weights(two, part);
        List<float[]> actual = weights(one, part);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(actual.get(i)).containsExactly(expected.get(i), within(1e-6f));
        }
      }
    }
  }

  private static DataLoader single(Samples samples) {
    return new DataLoader() {
      @Override
      public int batches() {
        return 1;
      }

      @Override
      public long samples() {
        return samples.size();
      }

      @Override
      public List<Shape> inputShapes() {
        return Stream.of(samples.inputs().head()).map(NDArray::getShape).toList();
      }

      @Override
      public Batches open(long seed, long epoch, int first) {
        return new Batches() {
          private boolean given;

          @Override
          public boolean hasNext() {
            return !given;
          }

          @Override
          public Samples next(NDManager manager) {
            given = true;
            return new Samples(
                new NDList(samples.inputs()), new NDList(samples.targets()), samples.size());
          }
        };
      }
    };
  }
}
