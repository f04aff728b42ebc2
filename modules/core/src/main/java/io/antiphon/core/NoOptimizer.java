package io.antiphon.core;

import java.util.List;

/// The optimizer of a learner that only predicts and validates.
final class NoOptimizer implements Optimizer {
  @Override
  public List<ParameterGroup> groups() {
    return List.of();
  }

  @Override
  public void step() {
    throw new IllegalStateException(
        "this learner has no optimizer: call optimizer(…) on the builder");
  }

  @Override
  public void close() {}
}
