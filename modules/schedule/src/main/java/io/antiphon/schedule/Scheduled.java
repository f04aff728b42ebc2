package io.antiphon.schedule;

import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.PolicyProvider;
import java.util.Optional;

/// A policy that is one fit under a schedule.
interface Scheduled extends PolicyProvider.Policy {
  /// {@return how long the fit is}
  Length length();

  /// {@return what the fit is scheduled by}
  ParamScheduler scheduler(Learner learner);

  @Override
  default FitResult fit(Learner learner) {
    return learner.fit(length(), scheduler(learner));
  }

  @Override
  default String explain(Learner learner) {
    int perEpoch = learner.trainData().batches();
    ParamScheduler scheduler = scheduler(learner);
    return "%s: %s, %d training batches%n%s"
        .formatted(
            scheduler.name(), length(), length().toSteps(perEpoch), scheduler.explain(learner));
  }

  /// {@return a part of the run as a fraction of it}
  default double fraction(Length part, Learner learner) {
    int perEpoch = learner.trainData().batches();
    return part.toFraction(perEpoch, length().toSteps(perEpoch));
  }

  /// {@return the rates that were given, or the optimizer's own}
  static Rates rates(Optional<Rates> given, Learner learner) {
    return given.orElseGet(() -> Rates.of(learner.optimizer().get(Hyper.LEARNING_RATE)));
  }

  /// Refuses a length that is no run's.
  static void checkRun(Length length) {
    if (length.unit() == Length.Unit.RUN) {
      throw new IllegalArgumentException(
          "epochs is " + length + ", not a number of epochs or steps");
    }
  }
}
