package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Stateful;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// A base of optimizers that update a group in one native call, or all groups of equal
/// hyper-parameters. It remembers the same few arrays of each parameter, made before the
/// parameter's first step.
///
/// An optimizer of one's own says which hyper-parameters it has, what it remembers, and its step,
/// as functions for libtorch ([io.antiphon.torch.TorchScript]):
///
/// ```
/// final class SignDescent extends FusedOptimizer {
///   private static final TorchScript SCRIPT = TorchScript.compile("""
///       def step(parameters: List[Tensor], lr: float) -> List[Tensor]:
///         for p in parameters:
///           torch.add_(p, torch.sign(p.grad), alpha=torch.neg(lr))
///         return parameters
///       """);
///
///   SignDescent(List<ParameterGroup> groups, double lr) {
///     super("sign-descent", groups);
///     define(Hyper.LEARNING_RATE, lr);
///   }
///
///   @Override
///   protected void step(ParameterGroup group, Portion portion) {
///     SCRIPT.run("step", portion.parameters(), group.get(Hyper.LEARNING_RATE));
///   }
/// }
/// ```
///
/// The rest is done here: groups and their hyper-parameters that change at any time, frozen
/// parameters, those of several types and devices, turns, gradients that are not there yet (zeros),
/// a memory that is saved by the parameters' names and taken back bit for bit, and what is to be
/// closed. `Lion` is another one, with a memory.
public abstract class FusedOptimizer implements Optimizer, Stateful<OptimizerState> {
  private final String kind;
  private final List<ParameterGroup> groups;
  private final List<Memory> memories = new ArrayList<>();
  // The calls of a step for each selection of groups that was stepped.
  private final Map<BitSet, Calls> calls = new HashMap<>();
  private final BitSet selected = new BitSet();
  // The arrays live as long as the optimizer, whatever becomes of the model's manager.
  private final NDManager manager = NDManager.newBaseManager();
  private boolean closed;

  /// An optimizer of some groups.
  ///
  /// @param kind what the remembered arrays mean; a memory of another kind is not taken back
  /// @param groups what it updates
  protected FusedOptimizer(String kind, List<ParameterGroup> groups) {
    this(kind, groups, true);
  }

  /// @param fuses whether libtorch's fused kernels may be used
  FusedOptimizer(String kind, List<ParameterGroup> groups, boolean fuses) {
    this.kind = kind;
    this.groups = List.copyOf(groups);
    manager.setName(kind);
    for (ParameterGroup group : groups) {
      memories.add(new Memory(group, fuses));
    }
  }

  /// Gives every group a hyper-parameter; to be called by the constructor.
  ///
  /// @param value where a group does not fix another one
  protected final void define(Hyper hyper, double value) {
    groups.forEach(group -> group.define(hyper, value));
  }

  /// {@return whether a step of the group needs what is remembered now; it does by default}
  protected boolean remembers(ParameterGroup group) {
    return true;
  }

