package io.antiphon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Pass;
import io.antiphon.core.Replacement;
import io.antiphon.core.Stateful;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CallbackContractTest {
  @Test
  void aCallbackThatChangesThingsThroughScopesKeepsIt() {
    CallbackContract.of(Warmup::new).verify();
  }

  /// A learning rate that grows over the callback's life.
  private static class Warmup implements Callback, Stateful<Warmup.State> {
    record State(int steps) {}

    int steps;

    @Override
    public void beforeBatch(Batch batch) {
      if (batch.isTraining()) {
        batch.fit().set(Hyper.LEARNING_RATE, 0.01 * ++steps);
      }
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }

    @Override
    public State state(NDManager manager) {
      return new State(steps);
    }

    @Override
    public void restore(State state) {
      steps = state.steps();
    }
  }

  @Test
  void oneThatSetsTheOptimizerItselfIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void beforeFit(Fit fit) {
                fit.optimizer()
                    .set(Hyper.LEARNING_RATE, fit.optimizer().get(Hyper.LEARNING_RATE) / 2);
              }
            },
        "other hyper-parameters");
  }

  @Test
  void oneThatSetsTheOptimizerOnceForAllIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void beforeFit(Fit fit) {
                fit.optimizer().set(Hyper.LEARNING_RATE, 0.017);
              }
            },
        "a fit left other hyper-parameters");
  }

  @Test
  void oneThatLeavesAParameterFrozenIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void afterFit(Fit fit) {
                fit.model().getParameters().valueAt(0).freeze(true);
              }
            },
        "a fit left other parameters frozen");
  }

  @Test
  void oneThatAddsAnotherForGoodIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              private boolean added;

              @Override
              public void beforeFit(Fit fit) {
                if (!added) {
                  added = true;
                  fit.learner().add(new Observer() {});
                }
              }
            },
        "a fit left other callbacks");
  }

  @Test
  void oneThatKeepsArraysFromItsFirstFitOnIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              private boolean kept;

              @Override
              public void beforeFit(Fit fit) {
                if (!kept) {
                  kept = true;
                  fit.learner().manager().zeros(new Shape(3));
                }
              }
            },
        "a fit left");
  }

  @Test
  void oneWhoseCleanupOfABatchCannotBeRepeatedIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              private boolean open;

              @Override
              public void beforeBatch(Batch batch) {
                open = true;
              }

              @Override
              public void cleanupBatch(Batch batch) {
                if (!open) {
                  throw new IllegalStateException("not open");
                }
                open = false;
              }
            },
        "a second cleanup");
  }

  @Test
  void oneThatPutsWeightsBackOnlyIfAllGoesWellIsFound() {
    assertBreaks(() -> new Halved(false), "left other weights");
    CallbackContract.of(() -> new Halved(true)).verify();
  }

  /// Validates with half the weights.
  private record Halved(boolean always) implements Callback {
    @Override
    public void beforeValidate(Pass pass) {
      scale(pass, 0.5f);
      if (always) {
        pass.own(() -> scale(pass, 2));
      }
    }

    @Override
    public void afterValidate(Pass pass) {
      if (!always) {
        scale(pass, 2);
      }
    }

    private static void scale(Pass pass, float by) {
      pass.fit().model().getParameters().values().stream()
          .filter(Parameter::requiresGradient)
          .forEach(each -> each.getArray().muli(by));
    }
  }

  @Test
  void thatOfTheReadmeKeepsItAndIsShownThere() throws IOException {
    Supplier<Learner.Builder> outliers =
        () ->
            TinyTask.learner(2, 1)
                .loss((predictions, _) -> predictions.head().square().mean().add(10));
    CallbackContract.of(SkipOutliers::new).on(outliers).verify();
    Path file = Path.of("src/test/java/io/antiphon/testkit/SkipOutliers.java");
    String source = Files.readString(file);
    assertThat(Files.readString(Path.of("../../README.md")))
        .contains(source.substring(source.indexOf("///")));
  }

  @Test
  void oneThatForgetsAnArrayIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void afterLoss(Batch batch) {
                batch.loss().duplicate().attach(batch.fit().learner().manager());
              }
            },
        "native arrays instead of");
  }

  @Test
  void oneWithAStateOfItsOwnIsFoundWhenItIsNotHandedOut() {
    assertBreaks(
        () ->
            new Warmup() {
              @Override
              public State state(NDManager manager) {
                return new State(0);
              }
            },
        "must equal no interruption");
  }

  @Test
  void oneThatDeclaresWhatItDoesNotDoIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public Set<Replacement> replaces() {
                return Set.of(Replacement.STEP);
              }
            },
        "declares that it replaces the training step");
  }

  @Test
  void oneThatReplacesTheLossWithoutSayingSoIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void beforeTrain(Pass pass) {
                pass.replaceLoss((predictions, targets) -> predictions.head().mean());
              }
            },
        "replaces the loss function without declaring it");
  }

  @Test
  void oneThatWaitsForTheDeviceWithoutSayingSoIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void afterStep(Batch batch) {
                batch.lossValue();
              }
            },
        "say so with waitsForDevice()");
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void afterBatch(Batch batch) {
                batch.fit().smoothLoss();
              }
            },
        "say so with waitsForDevice()");
  }

  @Test
  void oneThatDrawsFromNowhereIsFound() {
    var random = new Random(1);
    assertBreaks(
        () ->
            new Callback() {
              @Override
              public void beforeBatch(Batch batch) {
                batch.inputs(new NDList(batch.inputs().head().mul(random.nextFloat())));
              }
            },
        "draw from a RandomStream");
  }

  @Test
  void oneThatFailsAfterAnothersFailureIsFound() {
    assertBreaks(
        () ->
            new Callback() {
              private boolean open;

              @Override
              public void beforeEpoch(io.antiphon.core.Epoch epoch) {
                if (open) {
                  throw new IllegalStateException("still open");
                }
                open = true;
              }

              @Override
              public void afterEpoch(io.antiphon.core.Epoch epoch) {
                open = false;
              }
            },
        "made it fail");
  }

  @Test
  void anObserverThatWritesThroughAnArrayIsFound() {
    assertBreaks(
        () ->
            new Observer() {
              @Override
              public void afterBackward(Batch batch) {
                batch.gradients().scale(0.5);
              }
            },
        "an observer must not change the weights");
  }

  private static void assertBreaks(
      java.util.function.Supplier<? extends Callback> callback, String message) {
    assertThatThrownBy(() -> CallbackContract.of(callback).verify())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }
}
