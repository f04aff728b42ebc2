package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Stateful;
import io.antiphon.torch.Autograd;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// An optimizer that updates a group in one native call, or neighbouring groups of equal
/// hyper-parameters. It remembers the same few arrays of each parameter, made before the
/// parameter's first step.
abstract sealed class FusedOptimizer implements Optimizer, Stateful<OptimizerState>
    permits FusedAdam, FusedSgd {
  private final String kind;
  private final List<ParameterGroup> groups;
  private final List<Memory> memories = new ArrayList<>();
  // The calls of a step for each selection of groups that was stepped.
  private final Map<BitSet, Calls> calls = new HashMap<>();
  private final BitSet selected = new BitSet();
  // The arrays live as long as the optimizer, whatever becomes of the model's manager.
  private final NDManager manager = NDManager.newBaseManager();
  private boolean closed;

  /// @param fuses whether libtorch's fused kernels may be used
  FusedOptimizer(String kind, List<ParameterGroup> groups, boolean fuses) {
    this.kind = kind;
    this.groups = List.copyOf(groups);
    manager.setName(kind);
    for (ParameterGroup group : groups) {
      memories.add(new Memory(group, fuses));
    }
  }

  /// {@return whether a step of the group needs memory now}
  abstract boolean remembers(ParameterGroup group);

  /// {@return fresh arrays of a parameter}
  abstract NDList fresh(NDManager owner, NDArray parameter, boolean fused);

  /// Updates some parameters by the hyper-parameters of a group.
  abstract void step(ParameterGroup group, Calls.Portion portion);

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
