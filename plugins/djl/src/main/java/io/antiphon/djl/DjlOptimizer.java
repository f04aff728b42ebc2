package io.antiphon.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.tracker.Tracker;
import io.antiphon.core.Check;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.Autograd;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One of DJL's optimizers in this loop.
///
/// What it cannot give:
///
/// - to go on from a checkpoint: DJL keeps what it remembers to itself, so moments begin anew where
///   a run goes on, and a snapshot does not bring them back;
/// - a fused step: it updates array by array, several times slower than `AdamW` and its kin;
/// - hyper-parameters that a schedule or another callback sets, but for the learning rate if it is
///   made by [#of(double, Function)];
/// - the memory back before the learner is closed: it belongs to the model's manager.
///
/// On PyTorch DJL has SGD, Adam and AdamW; its other optimizers fail there.
public final class DjlOptimizer implements Optimizer {
  private final ai.djl.training.optimizer.Optimizer optimizer;
  private final List<ParameterGroup> groups;
  private final @Nullable Rate rate;

  private DjlOptimizer(
      ai.djl.training.optimizer.Optimizer optimizer,
      List<ParameterGroup> groups,
      @Nullable Rate rate) {
    this.optimizer = optimizer;
    this.groups = List.copyOf(groups);
    this.rate = rate;
  }

  /// The learning rate of the group that is updated.
  private static final class Rate implements Tracker {
    private @Nullable ParameterGroup group;

    @Override
    public float getNewValue(int updates) {
      return group == null ? 0 : (float) group.get(Hyper.LEARNING_RATE);
    }
  }

  /// {@return a factory of optimizers whose learning rates this loop sets: by group, by a policy, a
  /// schedule or any callback}
  ///
  /// @param lr the learning rate to begin with, at least 0
  /// @param optimizer makes DJL's optimizer, anew at each call, with the learning rate that it is
  ///   given
  public static Factory of(
      double lr, Function<Tracker, ai.djl.training.optimizer.Optimizer> optimizer) {
    Check.atLeast("lr", lr, 0);
    return groups -> {
      groups.forEach(group -> group.define(Hyper.LEARNING_RATE, lr));
      var rate = new Rate();
      return new DjlOptimizer(optimizer.apply(rate), groups, rate);
    };
  }

  /// {@return a factory of optimizers with learning rates of their own, which count their updates
  /// from the start of the learner}
  ///
  /// @param optimizer makes DJL's optimizer, anew at each call
  public static Factory of(Supplier<ai.djl.training.optimizer.Optimizer> optimizer) {
    return groups -> new DjlOptimizer(optimizer.get(), groups, null);
  }

  @Override
  public List<ParameterGroup> groups() {
    return groups;
  }

  @Override
  public void step() {
    try (var _ = Autograd.off()) {
      for (ParameterGroup group : groups) {
        if (rate != null) {
          rate.group = group;
        }
        for (var each : group.parameters()) {
          Parameter parameter = each.getValue();
          if (parameter.requiresGradient()) {
            update(each.getKey(), parameter.getArray());
          }
        }
      }
    }
  }

  private void update(String name, NDArray weight) {
    try (NDArray gradient = weight.getGradient()) {
      optimizer.update(name, weight, gradient);
    }
  }

  /// Does nothing: what it remembers is the model's manager's.
  @Override
  public void close() {}
}
