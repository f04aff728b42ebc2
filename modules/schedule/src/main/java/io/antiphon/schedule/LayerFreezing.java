package io.antiphon.schedule;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.List;

/// Freezes parts of a model by a schedule, from epoch to epoch: the share of its parts, all but the
/// last, that are frozen, the first ones first.
///
/// From 1 to 0 it unfreezes a model part by part from its head on (Howard and Ruder, "Universal
/// Language Model Fine-tuning", 2018); from 0 to 1 it leaves the early layers alone once they have
/// settled, as Composer's `LayerFreezing`, which makes the late epochs faster. With n parts, ⌊share
/// · (n − 1)⌋ are frozen. When the fit ends, on every way out, what was frozen before is frozen
/// again, and nothing else.
public final class LayerFreezing implements Callback, Stateful<LayerFreezing.State> {
  private static final double DUST = 1e-9;

  private final Schedule share;
  private final Norms norms;
  private List<String> frozen = List.of();
  private boolean changed;

  /// How much is frozen, and when.
  @Id("layer-freezing")
  @Summary("freezes parts of the model by a schedule, epoch by epoch; needs parts")
  public record Options(
      @Summary("the share of the parts, but the last, that is frozen: linear(1, 0) unfreezes")
          String by,
      @Summary("whether norms of frozen parts are trained all the same") Norms norms)
      implements CallbackProvider {
    public Options {
      schedule(by);
    }

    /// Unfreezes part by part; norms are trained all the same.
    public Options() {
      this("linear(1, 0)", Norms.TRAIN);
    }

    private static Schedule schedule(String by) {
      try {
        return Schedule.parse(by);
      } catch (IllegalArgumentException e) {
        throw new RefusedException("by", "by is '%s': %s".formatted(by, e.getMessage()), e);
      }
    }

    @Override
    public Callback create() {
      return new LayerFreezing(schedule(by), norms);
    }
  }

  /// What the callback remembers in a fit.
  ///
  /// @param changed whether it has begun
  /// @param frozen the names of the parameters that were frozen before
  public record State(boolean changed, List<String> frozen) {
    public State {
      frozen = List.copyOf(frozen);
    }
  }

  /// @param share the share of the parts, all but the last, that is frozen, in [0, 1]
  /// @param norms what becomes of norms in the frozen parts
  public LayerFreezing(Schedule share, Norms norms) {
    this.share = share;
    this.norms = norms;
  }

  @Override
  public void check(Learner learner) {
    if (Parts.of(learner).size() < 2) {
      throw new IllegalStateException(
          "layer-freezing needs a model in at least 2 parts, and this learner has %s; give its builder a splitter, Parts.byDepth(3) for one, or the experiment parts"
              .formatted(Parts.of(learner)));
    }
  }

  @Override
  public String explain(Learner learner) {
    return "freezes %s of the parts %s".formatted(share, Parts.of(learner));
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    if (changed) {
      return; // it goes on
    }
    var names = new ArrayList<String>();
    for (ParameterGroup group : fit.optimizer().groups()) {
      for (var each : group.parameters()) {
        if (!each.getValue().requiresGradient()) {
          names.add(each.getKey());
        }
      }
    }
    frozen = List.copyOf(names);
    changed = true;
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    if (epoch.isResumed()) {
      return; // the checkpoint has what its beginning froze
    }
    Fit fit = epoch.fit();
    double now = Math.clamp(share.at(fit.pctTrain()), 0, 1);
    int parts = Parts.of(fit.learner()).size();
    Freezing.to(fit.learner(), (int) Math.floor(now * (parts - 1) + DUST), norms);
  }

  @Override
  public void cleanupFit(Fit fit) {
    if (!changed) {
      return;
    }
    for (ParameterGroup group : fit.optimizer().groups()) {
      for (var each : group.parameters()) {
        Parameter parameter = each.getValue();
        boolean freeze = frozen.contains(each.getKey());
        if (parameter.requiresGradient() == freeze) {
          parameter.freeze(freeze);
        }
      }
    }
    changed = false;
    frozen = List.of();
  }

  @Override
  public State state(NDManager owner) {
    return new State(changed, frozen);
  }

  @Override
  public void restore(State state) {
    changed = state.changed();
    frozen = state.frozen();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
