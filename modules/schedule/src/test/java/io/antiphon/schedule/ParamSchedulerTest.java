package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Observer;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.Tunable;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParamSchedulerTest {
  /// A callback with a number that others may change, as mixup has one.
  private static final class Mixer implements Callback {
    private final Tunable alpha = new Tunable("alpha", 0.4, 0, 10);
    private final List<Double> seen = new ArrayList<>();

    @Override
    public List<Tunable> tunables() {
      return List.of(alpha);
    }

    @Override
    public Order order() {
      return Order.TRANSFORM;
    }

    @Override
    public void beforeBatch(Batch batch) {
      if (batch.isTraining()) {
        seen.add(alpha.get());
      }
    }
  }

  /// What is in force in the forward pass, before the loss.
  private static final class Seen implements Observer {
    private final Hyper hyper;
    private final List<Double> values = new ArrayList<>();
    private final List<Double> inValidation = new ArrayList<>();

    Seen(Hyper hyper) {
      this.hyper = hyper;
    }

    @Override
    public void afterPred(Batch batch) {
      (batch.isTraining() ? values : inValidation).add(batch.fit().optimizer().get(hyper));
    }
  }

  @Test
  void eachBatchRunsAtTheScheduleOfWhatIsDoneBefore() {
    var seen = new Seen(Hyper.LEARNING_RATE);
    ParamScheduler scheduler = ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.linear(1, 0));
    try (Learner learner = TinyTask.learner().callbacks(seen).build()) {
      learner.fit(2, scheduler); // 6 batches
      assertThat(seen.values).hasSize(6);
      for (int i = 0; i < 6; i++) {
        assertThat(seen.values.get(i)).isCloseTo(1 - i / 6.0, within(1e-12));
        assertThat(scheduler.recorded("lr")[i]).isEqualTo(seen.values.get(i));
      }
      // validation changes nothing: the last training batch's value holds
      assertThat(seen.inValidation.getLast()).isCloseTo(1 - 5 / 6.0, within(1e-12));
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.1);
    }
  }

  @Test
  void anOptimizerThatComesBackHasTheScheduleOfItsOwnRate() {
    for (boolean replaced : new boolean[] {false, true}) {
      var rates = new ArrayList<Double>();
      var watch =
          new Callback() {
            @Override
            public Order order() {
              return Order.at(-50);
            }

            @Override
            public void beforeEpoch(Epoch epoch) {
              if (replaced && epoch.index() == 1) {
                Learner learner = epoch.fit().learner();
                Optimizer.Factory factory = TinyTask.descent(0.01);
                Optimizer other = factory.create(factory.splitter().split(epoch.fit().model()));
                epoch.replaceOptimizer(other);
                epoch.own(other::close);
                assertThat(learner.optimizer()).isSameAs(other);
              }
            }

            @Override
            public void afterStep(Batch batch) {
              if (batch.pass().epoch().index() == 3) {
                rates.add(batch.fit().optimizer().get(Hyper.LEARNING_RATE));
              }
            }
          };
      try (Learner learner = TinyTask.learner().callbacks(watch).build()) {
        new FlatCos().epochs(Length.epochs(4)).flat(Length.ofRun(0)).fit(learner);
        double own = learner.optimizer().get(Hyper.LEARNING_RATE);
        for (int i = 0; i < 3; i++) {
          double progress = (9 + i) / 12.0;
          assertThat(rates.get(i))
              .isCloseTo(
                  own * (1 + Math.cos(Math.PI * progress)) / 2,
                  within(1e-4 * own)); // it ends a little above 0
        }
      }
    }
  }

  @Test
  void aFitOfStepsIsScheduledToItsLastStep() {
    ParamScheduler scheduler = ParamScheduler.of(Hyper.MOMENTUM, Schedule.linear(0, 1));
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(Length.steps(5), scheduler);
      assertThat(scheduler.recorded("momentum")).containsExactly(0, 0.2, 0.4, 0.6, 0.8);
    }
  }

  @Test
  void anyNumberThatACallbackOffersCanBeScheduledAndIsItsOwnAgainAfterwards() {
    var mixer = new Mixer();
    try (Learner learner = TinyTask.learner().callbacks(mixer).build()) {
      learner.fit(1, ParamScheduler.of("mixer", "alpha", Schedule.linear(3, 0)));
      assertThat(mixer.seen).containsExactly(3.0, 2.0, 1.0);
      assertThat(mixer.alpha.get()).isEqualTo(0.4);
      assertThatThrownBy(
              () -> learner.fit(1, ParamScheduler.of("mixer", "beta", Schedule.constant(1))))
          .hasMessageContaining("callback 'mixer' offers no number 'beta'; it offers [alpha]");
      assertThatThrownBy(
              () -> learner.fit(1, ParamScheduler.of("mixup", "alpha", Schedule.constant(1))))
          .hasMessageContaining(
              "there is no callback 'mixup' whose alpha a schedule could set; there are [mixer.alpha]");
    }
  }

  @Test
  void partsHaveSchedulesOfTheirOwnAndGroupsThatFixANumberKeepIt() {
    ParamScheduler scheduler =
        ParamScheduler.of(
                Hyper.LEARNING_RATE,
                PartSchedule.shaped(Rates.slice(0.01, 1), rate -> Schedule.linear(rate, 0)))
            .and(Hyper.WEIGHT_DECAY, Schedule.constant(0.3));
    var decays = new ArrayList<Double>();
    var watch =
        new Observer() {
          @Override
          public void afterPred(Batch batch) {
            if (decays.isEmpty()) {
              batch.fit().optimizer().groups().forEach(g -> decays.add(g.get(Hyper.WEIGHT_DECAY)));
            }
          }
        };
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).callbacks(watch).build()) {
      assertThat(Parts.of(learner)).containsExactly("body", "head");
      learner.fit(1, scheduler);
      assertThat(scheduler.recorded())
          .containsExactly(
              "lr of body", "lr of head", "weight-decay of body", "weight-decay of head");
      assertThat(scheduler.recorded("lr of body")[0]).isEqualTo(0.01);
      assertThat(scheduler.recorded("lr of head")[0]).isEqualTo(1);
      // body, body-norms-and-biases, head, head-norms-and-biases
      assertThat(decays).containsExactly(0.3, 0.0, 0.3, 0.0);
      ParamScheduler one =
          ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.constant(0.5)).named("whole");
      assertThatThrownBy(() -> learner.fit(1, scheduler, one))
          .hasMessageContaining("whole")
          .hasMessageContaining("hyper-parameter 'lr'");
      ParamScheduler head =
          ParamScheduler.of(Hyper.MOMENTUM, Schedule.constant(0))
              .and("head", Hyper.WEIGHT_DECAY, Schedule.constant(0.7));
      learner.fit(1, head);
      assertThat(head.recorded("weight-decay of head")).containsOnly(0.7);
      assertThatThrownBy(() -> head.recorded("lr"))
          .hasMessageContaining("nothing was recorded of 'lr'");
    }
  }

  @Test
  void previewsShowWhatWillBeSet() {
    ParamScheduler scheduler =
        ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.oneCycle(0.04, 1, 1e-5, 0.25));
    try (Learner learner = TinyTask.learner().callbacks(scheduler).build()) {
      String table = scheduler.table(learner, 6);
      learner.fit(2);
      List<String> lines = table.lines().toList();
      assertThat(lines).hasSize(7);
      for (int i = 0; i < 6; i++) {
        double shown = Double.parseDouble(lines.get(i + 1).strip().split(" +")[1]);
        assertThat(shown).isCloseTo(scheduler.recorded("lr")[i], within(1e-4));
      }
      assertThat(learner.explain())
          .contains("\nparam-scheduler\n  lr by one-cycle(0.04, 1, 1.0E-5, 0.25)\n")
          .contains("         1 |")
          .contains("*****");
    }
  }

  @Test
  void schedulesThatLeaveTheRangeOfTheirNumberAreRefusedBeforeAnythingRuns() {
    var mixer = new Mixer();
    Schedule broken = Schedule.linear(1, 1).times(1);
    Schedule late = progress -> progress > 0.98 ? Double.NaN : 0.5;
    try (Learner learner = TinyTask.learner().callbacks(mixer).build()) {
      for (var each :
          java.util.Map.of(
                  ParamScheduler.of(Hyper.MOMENTUM, broken),
                  "momentum by .* is 1 at progress 0, not in \\[0, 1\\)",
                  ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.linear(1, -1)),
                  "lr by linear\\(1, -1\\) is -.* at progress 0.516., not 0 or more",
                  ParamScheduler.of(Hyper.WEIGHT_DECAY, late),
                  "weight-decay by .* is NaN at progress .*",
                  ParamScheduler.of("mixer", "alpha", Schedule.linear(0, 11)),
                  "mixer.alpha by .* is 10.* at progress .*, not in \\[0, 10\\]")
              .entrySet()) {
        assertThatThrownBy(() -> each.getKey().explain(learner))
            .hasMessageMatching(each.getValue());
        assertThatThrownBy(() -> learner.fit(1, each.getKey()))
            .hasMessageMatching(".*failed at BEFORE_FIT.*: " + each.getValue());
      }
      // the end is never reached
      learner.fit(1, ParamScheduler.of(Hyper.MOMENTUM, Schedule.cosine(0.9, 1)));
      assertThat(mixer.seen).hasSize(3);
    }
  }

  @Test
  void keepsTheContractOfCallbacks() {
    CallbackContract.of(() ->
            ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.cosine(0.2, 0.01))
                .and(Hyper.WEIGHT_DECAY, Schedule.linear(0, 0.1)))
        .verify();
  }

  @Test
  void theExperimentFileCanScheduleOneNumber() {
    var mixer = new Mixer();
    try (Learner learner = TinyTask.learner().callbacks(mixer).build()) {
      var seen = new Seen(Hyper.MOMENTUM);
      learner.fit(
          1,
          seen,
          new ParamScheduler.Options("momentum", "linear(0.9, 0)").create(),
          new ParamScheduler.Options("mixer.alpha", "constant(2)").create());
      assertThat(seen.values.getFirst()).isEqualTo(0.9);
      assertThat(mixer.seen).containsOnly(2.0);
    }
    assertThatThrownBy(() -> new ParamScheduler.Options("lr", "cosine"))
        .hasMessageContaining("'cosine' is no schedule");
  }
}
