package io.antiphon.core;

/// What the optimizer's step of a batch did. Schedules, averages and counters choose which they
/// follow.
public sealed interface StepResult {
  /// The weights were updated.
  record Applied() implements StepResult {}

  /// The step was left out by the one who makes it: gradients overflowed.
  record Skipped(String why) implements StepResult {}

  /// A callback cancelled the step.
  record Cancelled(String who, String why) implements StepResult {}
}
