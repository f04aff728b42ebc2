package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import java.util.OptionalDouble;

/// Keeps a copy of the model as it was after its best epoch, and brings it back when the fit ends
/// normally: Keras' `restore_best_weights`, with or without early stopping.
///
/// The copy is on the learner's device and lives as long as the fit. Weights and running statistics
/// are brought back; the optimizer and the counts of epochs and steps stay where they are.
public final class BestWeights implements Callback, Stateful<BestWeights.State> {
  private final Improvement improvement;
  private final Kept kept = new Kept("best-weights");
  private int epoch = -1;

  /// What the callback remembers.
  ///
  /// @param improvement what is best so far
  /// @param epoch the index of the best epoch in its fit, -1 before the first
  /// @param weights the model's arrays after it, in the model's order; empty outside a fit
  public record State(Improvement.State improvement, int epoch, NDList weights) {}

  /// What is watched.
  @Id("best-weights")
  @Summary("brings the weights of the best epoch back when the fit ends")
  public record Options(
      @Summary("the number's column: valid_loss, train_loss, or a metric's name") String monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("by how much a value must be better to count, at least 0") double minDelta)
      implements CallbackProvider {
    public Options {
      monitor(monitor, mode, minDelta);
    }

    /// The validation loss, of which any smaller value is better.
    public Options() {
      this("valid_loss", Monitor.Mode.AUTO, 0);
    }

    private static Monitor monitor(String monitor, Monitor.Mode mode, double minDelta) {
      return new Monitor(monitor, mode, minDelta, 1);
    }

    @Override
    public Callback create() {
      return new BestWeights(monitor(monitor, mode, minDelta));
    }
  }

  /// @param monitor what is watched; its patience does not matter
  public BestWeights(Monitor monitor) {
    improvement = new Improvement(monitor, false);
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  /// {@return the best value of this fit, or of the last one}
  public OptionalDouble best() {
    return improvement.best();
  }

  /// {@return the index of the best epoch in this fit, or in the last one; -1 before the first}
  public int epoch() {
    return epoch;
  }

  @Override
  public void check(Learner learner) {
    improvement.monitor().check(learner, "monitor");
  }

  @Override
  public void beforeFit(Fit fit) {
    improvement.begin(fit);
    if (kept.isEmpty()) {
      epoch = -1;
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (improvement.see(epoch)) {
      this.epoch = epoch.fit().epochIndex();
      kept.hold(arrays(epoch.fit().learner()));
    }
  }

  @Override
  public void afterFit(Fit fit) {
    if (!kept.isEmpty()) {
      Copies.write(kept.arrays(), arrays(fit.learner()));
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    improvement.end();
    kept.drop();
  }

  private static NDList arrays(Learner learner) {
    var arrays = new NDList();
    for (Parameter parameter : learner.model().getParameters().values()) {
      arrays.add(parameter.getArray());
    }
    return arrays;
  }

  @Override
  public State state(NDManager owner) {
    return new State(improvement.state(), epoch, kept.copy(owner));
  }

  @Override
  public void restore(State state) {
    improvement.restore(state.improvement());
    epoch = state.epoch();
    kept.hold(state.weights());
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
