package io.antiphon.schedule;

import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/// Schedules for the parts of a model, from its input to its output: a vector as a function of
/// progress.
@FunctionalInterface
public interface PartSchedule {
  /// {@return the schedule of a part}
  ///
  /// @param part its index, from 0 at the model's input
  /// @param parts how many there are
  Schedule of(int part, int parts);

  /// {@return one schedule for every part}
  static PartSchedule same(Schedule schedule) {
    return (_, _) -> schedule;
  }

  /// {@return a schedule for each part}
  static PartSchedule each(Schedule... schedules) {
    List<Schedule> all = List.of(schedules);
    return (part, parts) -> {
      if (parts != all.size()) {
        throw new IllegalArgumentException(
            "%d schedules were given for %d parts of the model; give one for each"
                .formatted(all.size(), parts));
      }
      return all.get(part);
    };
  }

  /// {@return schedules of one shape, each for the rate of its part}
  ///
  /// @param rates the rates of the parts
  /// @param shape from a part's rate to its schedule
  static PartSchedule shaped(Rates rates, DoubleFunction<Schedule> shape) {
    return (part, parts) -> shape.apply(rates.over(parts).get(part));
  }

  /// {@return the values of all parts}
  ///
  /// @param progress in [0, 1]
  /// @param parts how many there are
  default List<Double> at(double progress, int parts) {
    return IntStream.range(0, parts).mapToObj(part -> of(part, parts).at(progress)).toList();
  }
}