  /// {@return what is remembered of a parameter before its first step: a few arrays, the first one
  /// of its shape and type; none by default}
  ///
  /// @param owner who shall own them
  /// @param fused whether libtorch has fused kernels for the parameter
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return new NDList();
  }

  /// {@return which of the remembered arrays, from 0, is a number `[]` that all parameters change
  /// alike, such as a count of steps, so that one operation does; -1, the default, if none is}
  protected int numbers() {
    return -1;
  }

  /// Updates some parameters from their gradients, and what is remembered of them, in place.
  /// Nothing is recorded for gradients here.
  ///
  /// @param group whose hyper-parameters hold for all of them
  /// @param portion the parameters, of one type and device
  protected abstract void step(ParameterGroup group, Portion portion);

  /// Parameters that are updated in one call. The lists are kept from step to step; their order is
  /// the same in all.
  public static final class Portion implements AutoCloseable {
    private final boolean fused;
    private final boolean first;
    private final TorchScript.Value parameters;
    private final List<TorchScript.Value> remembered;
    private final TorchScript.Value numbers;

    /// @param numbers the array in which remembered numbers lie side by side, if there are such
    Portion(
        boolean fused, boolean first, NDList parameters, List<NDList> remembered, NDList numbers) {
      this.fused = fused;
      this.first = first;
      this.parameters = TorchScript.keep(parameters);
      this.remembered = remembered.stream().map(TorchScript::keep).toList();
      this.numbers = TorchScript.keep(numbers);
    }

    /// {@return whether libtorch has fused kernels for them: floating-point numbers on the CPU or a
    /// CUDA device}
    public boolean isFused() {
      return fused;
    }

    /// {@return whether this is their first step, for which what is remembered is as [#fresh]}
    public boolean isFirst() {
      return first;
    }

    /// {@return the parameters, a `List[Tensor]`; each has its gradient as `grad`}
    public TorchScript.Value parameters() {
      return parameters;
    }

    /// {@return an array that is remembered of each of the parameters, a `List[Tensor]`; an empty
    /// one if the step needs none now ([#remembers])}
    ///
    /// @param index which of those that [#fresh] made, from 0
    public TorchScript.Value remembered(int index) {
      return remembered.isEmpty() ? Nothing.LIST : remembered.get(index);
    }

    /// {@return the array `[N]` in which those of [FusedOptimizer#numbers] lie side by side, the
    /// only one of a `List[Tensor]`: what is written there is written in [#remembered]}
    public TorchScript.Value numbers() {
      return numbers;
    }

    @Override
    public void close() {
      parameters.close();
      remembered.forEach(TorchScript.Value::close);
      numbers.close();
    }

    private static final class Nothing {
      static final TorchScript.Value LIST = TorchScript.keep(List.of());
    }
  }

  @Override
  public final List<ParameterGroup> groups() {
    return groups;
  }

  @Override
  public final void step() {
    checkOpen();
    selected.set(0, memories.size());
    run();
  }

  @Override
  public final void step(Predicate<ParameterGroup> trains) {
    checkOpen();
    for (int i = 0; i < memories.size(); i++) {
      selected.set(i, trains.test(groups.get(i)));
    }
    run();
  }

  private void run() {
    Calls known = calls.get(selected);
    if (known == null) {
      known = new Calls(this, selected.stream().mapToObj(memories::get).toList());
      calls.put((BitSet) selected.clone(), known);
    }
    try (var _ = Autograd.off()) {
      known.run();
    }
  }

  /// Has all others that update some of the same groups begin anew, for their numbers lie
  /// elsewhere.
  void tookNumbers(Calls taker) {
    if (numbers() < 0) {
      return;
    }
    calls.values().stream()
        .filter(other -> other != taker && other.shares(taker))
        .forEach(Calls::release);
  }

  private void release() {
    calls.values().forEach(Calls::release);
    calls.clear();
  }

  @Override
  public final OptimizerState state(NDManager owner) {
    checkOpen();
    var states = new ArrayList<OptimizerState.Group>();
    try (var _ = Autograd.off()) {
      for (Memory memory : memories) {
        ParameterGroup group = memory.group();
        var settings = new ArrayList<OptimizerState.Setting>();
        for (Hyper hyper : group.hypers()) {
          settings.add(new OptimizerState.Setting(hyper.name(), group.base(hyper)));
        }
        states.add(new OptimizerState.Group(group.name(), settings, memory.save(owner)));
      }
    }
    return new OptimizerState(kind, states);
  }

  @Override
  public final void restore(OptimizerState state) {
    checkOpen();
    try (var _ = Autograd.off()) {
      check(state);
      release();
      for (int i = 0; i < memories.size(); i++) {
        OptimizerState.Group saved = state.groups().get(i);
        memories.get(i).load(this, saved.memories());
        for (OptimizerState.Setting setting : saved.settings()) {
          groups.get(i).set(new Hyper(setting.hyper()), setting.value());
        }
      }
    }
  }

  /// Refuses what does not fit, before anything has changed.
  private void check(OptimizerState state) {
    if (!state.kind().equals(kind)) {
      throw new IllegalArgumentException(
          "this is the memory of an optimizer of kind '%s', not '%s'"
              .formatted(state.kind(), kind));
    }
    List<String> there = groups.stream().map(ParameterGroup::name).toList();
    List<String> saved = state.groups().stream().map(OptimizerState.Group::name).toList();
    if (!there.equals(saved)) {
      throw new IllegalArgumentException(
          "the saved parameter groups are %s, those of this optimizer %s".formatted(saved, there));
    }
    for (int i = 0; i < memories.size(); i++) {
      memories.get(i).check(this, state.groups().get(i).memories());
      for (OptimizerState.Setting setting : state.groups().get(i).settings()) {
        groups.get(i).get(new Hyper(setting.hyper()));
      }
    }
  }

  @Override
  public final Class<OptimizerState> stateType() {
    return OptimizerState.class;
  }

  final NDManager manager() {
    return manager;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this optimizer is closed; make a new one");
    }
  }

  @Override
  public final void close() {
    closed = true;
    release();
    manager.close();
  }
}
