package io.antiphon.schedule;

import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.PolicyProvider;
import java.util.Optional;
import java.util.function.DoubleFunction;

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

  /// {@return a scheduler of the learning rate}
  ///
  /// @param given the rates of the parts; without them each group's own holds
  /// @param shape from a rate to its schedule
  static ParamScheduler ofRate(Optional<Rates> given, DoubleFunction<Schedule> shape) {
    return given
        .map(rates ->
            ParamScheduler.of(Hyper.LEARNING_RATE, PartSchedule.shaped(rates, shape)))
        .orElseGet(() -> ParamScheduler.nothing().andOwn(Hyper.LEARNING_RATE, shape));
  }

  /// Refuses a length that is no run's.
  static void checkRun(Length length) {
    if (length.unit() == Length.Unit.RUN) {
      throw new IllegalArgumentException(
          "epochs is " + length + ", not a number of epochs or steps");
    }
  }
}
