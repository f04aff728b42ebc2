package io.antiphon.watch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.TorchScript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Euclidean norms of each parameter group at some steps: of its gradients as the step gets them,
/// of its weights before it, and of what the step changes in relation to the weights, which is some
/// 0.001 in a training that goes well.
///
/// They are read from the device at an epoch's end, and written into a CSV file:
/// `step,group,gradient,weight,update_ratio`. The numbers of the whole model are the columns
/// `train_gradient_norm`, `train_weight_norm` and `train_update_ratio` of the epoch, as means of
/// the steps that were looked at.
public final class Norms implements Callback, Stateful<Norms.State> {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def norm(arrays: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(arrays, 2.)), 2.)
          def difference(arrays: List[Tensor], others: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(torch._foreach_sub(arrays, others), 2.)), 2.)
          def row(gradient: Tensor, weight: Tensor, change: Tensor) -> Tensor:
            return torch.to(torch.stack([gradient, weight, torch.div(change, weight)]), 6)
          def whole(norms: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(norms), 2.)
          """);

  // what the step gets: after all that changes gradients
  private static final Order ORDER = Order.RECORD;

  private final Options options;
  private final Sheet sheet;
  private final Map<String, Rows> rows = new LinkedHashMap<>();
  private final List<Looked> looked = new ArrayList<>();
  private @Nullable NDManager scratch;
  private @Nullable Pass training;
  private long next; // the step from which on one is looked at

  /// What the callback remembers.
  ///
  /// @param next the step from which on one is looked at
  public record State(long next) {}

  /// How often, and where to.
  @Id("norms")
  @Summary("writes norms of gradients and weights and the ratio of updates, by parameter group")
  public record Options(
      @Summary("the CSV file; by default norms.csv in the run's folder") Path file,
      @Summary("every how many steps, at least 1; of steps of several batches the next one made")
          int every)
      implements CallbackProvider {
    public Options {
      Check.atLeast("every", every, 1);
    }

    /// Every tenth step.
    public Options() {
      this(Path.of("norms.csv"), 10);
    }

    /// {@return the same into another file}
    public Options file(Path file) {
      return new Options(file, every);
    }

    /// {@return the same at other steps}
    public Options every(int every) {
      return new Options(file, every);
    }

    @Override
    public Callback create() {
      return new Norms(this);
    }
  }

  /// A group before a step.
  private record Looked(
      String group, NDList weights, NDList before, NDArray gradient, NDArray weight) {}

  public Norms(Options options) {
    this.options = options;
    sheet = new Sheet(options.file());
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public List<String> reports() {
    return List.of("gradient_norm", "weight_norm", "update_ratio");
  }

  @Override
  public void beforeFit(Fit fit) {
    sheet.begin(fit, "step,group,gradient,weight,update_ratio");
    rows.clear();
    if (!fit.isResumed()) {
      next = Math.ceilDiv(fit.learner().stepsDone(), options.every()) * (long) options.every();
    }
  }

  @Override
  public void beforeStep(Batch batch) {
    long step = batch.fit().learner().stepsDone();
    looked.clear();
    if (step < next) {
      return;
    }
    next = (step / options.every() + 1) * options.every(); // a step may be of several batches
    NDManager owner = batch.manager().newSubManager();
    scratch = owner;
    NDList gradients = batch.gradients().arrays(owner);
    int place = 0;
    try (var _ = Autograd.off()) {
      for (ParameterGroup group : batch.fit().optimizer().groups()) {
        NDList weights = group.trainable();
        if (!weights.isEmpty()) {
          NDList its = gradients.subNDList(place, place + weights.size());
          place += weights.size();
          looked.add(
              new Looked(
                  group.name(),
                  weights,
                  Copies.of(weights, owner),
                  norm(owner, its),
                  norm(owner, weights)));
        }
      }
    }
  }

  private static NDArray norm(NDManager owner, NDList arrays) {
    return SCRIPT.call(owner, "norm", arrays).head();
  }

  @Override
  public void afterStep(Batch batch) {
    NDManager owner = scratch;
    if (owner == null || looked.isEmpty()) {
      return;
    }
    long step = batch.fit().learner().stepsDone();
    var gradients = new NDList();
    var weights = new NDList();
    var changes = new NDList();
    try (var _ = Autograd.off()) {
      for (Looked each : looked) {
        NDArray change = SCRIPT.call(owner, "difference", each.weights, each.before).head();
        gradients.add(each.gradient);
        weights.add(each.weight);
        changes.add(change);
        rows.computeIfAbsent(each.group, _ -> new Rows())
            .add(
                step,
                SCRIPT.call(owner, "row", each.gradient, each.weight, change).head(),
                batch.pass().manager());
      }
      NDArray gradient = whole(batch, gradients);
      NDArray weight = whole(batch, weights);
      batch.report("gradient_norm", gradient);
      batch.report("weight_norm", weight);
      batch.report("update_ratio", whole(batch, changes).div(weight));
    }
  }

  private static NDArray whole(Batch batch, NDList norms) {
    return SCRIPT.call(batch.manager(), "whole", norms).head();
  }

  @Override
  public void cleanupStep(Batch batch) {
    looked.clear();
    if (scratch != null) {
      scratch.close();
      scratch = null;
    }
  }

  @Override
  public void beforeTrain(Pass pass) {
    training = pass;
  }

  @Override
  public void afterTrain(Pass pass) {
    write(pass);
  }

  private void write(Pass pass) {
    rows.forEach((group, its) ->
        its.drain(pass.manager(), (step, row) -> sheet.line(step, group, row[0], row[1], row[2])));
    sheet.flush();
  }

  @Override
  public State state(NDManager owner) {
    if (training != null) {
      write(training); // whoever goes on from here has what was before
    }
    return new State(next);
  }

  @Override
  public void restore(State state) {
    next = state.next();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public void cleanupTrain(Pass pass) {
    rows.values().forEach(Rows::forget);
    training = null;
  }
}
