package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import io.antiphon.core.Batch;
import io.antiphon.core.Metric;
import io.antiphon.core.Pass;
import java.util.Locale;

/// Any evaluator of DJL as a metric.
///
/// DJL's losses are averaged here, over samples and on the device. Other evaluators sum by their
/// own rules; most of them wait for the device at every batch.
public final class EvaluatorMetric implements Metric {
  private static final String KEY = "antiphon";

  private final Evaluator evaluator;
  private final String name;
  private final boolean higherBetter;
  private long samples;

  private EvaluatorMetric(Evaluator evaluator, String name, boolean higherBetter) {
    this.evaluator = evaluator;
    this.name = name;
    this.higherBetter = higherBetter;
  }

  /// {@return a metric whose column is the evaluator's name in snake_case; less is better for a
  /// [Loss], else more}
  public static Metric of(Evaluator evaluator) {
    return of(evaluator, snakeCase(evaluator.getName()), !(evaluator instanceof Loss));
  }

  /// {@return a metric}
  ///
  /// @param name the name of its column
  /// @param higherBetter whether greater is better
  public static Metric of(Evaluator evaluator, String name, boolean higherBetter) {
    if (evaluator instanceof Loss loss) {
      return new LossMetric(name, (predictions, targets) -> loss.evaluate(targets, predictions));
    }
    return new EvaluatorMetric(evaluator, name, higherBetter);
  }

  private static String snakeCase(String name) {
    return name.strip()
        .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .replaceAll("[^A-Za-z0-9]+", "_")
        .toLowerCase(Locale.ROOT);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void reset(Pass pass) {
    evaluator.addAccumulator(KEY);
    samples = 0;
  }

  @Override
  public void add(Batch batch) {
    for (NDArray each : batch.predictions()) {
      // DJL has no name for bfloat16, and much of it ends the JVM on it.
      if (each.getDataType() == DataType.UNKNOWN) {
        throw new IllegalArgumentException(
            ("DJL's evaluator '%s' does not take bfloat16 predictions; use one of Antiphon's "
                    + "metrics, or full precision")
                .formatted(evaluator.getName()));
      }
    }
    evaluator.updateAccumulator(KEY, batch.targets(), batch.predictions());
    samples += batch.size();
  }

  @Override
  public double value() {
    return samples == 0 ? Double.NaN : evaluator.getAccumulator(KEY);
  }

  @Override
  public boolean isHigherBetter() {
    return higherBetter;
  }

  @Override
  public String toString() {
    return name;
  }
}
