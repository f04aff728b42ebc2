package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Stateful;
import io.antiphon.core.StepResult;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import java.util.Collection;
import java.util.List;

/// Lookahead over whatever optimizer there is (Zhang et al., "Lookahead Optimizer: k steps forward,
/// 1 step back", NeurIPS 2019, algorithm 1).
///
/// Slow weights start as the weights that the fit starts with. After every k steps that were made,
/// slow ← slow + alpha · (weight − slow), and weight ← slow. What the optimizer remembers goes on.
/// With `radam` it is what fastai calls Ranger.
///
/// A parameter that is frozen when k steps are over stays as it is.
public final class Lookahead implements Callback, Stateful<Lookahead.State> {
  private final int k;
  private final double alpha;
  private final Kept slow = new Kept("lookahead");
  private int steps;
  private Collection<Parameter> parameters = List.of();

  /// How far, and how far back.
  @Id("lookahead")
  @Summary("goes k steps, then back to a part of the way, with any optimizer")
  public record Options(
      @Summary("after how many steps the weights go back, at least 1") int k,
      @Summary("the part of the way that stays, in (0, 1]") double alpha)
      implements CallbackProvider {
    public Options {
      Check.atLeast("k", k, 1);
      Check.upTo("alpha", alpha, 0, 1);
    }

    /// Half of the way, after six steps.
    public Options() {
      this(6, 0.5);
    }

    @Override
    public Callback create() {
      return new Lookahead(k, alpha);
    }
  }

  /// What the callback remembers.
  ///
  /// @param steps how many steps were made since the weights last went back
  /// @param slow the slow weights of all parameters of the model, in its order; empty outside a fit
  public record State(int steps, NDList slow) {}

  /// @param k after how many steps the weights go back, at least 1
  /// @param alpha the part of the way that stays, in (0, 1]
  public Lookahead(int k, double alpha) {
    this.k = Check.atLeast("k", k, 1);
    this.alpha = Check.upTo("alpha", alpha, 0, 1);
  }

  @Override
  public void check(Learner learner) {
    if (learner.step().turns().size() > 1) {
      throw new IllegalStateException(
          "lookahead counts the steps of one optimizer; leave it out where a training step has several turns");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    parameters = fit.learner().model().getParameters().values();
    if (slow.isEmpty()) {
      slow.hold(arrays());
    }
  }

  @Override
  public void afterStep(Batch batch) {
    if (batch.stepResult() instanceof StepResult.Applied && ++steps == k) {
      steps = 0;
      goBack();
    }
  }

  private void goBack() {
    var fast = new NDList();
    var behind = new NDList();
    int place = 0;
    for (Parameter parameter : parameters) {
      if (parameter.requiresGradient()) {
        fast.add(parameter.getArray());
        behind.add(slow.arrays().get(place));
      }
      place++;
    }
    Copies.follow(behind, fast, alpha);
    Copies.write(behind, fast);
  }

  private NDList arrays() {
    var arrays = new NDList();
    parameters.forEach(parameter -> arrays.add(parameter.getArray()));
    return arrays;
  }

  @Override
  public void cleanupFit(Fit fit) {
    parameters = List.of();
    steps = 0;
    slow.drop();
  }

  @Override
  public State state(NDManager owner) {
    return new State(steps, slow.copy(owner));
  }

  @Override
  public void restore(State state) {
    steps = state.steps();
    slow.hold(state.slow());
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
