package io.antiphon.schedule;

import io.antiphon.core.Callback;
import io.antiphon.core.Chart;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Replacement;
import io.antiphon.core.Tunable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.ObjDoubleConsumer;
import java.util.stream.Collectors;

/// A number and its schedule.
sealed interface Track {
  Replacement replaces();

  /// {@return what this sets in a learner: once, or for each part of its model}
  ///
  /// @throws IllegalArgumentException if there is no such number; the message names those that are
  ///   there
  List<Bound> bind(Learner learner);

  /// A hyper-parameter.
  ///
  /// @param group of which group, or of [Replacement#EVERY_GROUP]
  record OfHyper(Hyper hyper, String group, PartSchedule schedule) implements Track {
    @Override
    public Replacement replaces() {
      return Replacement.hyper(hyper, group);
    }

    @Override
    public List<Bound> bind(Learner learner) {
      if (!group.equals(Replacement.EVERY_GROUP)) {
        ParameterGroup one = learner.optimizer().group(group);
        one.get(hyper);
        return List.of(
            new Bound(
                hyper + " of " + group,
                Limits.of(hyper),
                schedule.of(0, 1),
                (fit, value) -> fit.set(one, hyper, value)));
      }
      List<String> parts = Parts.of(learner);
      var bound = new ArrayList<Bound>();
      for (int i = 0; i < parts.size(); i++) {
        String part = parts.get(i);
        List<ParameterGroup> groups =
            learner.optimizer().having(hyper).stream()
                .filter(each -> each.part().equals(part))
                .filter(each -> !each.fixes(hyper))
                .toList();
        if (!groups.isEmpty()) {
          bound.add(
              new Bound(
                  parts.size() == 1 ? hyper.name() : hyper + " of " + part,
                  Limits.of(hyper),
                  schedule.of(i, parts.size()),
                  (fit, value) -> groups.forEach(each -> fit.set(each, hyper, value))));
        }
      }
      return bound;
    }
  }

  /// A hyper-parameter of every group that does not fix it and has more than 0 of it, from each
  /// group's own value.
  ///
  /// @param shape from a group's own value to its schedule
  record OfOwn(Hyper hyper, DoubleFunction<Schedule> shape) implements Track {
    @Override
    public Replacement replaces() {
      return Replacement.hyper(hyper, Replacement.EVERY_GROUP);
    }

    static boolean isOn(Hyper hyper, ParameterGroup group) {
      return !group.fixes(hyper) && group.hypers().contains(hyper) && group.base(hyper) != 0;
    }

    @Override
    public List<Bound> bind(Learner learner) {
      List<String> parts = Parts.of(learner);
      var bound = new ArrayList<Bound>();
      for (String part : parts) {
        Map<Double, List<ParameterGroup>> byValue =
            learner.optimizer().groups().stream()
                .filter(each -> each.part().equals(part) && isOn(hyper, each))
                .collect(
                    Collectors.groupingBy(
                        each -> each.base(hyper), LinkedHashMap::new, Collectors.toList()));
        byValue.forEach((own, groups) -> {
          String whole = parts.size() == 1 ? hyper.name() : hyper + " of " + part;
          bound.add(
              new Bound(
                  byValue.size() == 1 ? whole : hyper + " of " + groups.getFirst().name(),
                  Limits.of(hyper),
                  shape.apply(own),
                  (fit, value) -> groups.forEach(each -> fit.set(each, hyper, value))));
        });
      }
      return bound;
    }
  }

  /// A number that a callback offers.
  record OfCallback(String callback, String tunable, Schedule schedule) implements Track {
    @Override
    public Replacement replaces() {
      return Replacement.tunable(callback, tunable);
    }

    @Override
    public List<Bound> bind(Learner learner) {
      List<Callback> owners =
          learner.callbacks().stream().filter(each -> each.name().equals(callback)).toList();
      if (owners.isEmpty()) {
        List<String> there =
            learner.callbacks().stream()
                .flatMap(
                    each -> each.tunables().stream().map(its -> each.name() + "." + its.name()))
                .toList();
        throw new IllegalArgumentException(
            "there is no callback '%s' whose %s a schedule could set; %s"
                .formatted(
                    callback,
                    tunable,
                    there.isEmpty() ? "no callback here offers a number" : "there are " + there));
      }
      List<Tunable> offered = owners.stream().flatMap(owner -> owner.tunables().stream()).toList();
      List<Tunable> chosen = offered.stream().filter(each -> each.name().equals(tunable)).toList();
      if (chosen.isEmpty()) {
        throw new IllegalArgumentException(
            "callback '%s' offers no number '%s'; it offers %s"
                .formatted(callback, tunable, offered.stream().map(Tunable::name).toList()));
      }
      return List.of(
          new Bound(
              callback + "." + tunable,
              Limits.of(chosen.getFirst()),
              schedule,
              (fit, value) -> chosen.forEach(each -> fit.set(each, value))));
    }
  }

  /// What values a number may have.
  ///
  /// @param least the least
  /// @param most the greatest
  /// @param text both, for a sentence
  record Limits(double least, double most, String text) {
    private static final Limits FINITE =
        new Limits(-Double.MAX_VALUE, Double.MAX_VALUE, "a finite number");
    private static final Limits FROM_0 = new Limits(0, Double.MAX_VALUE, "0 or more");
    private static final Limits BELOW_1 = new Limits(0, Math.nextDown(1.0), "in [0, 1)");

    static Limits of(Hyper hyper) {
      if (hyper.equals(Hyper.MOMENTUM) || hyper.equals(Hyper.SQUARED_MOMENTUM)) {
        return BELOW_1;
      }
      return KNOWN.contains(hyper) ? FROM_0 : FINITE;
    }

    static Limits of(Tunable tunable) {
      return new Limits(
          tunable.least(),
          tunable.most(),
          "in [%s, %s]".formatted(Chart.number(tunable.least()), Chart.number(tunable.most())));
    }

    private static final Set<Hyper> KNOWN =
        Set.of(Hyper.LEARNING_RATE, Hyper.WEIGHT_DECAY, Hyper.EPSILON);
  }

  /// A schedule and the very numbers that it sets.
  final class Bound {
    private static final int GRID = 60;
    private static final double LAST = 1 - 1e-6; // no batch is at 1

    private final String label;
    private final Limits limits;
    private final Schedule schedule;
    private final ObjDoubleConsumer<Fit> setter;
    private double value;

    Bound(String label, Limits limits, Schedule schedule, ObjDoubleConsumer<Fit> setter) {
      this.label = label;
      this.limits = limits;
      this.schedule = schedule;
      this.setter = setter;
    }

    void set(Fit fit, double progress) {
      value = schedule.at(progress);
      setter.accept(fit, value);
    }

    /// Refuses a schedule that leaves the limits anywhere on a grid.
    void check() {
      for (int i = 0; i <= GRID; i++) {
        double progress = Math.min(LAST, (double) i / GRID);
        double there = schedule.at(progress);
        if (!(there >= limits.least && there <= limits.most)) {
          throw new IllegalArgumentException(
              "%s by %s is %s at progress %s, not %s"
                  .formatted(
                      label,
                      schedule,
                      Chart.number(there),
                      Chart.number((double) i / GRID),
                      limits.text));
        }
      }
    }

    /// {@return the value that was set last}
    double value() {
      return value;
    }

    String label() {
      return label;
    }

    Schedule schedule() {
      return schedule;
    }
  }
}
