package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import io.antiphon.torch.Autograd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the loop leaves behind, whoever comes, goes, cancels or throws whatever.
class PromisesTest {
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable thrown) throws E {
    throw (E) thrown;
  }

  static Stream<Throwable> whatever() {
    return Stream.of(
        new IllegalArgumentException("boom"),
        new AssertionError("boom"),
        new StackOverflowError("boom"),
        new IOException("boom"),
        new InterruptedException("boom"));
  }

  @ParameterizedTest
  @MethodSource("whatever")
  void whateverALossThrowsEveryLevelCleansUp(Throwable thrown) {
    var log = new EventLog();
    var closed = new ArrayList<String>();
    try (Learner learner = Points.learner(2).callbacks(log).build()) {
      LossFunction loss = learner.lossFunction();
      var meddler =
          new Callback() {
            @Override
            public void beforeFit(Fit fit) {
              fit.own(() -> closed.add("fit"));
              fit.set(Hyper.LEARNING_RATE, 7);
            }

            @Override
            public void beforeTrain(Pass pass) {
              pass.replaceLoss((predictions, targets) -> {
                sneak(thrown);
                throw new AssertionError();
              });
            }

            @Override
            public Set<Replacement> replaces() {
              return Set.of(Replacement.LOSS_FUNCTION);
            }
          };
      Throwable failure = catchThrowable(() -> learner.fit(1, meddler));
      assertThat(Thread.interrupted()).isEqualTo(thrown instanceof InterruptedException);
      assertThat(failure).isInstanceOfAny(RuntimeException.class, Error.class);
      assertThat(failure == thrown ? failure : failure.getCause()).isSameAs(thrown);
      assertThat(log.events)
          .endsWith(
              Event.CLEANUP_BATCH, Event.CLEANUP_TRAIN, Event.CLEANUP_EPOCH, Event.CLEANUP_FIT);
      assertThat(closed).containsExactly("fit");
      assertThat(learner.lossFunction()).isSameAs(loss);
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
      assertThat(learner.callbacks()).containsExactly(log);
      assertThatCode(() -> learner.fit(1)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @MethodSource("whatever")
  void whateverAResourceThrowsAtItsEndTheOthersAreClosedAndLayersGo(Throwable thrown) {
    for (Level level : List.of(Level.FIT, Level.EPOCH, Level.TRAIN, Level.BATCH)) {
      var closed = new ArrayList<String>();
      boolean mode = Autograd.isOn();
      try (Learner learner = Points.learner(2).build()) {
        Throwable failure =
            catchThrowable(() ->
                learner.fit(
                    1,
                    new EventLog() {
                      @Override
                      void at(Event event, Scope scope) {
                        if (event == level.before()) {
                          scope.own(() -> closed.add("first"));
                          scope.own(() -> sneak(thrown));
                          scope.set(Hyper.LEARNING_RATE, 7);
                        }
                      }
                    }));
        assertThat(Thread.interrupted()).isEqualTo(thrown instanceof InterruptedException);
        assertThat(failure == thrown ? failure : failure.getCause()).isSameAs(thrown);
        assertThat(closed).containsExactly("first");
        assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
        assertThat(Autograd.isOn()).isEqualTo(mode);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("whatever")
  void whateverAnObserverThrowsTheFitGoesOn(Throwable thrown) {
    try (Learner learner = Points.learner(2).build()) {
      FitResult result =
          learner.fit(
              2,
              new Observer() {
                @Override
                public void beforeFit(Fit fit) {
                  fit.own(() -> sneak(thrown));
                }

                @Override
                public void afterBatch(Batch batch) {
                  sneak(thrown);
                }
              });
      assertThat(result.outcome().isFinished()).isTrue();
    }
  }

  @Test
  void aWrapThatCannotBeAppliedIsNotLaidAndOneThatFailsLaterTakesNothingAlong() {
    var calls = new int[1];
    var closed = new ArrayList<String>();
    try (Learner learner = Points.learner(2).build()) {
      LossFunction loss = learner.lossFunction();
      assertThatThrownBy(() ->
              learner.fit(
                  1,
                  new Callback() {
                    @Override
                    public void beforeFit(Fit fit) {
                      fit.own(() -> closed.add("fit"));
                      fit.set(Hyper.LEARNING_RATE, 0.5);
                      fit.wrapLoss(old -> {
                        if (calls[0]++ > 1) {
                          throw new IllegalStateException("impure");
                        }
                        return old;
                      });
                    }

                    @Override
                    public void beforeBatch(Batch batch) {
                      batch.wrapLoss(old -> old);
                    }
                  }))
          .hasMessageContaining("impure");
      assertThat(closed).containsExactly("fit");
      assertThat(learner.lossFunction()).isSameAs(loss);
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
      learner.fit(1);
    }
  }

  @Test
  void aRefusedFitTakesNothingFromTheLearnerAndAnInstanceIsThereOnce() {
    var own = new EventLog();
    try (Learner learner = Points.learner(1).callbacks(own).build()) {
      assertThatThrownBy(() -> learner.fit(1, new Callback() {}, own))
          .hasMessageContaining("is there already");
      assertThatThrownBy(() -> learner.explain(own)).hasMessageContaining("is there already");
      assertThat(learner.callbacks()).containsExactly(own);
      learner.fit(1);
      assertThat(own.count(Event.AFTER_FIT)).isEqualTo(1);
    }
    assertThatThrownBy(() -> Points.learner(1).callbacks(own, own).build())
        .hasMessageContaining("is there already");
  }

  private record Counter(String name) implements Callback {
    static int heard;

    @Override
    public void afterEpoch(Epoch epoch) {
      heard++;
    }
  }

  @Test
  void callbacksThatAreEqualAreTwo() {
    Counter.heard = 0;
    var one = new Counter("same");
    var other = new Counter("same");
    try (Learner learner = Points.learner(1).callbacks(one).build()) {
      learner.fit(1, other);
      assertThat(Counter.heard).isEqualTo(2);
      assertThat(learner.explain(other)).contains("same");
      learner.remove(other);
      assertThat(learner.callbacks()).hasSize(1).first().isSameAs(one);
    }
  }

  @Test
  void whoJoinsInTheMiddleBeginsAndWhoLeavesCleansUp() {
    for (Event when : List.of(Event.BEFORE_FIT, Event.BEFORE_EPOCH, Event.AFTER_PRED)) {
      var guest = new EventLog();
      try (Learner learner = Points.learner(1).build()) {
        learner.fit(
            2,
            new EventLog() {
              @Override
              void at(Event event, Scope scope) {
                if (event == when
                    && !learner.callbacks().contains(guest)
                    && guest.events.isEmpty()) {
                  learner.add(guest);
                } else if (event == Event.BEFORE_STEP) {
                  learner.remove(guest);
                }
              }
            });
      }
      assertThat(guest.events)
          .startsWith(Event.BEFORE_FIT, Event.BEFORE_EPOCH, Event.BEFORE_TRAIN)
          .endsWith(
              Event.CLEANUP_STEP,
              Event.CLEANUP_BATCH,
              Event.CLEANUP_TRAIN,
              Event.CLEANUP_EPOCH,
              Event.CLEANUP_FIT)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aCallbackOfAnEpochCleansUpAfterItsFit() {
    var guest = new EventLog();
    try (Learner learner = Points.learner(1).build()) {
      learner.fit(
          3,
          new Callback() {
            @Override
            public void beforeEpoch(Epoch epoch) {
              if (epoch.index() == 1) {
                epoch.add(guest);
              }
            }
          });
    }
    assertThat(guest.count(Event.AFTER_EPOCH)).isEqualTo(1);
    assertThat(guest.events).startsWith(Event.BEFORE_FIT, Event.BEFORE_EPOCH);
    assertThat(guest.events).endsWith(Event.AFTER_EPOCH, Event.CLEANUP_EPOCH, Event.CLEANUP_FIT);
  }

  @Test
  void aLevelEndsOnlyForThoseForWhomItBegan() {
    for (Level level : Level.values()) {
      var before = new EventLog();
      var behind = new EventLog();
      try (Learner learner = Points.learner(1).build()) {
        assertThatThrownBy(() ->
                learner.fit(
                    1,
                    before,
                    new EventLog() {
                      @Override
                      void at(Event event, Scope scope) {
                        if (event == level.before()) {
                          throw new IllegalStateException("no disk");
                        }
                      }
                    },
                    behind))
            .hasMessageContaining("no disk");
      }
      assertThat(before.events).contains(level.before(), level.cleanup());
      assertThat(behind.events).doesNotContain(level.before());
      assertThat(behind.count(level.cleanup())).isEqualTo(behind.count(level.before()));
      assertThat(behind.count(Event.CLEANUP_FIT)).isEqualTo(behind.count(Event.BEFORE_FIT));
    }
  }

  /// One weight, whose gradient is the batch's only input: 1, 10, 100, …
  private static double moved(BiConsumer<Event, Scope> at) {
    try (Learner learner = powers(2).build()) {
      double before = weight(learner);
      learner.fit(
          2,
          new EventLog() {
            @Override
            void at(Event event, Scope scope) {
              at.accept(event, scope);
            }
          });
      return Math.round(1e3 * (before - weight(learner)) / 0.1) / 1e3;
    }
  }

  private static double weight(Learner learner) {
    return learner.model().getParameters().valueAt(0).getArray().toFloatArray()[0];
  }

  private static Learner.Builder powers(int batches) {
    return Learner.builder()
        .model(new SequentialBlock().add(Linear.builder().setUnits(1).optBias(false).build()))
        .loss((predictions, targets) -> predictions.head().mean())
        .optimizer(Points.sgd(0.1))
        .train(
            fed(
                batches,
                new Shape(1, 1),
                (epoch, index) -> new float[] {(float) Math.pow(10, index + batches * epoch)}));
  }

  private interface Numbers {
    float[] at(long epoch, int index);
  }

  private static DataLoader fed(int batches, Shape shape, Numbers numbers) {
    return new DataLoader() {
      @Override
      public int batches() {
        return batches;
      }

      @Override
      public long samples() {
        return batches * shape.get(0);
      }

      @Override
      public List<Shape> inputShapes() {
        return List.of(shape);
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
            float[] values = numbers.at(epoch, next++);
            int samples = values.length / (int) (shape.size() / shape.get(0));
            Shape shaped = new Shape(samples).addAll(shape.slice(1));
            return new Samples(
                new NDList(manager.create(values, shaped)),
                new NDList(manager.zeros(new Shape(samples))),
                samples);
          }
        };
      }
    };
  }

  private static BiConsumer<Event, Scope> first(Event at, BiConsumer<Event, Scope> what) {
    return (event, scope) -> {
      if (event == at && scope.fit().trainIter() == 0) {
        what.accept(event, scope);
      }
    };
  }

  @Test
  void aStepThatWasMadeNeverLeavesItsGradientsToBeAppliedAgain() {
    Map<CancelException, Double> expected = new java.util.LinkedHashMap<>();
    expected.put(new CancelBatchException("x"), 1111.0);
    expected.put(new CancelTrainException("x"), 1101.0);
    expected.put(new CancelEpochException("x"), 1101.0);
    expected.forEach((cancel, gradients) ->
        assertThat(
                moved(
                    first(
                        Event.AFTER_STEP,
                        (_, _) -> {
                          throw cancel;
                        })))
            .isEqualTo(gradients));
  }

  @Test
  void aPartThatIsGivenUpLeavesNoGradientsToTheNextAndABatchAddsUp() {
    for (Event at : List.of(Event.AFTER_BACKWARD, Event.BEFORE_STEP)) {
      for (CancelException cancel :
          List.of(new CancelTrainException("x"), new CancelEpochException("x"))) {
        assertThat(
                moved(
                    first(
                        at,
                        (_, _) -> {
                          throw cancel;
                        })))
            .isEqualTo(1100.0);
      }
      assertThat(
              moved(
                  first(
                      at,
                      (_, _) -> {
                        throw new CancelBatchException("x");
                      })))
          .isEqualTo(1111.0);
    }
  }

  @Test
  void aStepWrappedAtAnyEventCountsFromThere() {
    TrainingStep none =
        new TrainingStep() {
          @Override
          public StepResult step(Batch batch) {
            return new StepResult.Skipped("none");
          }
        };
    for (Event at :
        List.of(Event.BEFORE_BATCH, Event.AFTER_LOSS, Event.BEFORE_BACKWARD, Event.BEFORE_STEP)) {
      assertThat(moved(first(at, (_, scope) -> scope.wrapStep(_ -> none))))
          .as(at.name())
          .isEqualTo(1110.0);
    }
  }

  @Test
  void aNumberOfStepsIsThatManyWhateverTheDataBecome() {
    for (int steps : new int[] {6, 7}) {
      for (int batches : new int[] {1, 2, 5}) {
        try (Learner learner = Points.learner(3).build()) {
          learner.fit(
              Length.steps(steps),
              new Callback() {
                @Override
                public void beforeFit(Fit fit) {
                  assertThat(fit.epochs()).isEqualTo(Math.ceilDiv(steps, 3));
                  fit.replaceTrainData(Points.data(batches, 3));
                }

                @Override
                public void afterEpoch(Epoch epoch) {
                  assertThat(epoch.fit().steps()).isEqualTo(steps);
                  assertThat(epoch.fit().epochs()).isEqualTo(Math.ceilDiv(steps, batches));
                }
              });
          assertThat(learner.stepsDone()).isEqualTo(steps);
        }
      }
    }
  }

  @Test
  void stepsThatNeverComeAreNotWaitedForForEver() {
    try (Learner learner = Points.learner(3).build()) {
      FitResult result =
          learner.fit(
              Length.steps(7),
              new Callback() {
                @Override
                public void beforeEpoch(Epoch epoch) {
                  throw new CancelEpochException("never");
                }
              });
      assertThat(result.epochs()).isEqualTo(3);
    }
  }

  @Test
  void aPlannedPartOfAnEpochIsFinishedAndNotCutShort() {
    var partial = new ArrayList<Boolean>();
    try (Learner learner = Points.learner(4).build()) {
      FitResult result =
          learner.fit(
              Length.epochs(1.5),
              new Callback() {
                @Override
                public void afterEpoch(Epoch epoch) {
                  partial.add(epoch.isPartial());
                  if (epoch.index() == 1) {
                    epoch.fit().stopAfter(Level.EPOCH, "too late");
                  }
                }
              });
      assertThat(learner.stepsDone()).isEqualTo(6);
      assertThat(partial).containsExactly(false, false);
      assertThat(result.outcome().isFinished()).isTrue();
    }
  }

  @Test
  void nothingToTrainOrToValidateOnIsSaidBeforeTheRun() {
    var log = new EventLog();
    try (Learner learner = Points.learner(0).callbacks(log).build()) {
      assertThatThrownBy(() -> learner.fit(1)).hasMessage("the training data hold no sample");
      assertThatThrownBy(() -> learner.fit(Length.epochs(2)))
          .hasMessage("the training data hold no sample");
      assertThatThrownBy(() -> learner.fit(Length.steps(2)))
          .hasMessage("the training data hold no sample");
      learner.trainData(Points.data(1, 1));
      learner.validData(Points.data(0, 1));
      assertThatThrownBy(() -> learner.fit(1)).hasMessage("the validation data hold no sample");
      assertThatThrownBy(learner::validate).hasMessage("the validation data hold no sample");
    }
    assertThat(log.events).isEmpty();
  }

  @Test
  void predictGivesEveryRowOrAnError() {
    for (CancelException cancel :
        List.of(
            new CancelBatchException("corrupt"),
            new CancelValidateException("corrupt"),
            new CancelEpochException("corrupt"),
            new CancelFitException("corrupt"))) {
      var meddler =
          new Callback() {
            @Override
            public String name() {
              return "meddler";
            }

            @Override
            public Set<Purpose> purposes() {
              return EnumSet.allOf(Purpose.class);
            }

            @Override
            public void beforeBatch(Batch batch) {
              if (batch.index() == 1) {
                throw cancel;
              }
            }
          };
      try (Learner learner = Points.learner(1).build();
          NDManager mine = NDManager.newBaseManager()) {
        assertThatThrownBy(() -> learner.predict(Points.data(3, 1), mine, meddler))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("was cancelled by 'meddler': corrupt");
        assertThat(mine.getManagedArrays()).isEmpty();
        assertThat(learner.predict(Points.data(3, 1), mine).head().getShape().get(0)).isEqualTo(24);
      }
    }
  }

  @Test
  void aBuildThatFailedCanBeTriedAgainWithTheSameModel() {
    Block model = Points.model();
    assertThatThrownBy(() ->
            Points.learner(1)
                .model(model)
                .splitter(_ -> {
                  throw new IllegalArgumentException("no parts");
                })
                .build())
        .hasMessage("no parts");
    assertThat(model.isInitialized()).isFalse();
    try (Learner learner = Points.learner(1).model(model).build()) {
      learner.fit(1);
    }
  }

  private static Block norms() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(6).build())
        .add(BatchNorm.builder().build())
        .add(Linear.builder().setUnits(2).build());
  }

  private static Map<String, float[]> weights(Learner learner) {
    var all = new TreeMap<String, float[]>();
    for (var each : learner.model().getParameters()) {
      all.put(each.getKey(), each.getValue().getArray().toFloatArray());
    }
    return all;
  }

  @Test
  void whatWasFrozenBeforeTheLearnerWasBuiltCanBeTrainedLaterNormsToo() {
    Block model = norms();
    try (NDManager manager = NDManager.newBaseManager()) {
      model.initialize(manager, ai.djl.ndarray.types.DataType.FLOAT32, new Shape(8, 4));
      model.freezeParameters(true);
      try (Learner learner = Points.learner(2).model(model).build()) {
        for (Parameter each : model.getParameters().values()) {
          switch (each.getType()) {
            case RUNNING_MEAN, RUNNING_VAR -> {}
            default -> each.freeze(false);
          }
        }
        Map<String, float[]> before = weights(learner);
        learner.fit(3);
        weights(learner)
            .forEach((name, now) -> assertThat(now).as(name).isNotEqualTo(before.get(name)));
      }
    }
  }

  @Test
  void numbersInALossOutliveACollectionUntilTheBackwardPass() {
    var gradients = new ArrayList<float[]>();
    var watch =
        new EventLog() {
          @Override
          void at(Event event, Scope scope) {
            if (event == Event.AFTER_LOSS && scope instanceof Batch batch && batch.isTraining()) {
              NDArray weight = batch.fit().model().getParameters().valueAt(0).getArray();
              batch.objective(batch.loss().mul(0.5).add(weight.mul(3).sum().mul(0.125)));
              System.gc();
              pause();
              for (int i = 0; i < 1000; i++) {
                batch.manager().create(7f);
                weight.mul(7).close();
              }
            }
            if (event == Event.AFTER_BACKWARD && scope instanceof Batch batch) {
              gradients.add(batch.gradients().arrays(batch.manager()).head().toFloatArray());
            }
          }
        };
    try (Learner learner = Points.learner(4).loss(zero()).build()) {
      learner.fit(2, watch);
    }
    assertThat(gradients).hasSize(8);
    for (float[] gradient : gradients) {
      assertThat(gradient).containsOnly(0.375f);
    }
  }

  /// {@return a loss that depends on the predictions and has no gradient}
  private static LossFunction zero() {
    return (predictions, _) -> predictions.head().mul(0).sum();
  }

  private static void pause() {
    try {
      Thread.sleep(10); // what frees direct memory is a thread of its own
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
