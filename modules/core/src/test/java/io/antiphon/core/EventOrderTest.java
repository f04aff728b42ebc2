package io.antiphon.core;

import static io.antiphon.core.Event.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.antiphon.torch.Autograd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Pins the order of events for finished, cancelled, stopped and failed fits, and that each way out
/// leaves everything as it was.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventOrderTest {
  /// One epoch of one training batch and one validation batch.
  private static final List<Event> FINISHED =
      List.of(
          BEFORE_FIT,
          BEFORE_EPOCH,
          BEFORE_TRAIN,
          BEFORE_BATCH,
          AFTER_PRED,
          AFTER_LOSS,
          BEFORE_BACKWARD,
          AFTER_BACKWARD,
          CLEANUP_BACKWARD,
          BEFORE_STEP,
          AFTER_STEP,
          CLEANUP_STEP,
          AFTER_BATCH,
          CLEANUP_BATCH,
          AFTER_TRAIN,
          CLEANUP_TRAIN,
          BEFORE_VALIDATE,
          BEFORE_BATCH,
          AFTER_PRED,
          AFTER_LOSS,
          AFTER_BATCH,
          CLEANUP_BATCH,
          AFTER_VALIDATE,
          CLEANUP_VALIDATE,
          AFTER_EPOCH,
          CLEANUP_EPOCH,
          AFTER_FIT,
          CLEANUP_FIT);

  private Learner learner;
  private Meddler meddler;
  private int arrays;
  private LossFunction loss;

  @BeforeAll
  void build() {
    meddler = new Meddler();
    learner = Points.learner(1).valid(Points.data(1, 2)).callbacks(meddler, meddler.log).build();
    loss = learner.lossFunction();
    learner.fit(1);
    arrays = learner.manager().getManagedArrays().size();
  }

  @AfterAll
  void close() {
    learner.close();
  }

  @Test
  void everyEventHasOneHookAndTheOtherWayRound() {
    var hooks =
        Stream.of(Callback.class.getMethods())
            .filter(method -> method.getParameterCount() == 1)
            .filter(method -> Scope.class.isAssignableFrom(method.getParameterTypes()[0]))
            .map(method -> method.getName() + "(" + method.getParameterTypes()[0].getSimpleName());
    var events =
        Stream.of(Event.values()).map(e -> e.hook() + "(" + e.scope().getSimpleName()).toList();
    assertThat(hooks).containsExactlyInAnyOrderElementsOf(events).hasSize(30);
  }

  @Test
  void aFinishedFitFiresEveryEventInOrder() {
    assertThat(run(null, null)).isNull();
    assertThat(meddler.events).isEqualTo(FINISHED);
    assertRestored();
  }

  static Stream<Arguments> everyEventAndCancel() {
    var cases = new ArrayList<Arguments>();
    for (int at = 0; at < FINISHED.size(); at++) {
      for (Level level : Level.values()) {
        cases.add(new Arguments(at, level));
      }
    }
    return cases.stream();
  }

  record Arguments(int at, Level level) {
    @Override
    public String toString() {
      return "cancel " + level + " at " + FINISHED.get(at) + " (" + at + ")";
    }
  }

  @ParameterizedTest
  @MethodSource("everyEventAndCancel")
  void aCancelEndsTheLevelThatItNamesOrIsRefused(Arguments given) {
    List<Event> before = FINISHED.subList(0, given.at + 1);
    List<Level> open = openLevels(given.at);
    Throwable thrown = run(given.at, () -> cancel(given.level));
    var expected = new ArrayList<>(before);
    if (isLegal(given)) {
      assertThat(thrown).isNull();
      for (Level inner : open) {
        if (inner == given.level) {
          break;
        }
        expected.add(inner.cleanup());
      }
      expected.addAll(
          List.of(given.level.afterCancel(), given.level.after(), given.level.cleanup()));
      int end = given.at;
      while (FINISHED.get(end) != given.level.cleanup()) {
        end++;
      }
      expected.addAll(FINISHED.subList(end + 1, FINISHED.size()));
    } else {
      assertThat(thrown)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("callback 'meddler' threw Cancel")
          .hasMessageContaining("at " + FINISHED.get(given.at))
          .hasMessageContaining("why not");
      open.forEach(level -> expected.add(level.cleanup()));
    }
    assertThat(meddler.events).isEqualTo(expected);
    assertRestored();
  }

  /// From the level's `BEFORE` until its body ends, and never in a cleanup.
  private static boolean isLegal(Arguments given) {
    Event event = FINISHED.get(given.at);
    if (event.edge() == Event.Edge.CLEANUP || event == given.level.after()) {
      return false;
    }
    return openLevels(given.at).contains(given.level);
  }

  /// The levels whose cleanup is still to come at a place of the finished order, innermost first.
  private static List<Level> openLevels(int at) {
    Deque<Level> open = new ArrayDeque<>();
    for (Event event : FINISHED.subList(0, at + 1)) {
      for (Level level : Level.values()) {
        if (event == level.before()) {
          open.push(level);
        } else if (event == level.cleanup()) {
          open.pop();
        }
      }
    }
    return List.copyOf(open);
  }

  static IntStream everyEvent() {
    return IntStream.range(0, FINISHED.size());
  }

  @ParameterizedTest
  @MethodSource("everyEvent")
  void anExceptionFiresOnlyCleanupsAndNamesCallbackAndEvent(int at) {
    Throwable thrown = run(at, () -> new IllegalArgumentException("broken"));
    assertThat(thrown)
        .isInstanceOf(CallbackException.class)
        .hasMessageContaining("callback 'meddler' failed at " + FINISHED.get(at))
        .hasMessageEndingWith("broken")
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
    var expected = new ArrayList<>(FINISHED.subList(0, at + 1));
    openLevels(at).forEach(level -> expected.add(level.cleanup()));
    assertThat(meddler.events).isEqualTo(expected);
    assertRestored();
  }

  @ParameterizedTest
  @MethodSource("everyEventAndCancel")
  void aCancelWhileACancelIsHandledMayOnlyNameAnOuterLevel(Arguments given) {
    Event event = FINISHED.get(given.at);
    Level[] levels = Level.values();
    for (Level handled : levels) {
      if (event != handled.before() || (handled == Level.BATCH && given.at > 10)) {
        continue;
      }
      meddler.second = handled.afterCancel();
      meddler.secondFailure = () -> cancel(given.level);
      Throwable thrown = run(given.at, () -> cancel(handled));
      List<Level> open = openLevels(given.at);
      boolean legal = given.level != handled && open.contains(given.level);
      if (legal) {
        assertThat(thrown).isNull();
        assertThat(meddler.events).contains(given.level.afterCancel());
        int handling = meddler.events.indexOf(handled.afterCancel());
        assertThat(meddler.events.get(handling + 1)).isEqualTo(handled.cleanup());
      } else {
        assertThat(thrown).isInstanceOf(IllegalStateException.class);
      }
      assertThat(meddler.events).endsWith(CLEANUP_FIT);
      assertRestored();
    }
  }

  @Test
  void aSoftStopAfterTheBatchClosesEveryLevelNormallyWithoutValidation() {
    var log = new EventLog();
    try (Learner other = Points.learner(5).callbacks(log).build()) {
      FitResult result =
          other.fit(
              3,
              new Callback() {
                @Override
                public String name() {
                  return "clock";
                }

                @Override
                public void afterLoss(Batch batch) {
                  if (batch.index() == 1) {
                    batch.fit().stopAfter(Level.BATCH, "time is up");
                  }
                }

                @Override
                public void afterEpoch(Epoch epoch) {
                  assertThat(epoch.isPartial()).isTrue();
                  assertThat(epoch.trainScores()).isEmpty();
                  assertThat(epoch.row().step()).isEqualTo(2);
                  assertThat(epoch.row().trainLoss()).isPositive();
                }
              });
      assertThat(result.outcome()).isEqualTo(new Outcome.Stopped("clock", "time is up"));
      assertThat(log.count(BEFORE_BATCH)).isEqualTo(2);
      assertThat(log.events)
          .endsWith(
              AFTER_BATCH,
              CLEANUP_BATCH,
              AFTER_TRAIN,
              CLEANUP_TRAIN,
              AFTER_EPOCH,
              CLEANUP_EPOCH,
              AFTER_FIT,
              CLEANUP_FIT)
          .doesNotContain(BEFORE_VALIDATE, AFTER_CANCEL_FIT);
    }
  }

  @Test
  void aSoftStopAfterTheEpochStillValidates() {
    var log = new EventLog();
    try (Learner other = Points.learner(2).callbacks(log).build()) {
      FitResult result =
          other.fit(
              3,
              new Callback() {
                @Override
                public String name() {
                  return "plateau";
                }

                @Override
                public void beforeBatch(Batch batch) {
                  batch.fit().stopAfter(Level.EPOCH, "no better");
                }
              });
      assertThat(result.outcome()).isEqualTo(new Outcome.Stopped("plateau", "no better"));
      assertThat(result.epochs()).isEqualTo(1);
      assertThat(log.count(AFTER_VALIDATE)).isEqualTo(1);
      assertThat(log.count(BEFORE_BATCH)).isEqualTo(4);
    }
  }

  @Test
  void cleanupRunsInReverseAndAlwaysWhateverFails() {
    var order = new ArrayList<String>();
    try (Learner other = Points.learner(1).build()) {
      Throwable thrown =
          catchThrowable(
              () -> other.fit(1, cleaner("a", order), cleaner("b", order), cleaner("c", order)));
      assertThat(order).containsExactly("c", "b", "a");
      assertThat(thrown).hasMessageContaining("callback 'c' failed at CLEANUP_FIT");
      assertThat(thrown.getSuppressed()).hasSize(2);
    }
  }

  private static Callback cleaner(String name, List<String> order) {
    return new Callback() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public void cleanupFit(Fit fit) {
        order.add(name);
        throw new IllegalStateException("cannot clean up");
      }
    };
  }

  private @Nullable Throwable run(
      @Nullable Integer at, @Nullable Supplier<RuntimeException> failure) {
    meddler.events.clear();
    meddler.at = at == null ? -1 : at;
    meddler.failure = failure;
    return catchThrowable(() -> learner.fit(1, new Callback() {}));
  }

  private void assertRestored() {
    meddler.second = null;
    assertThat(learner.lossFunction()).isSameAs(loss);
    assertThat(learner.step()).isSameAs(TrainingStep.STANDARD);
    assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
    assertThat(learner.trainingMode(true)).isTrue();
    assertThat(learner.callbacks()).containsExactly(meddler, meddler.log);
    assertThat(Autograd.isOn()).isFalse();
    assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
  }

  private static CancelException cancel(Level level) {
    return switch (level) {
      case FIT -> new CancelFitException("why not");
      case EPOCH -> new CancelEpochException("why not");
      case TRAIN -> new CancelTrainException("why not");
      case VALIDATE -> new CancelValidateException("why not");
      case BATCH -> new CancelBatchException("why not");
      case BACKWARD -> new CancelBackwardException("why not");
      case STEP -> new CancelStepException("why not");
    };
  }

  /// Changes everything that has a lifetime wherever it can, and fails at one place.
  private static final class Meddler extends EventLog {
    final Callback log = new Callback() {};
    int at = -1;
    @Nullable Supplier<RuntimeException> failure;
    @Nullable Event second;
    @Nullable Supplier<RuntimeException> secondFailure;

    @Override
    public String name() {
      return "meddler";
    }

    @Override
    void at(Event event, Scope scope) {
      super.at(event, scope);
      if (event.edge() != Event.Edge.CLEANUP) {
        scope.wrapLoss(old -> (p, t) -> old.loss(p, t).mul(1.0));
        scope.wrapStep(old -> new TrainingStep() {});
        scope.set(Hyper.LEARNING_RATE, 0.05 + 0.001 * events.size());
        scope.trainingMode(false);
        scope.manager().create(1f);
        if (event == BEFORE_TRAIN || event == BEFORE_FIT) {
          scope.add(new Callback() {});
        }
      }
      if (failure != null && events.size() == at + 1) {
        throw failure.get();
      }
      if (event == second && secondFailure != null) {
        throw secondFailure.get();
      }
    }
  }

  @SuppressWarnings("unused") // that nobody calls them is what is told
  private record Misspelt() implements Callback {
    @Override
    public void afterLoss(Batch batch) {}

    public void afterBatches(Batch batch) {}

    public void beforeEpoch(Fit fit) {}

    public void afterAll(Batch batch, int count) {}

    public void beforehand(Batch batch) {}
  }

  @Test
  void aMethodThatLooksLikeAHookAndIsNoneIsToldOf() {
    assertThat(Event.mistaken(Misspelt.class))
        .containsExactlyInAnyOrder(
            Misspelt.class.getName()
                + " has a method afterBatches(Batch), which is no hook and is never called; did you"
                + " mean afterBatch(Batch)? @Override has the compiler tell",
            Misspelt.class.getName()
                + " has a method beforeEpoch(Fit), which is no hook and is never called; did you"
                + " mean beforeEpoch(Epoch)? @Override has the compiler tell");
    assertThat(Event.mistaken(EventLog.class)).isEmpty();
    assertThat(Event.mistaken(LambdaCallback.class)).isEmpty();
  }
}
