package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Order;
import io.antiphon.core.Pass;
import io.antiphon.core.Stateful;
import io.antiphon.core.StepResult;
import io.antiphon.core.Weights;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import org.jspecify.annotations.Nullable;

/// Keeps an exponential moving average of the weights (Polyak averaging; Tarvainen and Valpola,
/// 2017), which validates better than the weights themselves, and leaves it in the model at the
/// fit's end.
///
/// After each step that was made, average ← decay · average + (1 − decay) · weight. It starts as
/// the weights that the fit starts with. Running statistics are not averaged but taken as they are.
///
/// From `BEFORE_VALIDATE` to the epoch's cleanup the averages are the model's weights: validation
/// scores them, and who keeps the best epoch's weights keeps those that were scored. Then the
/// weights are back, whatever happened.
public final class Ema implements Callback, Stateful<Ema.State> {
  // before those that look at an epoch's end, such as best-weights
  private static final Order ORDER = Order.at(400);

  private final double decay;
  private final boolean keep;
  private final Kept averages = new Kept("ema");
  private boolean swapped;
  private @Nullable NDList weights;

  /// How slowly the average follows.
  @Id("ema")
  @Summary("validates, and ends, with an exponential moving average of the weights")
  public record Options(
      @Summary("part of the average that stays at each step, in [0, 1)") double decay,
      @Summary("whether the model has the averages as its weights when the fit ends") boolean keep)
      implements CallbackProvider {
    public Options {
      Check.below("decay", decay, 0, 1);
    }

    /// Decay 0.999; the averages are kept.
    public Options() {
      this(0.999, true);
    }

    @Override
    public Callback create() {
      return new Ema(this);
    }
  }

  /// What the callback remembers.
  ///
  /// @param averages the averages of all arrays of the model, in its order; while they are the
  ///   model's weights, the weights instead; empty outside a fit
  /// @param swapped whether the averages are the model's weights at present
  public record State(NDList averages, boolean swapped) {}

  public Ema(Options options) {
    this.decay = options.decay();
    this.keep = options.keep();
  }

  /// @param decay part of the average that stays at each step, in [0, 1)
  public Ema(double decay) {
    this(new Options(decay, true));
  }

  @Override
  public String name() {
    return "ema";
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public void beforeFit(Fit fit) {
    NDList current = Weights.learned(fit.model());
    weights = current;
    if (averages.isEmpty()) {
      averages.hold(current);
    }
    back(); // restored in the middle of an epoch's end
  }

  @Override
  public void afterStep(Batch batch) {
    if (batch.stepResult() instanceof StepResult.Applied) {
      Copies.follow(averages.arrays(), current(), 1 - decay);
    }
  }

  @Override
  public void beforeValidate(Pass pass) {
    if (!swapped) {
      swap();
    }
  }

  @Override
  public void cleanupEpoch(Epoch epoch) {
    back();
  }

  @Override
  public void afterFit(Fit fit) {
    back();
    if (keep && weights != null) {
      Copies.write(averages.arrays(), weights);
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    back();
    weights = null;
    averages.drop();
    swapped = false;
  }

  private NDList current() {
    NDList found = weights;
    if (found == null) {
      throw new IllegalStateException("there are averages in a fit only");
    }
    return found;
  }

  private void back() {
    if (swapped && weights != null) {
      swap();
    }
  }

  private void swap() {
    Copies.swap(averages.arrays(), current());
    swapped = !swapped;
  }

  @Override
  public State state(NDManager owner) {
    return new State(averages.copy(owner), swapped);
  }

  @Override
  public void restore(State state) {
    averages.hold(state.averages());
    swapped = state.swapped();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public boolean followsWeights() {
    return true;
  }
}
