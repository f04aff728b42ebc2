package io.antiphon.schedule;

import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.PolicyProvider;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;

/// A policy that is one fit under a schedule.
interface Scheduled extends PolicyProvider.Policy {
  /// {@return how long the fit is}
  Length length();

  /// {@return the option that says so}
  default String lengthOption() {
    return "epochs";
  }

  /// {@return what the fit is scheduled by}
  ParamScheduler scheduler(Learner learner);

  @Override
  default FitResult fit(Learner learner) {
    steps(learner);
    return learner.fit(length(), scheduler(learner));
  }

  @Override
  default List<List<Callback>> callbacks(Learner learner) {
    steps(learner);
    return List.of(List.of(scheduler(learner)));
  }

  @Override
  default String explain(Learner learner) {
    ParamScheduler scheduler = scheduler(learner);
    return "%s: %s, %d training batches%n%s"
        .formatted(scheduler.name(), length(), steps(learner), scheduler.explain(learner));
  }

  /// {@return how many training batches the fit is}
  private long steps(Learner learner) {
    return length().toRun(lengthOption(), learner.trainData().batches());
  }

  /// {@return a part of the run as a fraction of it}
  ///
  /// @param option what is that long, for messages
  default double fraction(String option, Length part, Learner learner) {
    int perEpoch = learner.trainData().batches();
    long run = steps(learner);
    if (part.toSteps(perEpoch, run) > run) {
      throw new RefusedException(
          option,
          "%s is %s, longer than the run of %s (%d of %d steps)"
              .formatted(option, part, length(), part.toSteps(perEpoch, run), run));
    }
    return part.toFraction(perEpoch, run);
  }

  /// {@return a scheduler of the learning rate}
  ///
  /// @param given the rates of the parts; without them each group's own holds
  /// @param shape from a rate to its schedule
  /// @throws IllegalArgumentException if there are rates for other parts than the model's
  static ParamScheduler ofRate(
      Optional<Rates> given, Learner learner, DoubleFunction<Schedule> shape) {
    if (given.isEmpty()) {
      return ParamScheduler.nothing().andOwn(Hyper.LEARNING_RATE, shape);
    }
    Rates rates = given.get();
    List<String> parts = Parts.of(learner);
    if (rates.areForParts() && (parts.size() == 1 || !rates.fit(parts.size()))) {
      throw new RefusedException(
          "lr",
          "lr is %s, rates for %s, but the model is %s; split it, with 'parts: head' in the file or a splitter such as Parts.head(1) in Java, or give one rate"
              .formatted(
                  rates,
                  rates.kind() == Rates.Kind.EACH
                      ? rates.numbers().size() + " parts"
                      : "several parts",
                  parts.size() == 1 ? "one part" : parts.size() + " parts, " + parts));
    }
    return ParamScheduler.of(Hyper.LEARNING_RATE, PartSchedule.shaped(rates, shape));
  }
}
