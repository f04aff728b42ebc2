package io.antiphon.precision;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.StepResult;
import java.lang.System.Logger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The factor on a float16 loss, which keeps small gradients from rounding to zero: as great as
/// gradients bear it. It grows after many good steps and backs off when one overflows.
///
/// The rule is that of PyTorch's `GradScaler` (Micikevicius et al., Mixed Precision Training, 2018,
/// section 3.2).
final class LossScale {
  private static final Logger LOGGER = System.getLogger(LossScale.class.getName());

  private final MixedPrecision.Options options;
  private double scale;
  private long goodSteps;

  private boolean active;
  // What the gradients of each turn are multiplied by at present; 0, and missing, while they are
  // known to be zero, or came past the scale.
  private final Map<String, Double> held = new HashMap<>();
  // Whether the gradients of this step are not finite, on the device; belongs to the batch.
  private @Nullable NDArray found;

  LossScale(MixedPrecision.Options options) {
    this.options = options;
    this.scale = options.initScale();
  }

  double value() {
    return scale;
  }

  long goodSteps() {
    return goodSteps;
  }

  Map<String, Double> held() {
    return Map.copyOf(held);
  }

  void set(double scale, long goodSteps, Map<String, Double> held) {
    this.scale = scale;
    this.goodSteps = goodSteps;
    this.held.clear();
    this.held.putAll(held);
  }

  /// Begins a run.
  ///
  /// @param active whether it needs a scale
  /// @param resumed whether it goes on, maybe with gradients; else they are zero at the start
  void begin(boolean active, boolean resumed) {
    this.active = active;
    if (!active || !resumed) {
      held.clear();
    }
    found = null;
  }

  /// Brings the gradients that are there to the scale of those that come.
  ///
  /// @return the factor on the objective, 1 for none
  double prepare(Batch batch) {
    if (!active) {
      return 1;
    }
    double former = held(batch);
    if (former != 0 && former != scale) {
      batch.gradients().scale(scale / former);
    }
    held.put(batch.turn().name(), scale);
    found = null;
    return scale;
  }

  /// Brings gradients that are kept over batches to the scale of those that come, before the step
  /// does anything with them.
  void expect(Batch batch) {
    if (held(batch) != 0) {
      var _ = prepare(batch);
    }
  }

  /// Divides the gradients by their scale and looks for what is not finite, once per step.
  void unscale(Batch batch) {
    if (active && found == null) {
      double factor = held(batch);
      found = batch.gradients().unscale(batch.manager(), factor == 0 ? 1 : 1 / factor);
      batch.fit().ranks().sum(found, "overflow"); // where one overflows, all leave the step out
      if (factor != 0) {
        held.put(batch.turn().name(), 1.0);
      }
    }
  }

  /// {@return whether the gradients of this step are not finite; waits for the device}
  boolean overflowed() {
    return found != null && found.getFloat(0) != 0;
  }

  /// Forgets what was found out about a step.
  void endStep() {
    found = null;
  }

  void gradientsAreZero(Batch batch) {
    held.remove(batch.turn().name());
  }

  private double held(Batch batch) {
    return held.getOrDefault(batch.turn().name(), 0.0);
  }

  /// Counts a step that was made.
  void good() {
    if (!active) {
      return;
    }
    goodSteps++;
    if (goodSteps >= options.growthInterval()) {
      goodSteps = 0;
      if (Double.isFinite((float) (scale * options.growth()))) {
        scale *= options.growth();
      }
    }
  }

  /// Counts a step that overflowed.
  StepResult.Skipped backOff() {
    double former = scale;
    goodSteps = 0;
    scale = Math.max(scale * options.backoff(), Float.MIN_NORMAL);
    if (former >= 1 && scale < 1) {
      LOGGER.log(
          Logger.Level.WARNING,
          "mixed-precision: gradients overflow float16 even without a loss scale; the loss may be"
              + " infinite or not a number, or the model needs bf16 or float32");
    }
    return new StepResult.Skipped(
        "gradients overflowed at loss scale %s; it is %s now".formatted(former, scale));
  }
}
