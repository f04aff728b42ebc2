package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.Fit;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Level;
import io.antiphon.core.Outcome;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Replacement;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.metrics.Recorder;
import io.antiphon.optim.AdamW;
import io.antiphon.optim.Sgd;
import io.antiphon.testkit.TinyTask;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PolicyTest {
  private final Recorder recorder = new Recorder();

  private Learner learner() {
    return TinyTask.learner().optimizer(AdamW.of(0.003)).callbacks(recorder).build();
  }

  private static double cosine(double start, double end, double p) {
    return start + (1 + Math.cos(Math.PI * (1 - p))) * (end - start) / 2;
  }

  @Test
  void oneCycleIsFastais() {
    try (Learner learner = learner()) {
      FitResult result = OneCycle.of(4, 0.01).fit(learner); // 12 batches, the peak at 3
      assertThat(result.outcome()).isEqualTo(new Outcome.Finished());
      double[] lrs = recorder.hyper(Hyper.LEARNING_RATE);
      double[] momenta = recorder.hyper(Hyper.MOMENTUM);
      assertThat(lrs).hasSize(12);
      for (int i = 0; i < 12; i++) {
        double lr =
            i < 3 ? cosine(0.01 / 25, 0.01, i / 3.0) : cosine(0.01, 0.01 / 1e5, (i - 3) / 9.0);
        double momentum = i < 3 ? cosine(0.95, 0.85, i / 3.0) : cosine(0.85, 0.95, (i - 3) / 9.0);
        assertThat(lrs[i]).isCloseTo(lr, within(1e-12));
        assertThat(momenta[i]).isCloseTo(momentum, within(1e-12));
      }
      assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.003);
      assertThat(learner.optimizer().get(Hyper.MOMENTUM)).isEqualTo(0.9);
    }
  }

  @Test
  void withoutARateThePolicyTakesTheOptimizersAndLengthsMayBeSteps() {
    try (Learner learner = learner()) {
      OneCycle policy =
          OneCycle.of(Length.steps(8), Optional.empty())
              .warmUp(Length.steps(2))
              .div(10, 100)
              .momentum(List.of());
      FitResult result = policy.fit(learner);
      assertThat(result.epochs()).isEqualTo(3);
      double[] lrs = recorder.hyper(Hyper.LEARNING_RATE);
      assertThat(lrs).hasSize(8);
      assertThat(lrs[0]).isCloseTo(0.0003, within(1e-12));
      assertThat(lrs[1]).isCloseTo((0.0003 + 0.003) / 2, within(1e-12));
      assertThat(lrs[2]).isCloseTo(0.003, within(1e-12));
      assertThat(lrs[5]).isCloseTo((0.003 + 0.00003) / 2, within(1e-12));
      assertThat(recorder.hyper(Hyper.MOMENTUM)).containsOnly(0.9);
    }
  }

  @Test
  void withoutARateEachPartFollowsItsOwn() {
    for (PolicyProvider.Policy policy :
        List.of(
            OneCycle.of(Length.epochs(2), Optional.empty()),
            FlatCos.of(Length.epochs(2), Optional.empty()),
            new Sgdr(1, Length.epochs(2), Optional.empty(), 2))) {
      try (Learner learner =
          TinyTask.learner()
              .optimizer(AdamW.of(0.003))
              .splitter(Parts.head(1))
              .callbacks(recorder)
              .build()) {
        learner.optimizer().groups().stream()
            .filter(group -> group.part().equals("body"))
            .forEach(group -> group.set(Hyper.LEARNING_RATE, 3e-5));
        learner.optimizer().group("head-norms-and-biases").set(Hyper.LEARNING_RATE, 0.03);
        policy.fit(learner);
        double[] body = recorder.hyper("body", Hyper.LEARNING_RATE);
        double[] head = recorder.hyper("head", Hyper.LEARNING_RATE);
        double[] biases = recorder.hyper("head-norms-and-biases", Hyper.LEARNING_RATE);
        double most = 0;
        for (int i = 0; i < head.length; i++) {
          assertThat(body[i]).isCloseTo(head[i] / 100, within(1e-12));
          assertThat(biases[i]).isCloseTo(head[i] * 10, within(1e-12));
          most = Math.max(most, body[i]);
        }
        assertThat(most).as("%s", policy).isBetween(2.5e-5, 3e-5);
      }
    }
  }

  @Test
  void gradientDescentWithoutMomentumStaysWithout() {
    try (Learner learner = TinyTask.learner().optimizer(Sgd.of(0.1)).callbacks(recorder).build()) {
      OneCycle.of(2, 0.01).fit(learner);
      assertThat(recorder.hyper(Hyper.MOMENTUM)).containsOnly(0);
      assertThat(OneCycle.of(2, 0.01).explain(learner))
          .endsWith("momentum is left alone, for the optimizer has none\n")
          .doesNotContain("momentum by");
      assertThat(OneCycle.of(2, 0.01).scheduler(learner).replaces())
          .containsExactly(Replacement.hyper(Hyper.LEARNING_RATE));
    }
    try (Learner learner =
        TinyTask.learner()
            .optimizer(Sgd.of(0.1))
            .splitter(Parts.head(1))
            .callbacks(recorder)
            .build()) {
      learner.optimizer().group("head").set(Hyper.MOMENTUM, 0.9);
      OneCycle.of(2, 0.01).fit(learner);
      assertThat(recorder.hyper("body", Hyper.MOMENTUM)).containsOnly(0);
      assertThat(recorder.hyper("head", Hyper.MOMENTUM)[0]).isEqualTo(0.95);
      assertThat(recorder.hyper("head-norms-and-biases", Hyper.MOMENTUM)).containsOnly(0);
    }
  }

  @Test
  void flatCosIsFlatThenFalls() {
    try (Learner learner = learner()) {
      FlatCos.of(4, 0.01).fit(learner);
      double[] lrs = recorder.hyper(Hyper.LEARNING_RATE);
      for (int i = 0; i < 12; i++) {
        double lr = i < 9 ? 0.01 : cosine(0.01, 1e-7, (i - 9) / 3.0);
        assertThat(lrs[i]).isCloseTo(lr, within(1e-12));
      }
    }
  }

  @Test
  void sgdrRunsInCyclesThatGrow() {
    assertThat(Sgdr.of(3, 1, 0.1).length()).isEqualTo(Length.epochs(7));
    try (Learner learner = learner()) {
      FitResult result = Sgdr.of(2, 2, 0.1).fit(learner); // cycles of 6 and 12 batches
      assertThat(result.epochs()).isEqualTo(6);
      double[] lrs = recorder.hyper(Hyper.LEARNING_RATE);
      assertThat(lrs).hasSize(18);
      for (int i = 0; i < 18; i++) {
        double lr = i < 6 ? cosine(0.1, 0, i / 6.0) : cosine(0.1, 0, (i - 6) / 12.0);
        assertThat(lrs[i]).isCloseTo(lr, within(1e-12));
      }
    }
  }

  @Test
  void sgdrOfEvenCyclesWorks() {
    var even = new Sgdr(3, Length.epochs(1), Optional.of(Rates.of(0.1)), 1);
    assertThat(even.length()).isEqualTo(Length.epochs(3));
    try (Learner learner = learner()) {
      even.fit(learner);
      double[] lrs = recorder.hyper(Hyper.LEARNING_RATE);
      for (int i = 0; i < 9; i++) {
        assertThat(lrs[i]).isCloseTo(cosine(0.1, 0, i % 3 / 3.0), within(1e-12));
      }
    }
  }

  @Test
  void fineTuningTrainsTheHeadThenEverything() {
    var rates = new java.util.ArrayList<List<double[]>>();
    var trained = new java.util.ArrayList<Integer>();
    var watch =
        new Callback() {
          @Override
          public void beforeFit(Fit fit) {
            trained.add(
                fit.optimizer().groups().stream()
                    .mapToInt(group -> group.trainable().size())
                    .sum());
          }

          @Override
          public void afterFit(Fit fit) {
            rates.add(
                fit.optimizer().groups().stream()
                    .map(ParameterGroup::name)
                    .map(name -> recorder.hyper(name, Hyper.LEARNING_RATE))
                    .toList());
          }
        };
    FineTune policy = FineTune.of(2).lr(0.01).norms(Norms.FREEZE);
    try (Learner learner =
        TinyTask.learner()
            .optimizer(AdamW.of(0.003))
            .splitter(policy.splitter().orElseThrow())
            .callbacks(recorder, watch)
            .build()) {
      float[] body = weights(learner);
      learner.add(
          new Callback() {
            private int fits;

            @Override
            public void afterFit(Fit fit) {
              if (fits++ == 0) {
                assertThat(weights(learner)).isEqualTo(body);
              }
            }
          });
      FitResult result = policy.fit(learner);
      assertThat(result.epochs()).isEqualTo(3);
      assertThat(weights(learner)).isNotEqualTo(body);
      assertThat(trained).containsExactly(2, 6);
      // groups: body, body-norms-and-biases, head, head-norms-and-biases
      assertThat(rates.get(0).get(0)[0]).isCloseTo(0.001 / 25, within(1e-12));
      assertThat(rates.get(0).get(3)[0]).isCloseTo(0.01 / 25, within(1e-12));
      assertThat(rates.get(1).get(1)[0]).isCloseTo(0.005 / 100 / 5, within(1e-12));
      assertThat(rates.get(1).get(2)[0]).isCloseTo(0.005 / 5, within(1e-12));
      double peak = 0.3;
      assertThat(rates.get(1).get(2)[1])
          .isCloseTo(cosine(0.001, 0.005, 1 / 6.0 / peak), within(1e-12));
    }
  }

  private static float[] weights(Learner learner) {
    return learner.model().getParameters().valueAt(0).getArray().toFloatArray();
  }

  @Test
  void aFineTuningThatIsStoppedLeavesNothingFrozen() {
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      learner.add(
          new Callback() {
            @Override
            public void afterEpoch(Epoch epoch) {
              epoch.fit().stopAfter(Level.BATCH, "enough");
            }

            @Override
            public String name() {
              return Event.AFTER_EPOCH.name();
            }
          });
      FitResult result = FineTune.of(1).freezeEpochs(Length.epochs(2)).fit(learner);
      assertThat(result.outcome()).isEqualTo(new Outcome.Stopped("AFTER_EPOCH", "enough"));
      assertThat(result.epochs()).isEqualTo(1);
      assertThat(learner.optimizer().groups())
          .allMatch(group -> group.trainable().size() == group.parameters().size());
    }
    try (Learner learner = TinyTask.learner().build()) {
      assertThatThrownBy(() -> FineTune.of(1).fit(learner))
          .hasMessageContaining("needs a model in at least 2 parts, and this learner has [all]");
    }
  }

  @Test
  void policiesExplainThemselves() {
    try (Learner learner =
        TinyTask.learner().optimizer(AdamW.of(0.003)).splitter(Parts.head(1)).build()) {
      assertThat(OneCycle.of(4, 0.01).explain(learner))
          .startsWith(
              "one-cycle: 4 epochs, 12 training batches\nlr of body by one-cycle(4.0E-4, 0.01,")
          .contains("momentum of head by one-cycle(0.95, 0.85, 0.95, 0.25)");
      assertThat(FineTune.of(4).explain(learner))
          .contains("first with everything but 'head' frozen")
          .contains("then everything");
      assertThat(Sgdr.of(2, 1, 0.1).explain(learner))
          .contains("sgdr: 3 epochs, 9 training batches");
    }
  }

  @Test
  void optionsBindFromTheExperimentFile() {
    assertThat(bound(new OneCycle(), "epochs", "500 steps", "lr", "slice(1e-4, 1e-2)"))
        .isEqualTo(OneCycle.of(Length.steps(500), Optional.of(Rates.slice(1e-4, 1e-2))));
    assertThat(bound(new Sgdr(), "cycles", "3", "cycle", "2", "multiplier", "1"))
        .isEqualTo(new Sgdr(3, Length.epochs(2), Optional.empty(), 1));
    assertThat(bound(new FlatCos(), "flat", "0.5 of the run"))
        .isEqualTo(new FlatCos(Length.epochs(5), Optional.empty(), 1e5, Length.ofRun(0.5)));
    assertThat(bound(new FineTune(), "epochs", "3", "norms", "freeze"))
        .isEqualTo(FineTune.of(3).norms(Norms.FREEZE));
    assertThatThrownBy(() -> bound(new OneCycle(), "epochs", "0.5 of the run"))
        .hasMessageContaining("epochs is 0.5 of the run; it must be a number of epochs or steps");
    assertThatThrownBy(() ->
            Options.bind(
                "test",
                new OneCycle(),
                new Node.Mapping(
                    Place.DEFAULTS,
                    List.of(
                        new Node.Entry("lr", Place.DEFAULTS, Node.Mapping.empty(Place.DEFAULTS))))))
        .hasMessageEndingWith("option 'lr' of test is rates, not a mapping");
    assertThatThrownBy(() -> bound(new OneCycle(), "lr", "quick"))
        .hasMessageContaining("'quick' is no learning rate; write '0.01'");
  }

  @Test
  void whatIsNoRunIsRefused() {
    try (Learner learner = learner()) {
      for (Length none : List.of(Length.epochs(0), Length.epochs(0.001), Length.steps(0))) {
        for (PolicyProvider.Policy policy :
            List.of(
                OneCycle.of(none, Optional.empty()),
                FlatCos.of(none, Optional.empty()),
                new Sgdr(1, none, Optional.empty(), 2))) {
          assertThatThrownBy(() -> policy.callbacks(learner))
              .hasMessageMatching(
                  (policy instanceof Sgdr ? "cycle" : "epochs")
                      + " is "
                      + none
                      + ", which is no training step: an epoch has 3; at least 1 step");
          assertThatThrownBy(() -> policy.fit(learner)).hasMessageContaining("no training step");
        }
      }
      assertThatThrownBy(() -> OneCycle.of(5, 0.1).warmUp(Length.epochs(100)).callbacks(learner))
          .hasMessage("warm-up is 100 epochs, longer than the run of 5 epochs (300 of 15 steps)");
      assertThatThrownBy(() ->
              new FlatCos(Length.epochs(5), Optional.empty(), 1e5, Length.steps(16)).fit(learner))
          .hasMessage("flat is 16 steps, longer than the run of 5 epochs (16 of 15 steps)");
    }
    assertThatThrownBy(() -> bound(new Sgdr(), "cycle", "0.1 of the run"))
        .hasMessageContaining("cycle is 0.1 of the run; it must be a number of epochs or steps");
    assertThatThrownBy(() -> bound(new OneCycle(), "warm-up", "0.25"))
        .hasMessageContaining("0.25 of what? Write '0.25 of the run' or '0.25 epochs'");
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      assertThatThrownBy(() -> FineTune.of(1).freezeEpochs(Length.epochs(0.01)).callbacks(learner))
          .hasMessageStartingWith("freeze-epochs is 0.01 epochs, which is no training step");
      assertThat(FineTune.of(1).callbacks(learner)).hasSize(2);
    }
  }

  @Test
  void ratesForPartsThatAreNotThereAreRefused() {
    OneCycle cycle = OneCycle.of(2, 0.1);
    try (Learner learner = learner()) {
      for (Rates rates : List.of(Rates.slice(0.1), Rates.slice(1e-5, 1e-3), Rates.each(1, 2))) {
        assertThatThrownBy(() -> cycle.lr(rates).fit(learner))
            .hasMessageMatching(
                "lr is .*, rates for (several|2) parts, but the model is one part; split it,.*");
      }
      cycle.lr(Rates.each(0.1)).fit(learner);
    }
    try (Learner learner = TinyTask.learner().splitter(Parts.head(1)).build()) {
      assertThatThrownBy(() -> cycle.lr(Rates.each(1, 2, 3)).callbacks(learner))
          .hasMessageContaining("rates for 3 parts, but the model is 2 parts, [body, head]; ");
    }
  }

  @Test
  void theHeadOfAFineTuningIsNamed() {
    var policy =
        new FineTune(
            Length.epochs(1), 1, Length.epochs(1), 1, Length.ofRun(0.3), 5, 100, Norms.TRAIN);
    assertThatThrownBy(() -> TinyTask.learner().splitter(policy.splitter().orElseThrow()).build())
        .hasMessage("head is 100: the head is 100 layers of the model's 3, not 1 to 2");
  }

  @Test
  void cyclesBeyondReasonAreRefused() {
    assertThatThrownBy(() -> bound(new Sgdr(), "cycles", "2000"))
        .hasMessageContaining("2000 cycles, each 2 times as long as the one before, are")
        .hasMessageNotContaining("a length");
    assertThatThrownBy(() -> bound(new Sgdr(), "cycles", "1000000000", "multiplier", "1"))
        .hasMessageContaining("cycles is 1000000000; it must be in [1, 10,000]");
    assertThatThrownBy(() -> bound(new Sgdr(), "multiplier", "0"))
        .hasMessageContaining("multiplier is 0; it must be finite and greater than 0");
    for (ThrowingCallable binding :
        List.<ThrowingCallable>of(
            () -> bound(new OneCycle(), "lr", "-1"),
            () -> bound(new FlatCos(), "lr", "-1"),
            () -> bound(new Sgdr(), "lr", "-1"))) {
      assertThatThrownBy(binding).hasMessageEndingWith("a rate is -1.0, not 0 or more");
    }
  }

  private static <P extends Record & PolicyProvider> P bound(P defaults, String... pairs) {
    var entries = new java.util.ArrayList<Node.Entry>();
    for (int i = 0; i < pairs.length; i += 2) {
      entries.add(
          new Node.Entry(
              pairs[i], Place.DEFAULTS, new Node.Scalar(Place.DEFAULTS, pairs[i + 1], false)));
    }
    P options = Options.bind("test", defaults, new Node.Mapping(Place.DEFAULTS, entries));
    assertThat(Options.bind("test", defaults, Options.tree(options))).isEqualTo(options);
    assertThat(options.create()).isEqualTo(options);
    return options;
  }
}
