package io.antiphon.optim;

import ai.djl.ndarray.NDList;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The native calls of a step for some groups: one for all parameters of a kind in neighbouring
/// groups whose hyper-parameters are equal.
///
/// Their lists are kept from step to step, until other parameters are trained or groups part or
/// join.
final class Calls {
  private final FusedOptimizer optimizer;
  private final List<Memory> memories;
  private final BitSet joined = new BitSet(); // by the second one's place
  private final List<Call> calls = new ArrayList<>();
  private final int[] versions;
  private boolean built;

  Calls(FusedOptimizer optimizer, List<Memory> memories) {
    this.optimizer = optimizer;
    this.memories = memories;
    this.versions = new int[memories.size()];
  }

  /// Takes a step.
  void run() {
    if (changed()) {
      build();
    }
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      optimizer.step(call.group, call.portion);
      for (Memory.Entry entry : call.firsts) {
        entry.memory().stepped(entry.place());
      }
    }
  }

  private boolean changed() {
    if (!built) {
      return true;
    }
    for (int i = 0; i < memories.size(); i++) {
      Memory memory = memories.get(i);
      if (memory.changed(optimizer.remembers(memory.group()))
          || memory.version() != versions[i]
          || joins(i) != joined.get(i)) {
        return true;
      }
    }
    return false;
  }

  private boolean joins(int place) {
    if (place == 0) {
      return false;
    }
    ParameterGroup before = memories.get(place - 1).group();
    ParameterGroup group = memories.get(place).group();
    for (Hyper hyper : group.hypers()) {
      if (before.get(hyper) != group.get(hyper)) {
        return false;
      }
    }
    return true;
  }

  private void build() {
    release();
    Map<Memory.Kind, List<Memory.Entry>> together = new LinkedHashMap<>();
    for (int i = 0; i < memories.size(); i++) {
      joined.set(i, joins(i));
      Memory memory = memories.get(i);
      for (Memory.Entry entry : memory.entries(optimizer, optimizer.remembers(memory.group()))) {
        together.computeIfAbsent(entry.kind(), _ -> new ArrayList<>()).add(entry);
      }
      versions[i] = memory.version();
      if (i + 1 == memories.size() || !joins(i + 1)) {
        together.forEach((kind, entries) ->
            calls.add(
                new Call(
                    memory.group(), portion(kind, entries), kind.first() ? entries : List.of())));
        together.clear();
      }
    }
    built = true;
  }

  /// Frees the lists, not what is remembered.
  void release() {
    built = false;
    calls.forEach(call -> call.portion.close());
    calls.clear();
  }

  /// @param firsts the parameters whose first step this is
  private record Call(
      ParameterGroup group, FusedOptimizer.Portion portion, List<Memory.Entry> firsts) {}

  private static FusedOptimizer.Portion portion(Memory.Kind kind, List<Memory.Entry> entries) {
    var parameters = new NDList();
    var columns = new ArrayList<NDList>();
    for (Memory.Entry entry : entries) {
      parameters.add(entry.parameter());
      NDList arrays = entry.arrays();
      for (int i = 0; arrays != null && i < arrays.size(); i++) {
        if (columns.size() == i) {
          columns.add(new NDList());
        }
        columns.get(i).add(arrays.get(i));
      }
    }
    return new FusedOptimizer.Portion(kind.fused(), kind.first(), parameters, columns);
  }
}
