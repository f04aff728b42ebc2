package io.antiphon.core;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// A metric that is computed from others.
///
/// @param name of its column
/// @param isHigherBetter whether greater is better
/// @param formula from the values of the others
/// @param metrics the others
record FromMetrics(
    String name, boolean isHigherBetter, ToDoubleFunction<double[]> formula, List<Metric> metrics)
    implements Metric {
  @Override
  public void reset(Pass pass) {
    metrics.forEach(metric -> metric.reset(pass));
  }

  @Override
  public void add(Batch batch) {
    metrics.forEach(metric -> metric.add(batch));
  }

  @Override
  public boolean addsUp() {
    return metrics.stream().allMatch(Metric::addsUp);
  }

  @Override
  public void addUp(Ranks ranks) {
    metrics.forEach(metric -> metric.addUp(ranks));
  }

  @Override
  public double value() {
    return formula.applyAsDouble(metrics.stream().mapToDouble(Metric::value).toArray());
  }
}
