package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The native calls of a step for some groups: one for all parameters of a kind in groups whose
/// hyper-parameters are equal, neighbours or not.
///
/// Their lists are kept from step to step, until other parameters are trained or groups part or
/// join.
final class Calls {
  // One addition for all counts of steps, where libtorch makes one for each.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def side_by_side(numbers: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
            flat = torch.stack(numbers)
            views = annotate(List[Tensor], [])
            for i in range(torch.len(numbers)):
              views.append(torch.set_(numbers[i], flat, i, []))
            return (flat, views)
          """);

  private final FusedOptimizer optimizer;
  private final List<Memory> memories;
  private final int[] leaders; // of each group, the first one of equal hyper-parameters
  private final long[] signatures; // of the leaders, in order
  private final List<Call> calls = new ArrayList<>();
  private final int[] versions;
  private boolean built;

  Calls(FusedOptimizer optimizer, List<Memory> memories) {
    this.optimizer = optimizer;
    this.memories = memories;
    this.versions = new int[memories.size()];
    this.leaders = new int[memories.size()];
    this.signatures = new long[memories.size()];
  }

  /// {@return how many native calls a step takes}
  int count() {
    return calls.size();
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
          || !areEqual(group(i), group(leaders[i]))) {
        return true;
      }
    }
    return leadersMet();
  }

  /// {@return whether groups that were apart have become equal}
  private boolean leadersMet() {
    int count = 0;
    for (int i = 0; i < leaders.length; i++) {
      if (leaders[i] == i) {
        signatures[count++] = signature(group(i));
      }
    }
    Arrays.sort(signatures, 0, count);
    for (int i = 1; i < count; i++) {
      if (signatures[i] == signatures[i - 1]) {
        return true;
      }
    }
    return false;
  }

  // One word for each, so that the comparison of many groups stays cheap at every step.
  private static long signature(ParameterGroup group) {
    long signature = 0;
    for (Hyper hyper : group.hypers()) {
      long bits = Double.doubleToLongBits(group.get(hyper) + 0.0); // -0.0 equals 0.0
      signature = 0x9E3779B97F4A7C15L * (signature ^ signature >>> 29 ^ bits);
    }
    return signature;
  }

  private static boolean areEqual(ParameterGroup one, ParameterGroup other) {
    if (one == other) {
      return true;
    }
    for (Hyper hyper : one.hypers()) {
      if (one.get(hyper) != other.get(hyper)) {
        return false;
      }
    }
    return true;
  }

  private ParameterGroup group(int place) {
    return memories.get(place).group();
  }

  private int leader(int place) {
    for (int i = 0; i < place; i++) {
      if (leaders[i] == i && areEqual(group(place), group(i))) {
        return i;
      }
    }
    return place;
  }

  private void build() {
    release();
    var together = new LinkedHashMap<Integer, Map<Memory.Kind, List<Memory.Entry>>>();
    for (int i = 0; i < memories.size(); i++) {
      leaders[i] = leader(i);
      Memory memory = memories.get(i);
      Map<Memory.Kind, List<Memory.Entry>> kinds =
          together.computeIfAbsent(leaders[i], _ -> new LinkedHashMap<>());
      for (Memory.Entry entry : memory.entries(optimizer, optimizer.remembers(memory.group()))) {
        kinds.computeIfAbsent(entry.kind(), _ -> new ArrayList<>()).add(entry);
      }
      versions[i] = memory.version();
    }
    together.forEach((leader, kinds) ->
        kinds.forEach((kind, entries) ->
            calls.add(
                new Call(
                    group(leader), portion(kind, entries), kind.first() ? entries : List.of()))));
    built = true;
    optimizer.tookNumbers(this);
  }

  /// {@return whether another one updates some group of these}
  boolean shares(Calls other) {
    return memories.stream().anyMatch(other.memories::contains);
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

  private FusedOptimizer.Portion portion(Memory.Kind kind, List<Memory.Entry> entries) {
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
    var numbers = new NDList();
    if (optimizer.numbers() >= 0 && !columns.isEmpty()) {
      numbers.add(sideBySide(columns.get(optimizer.numbers())));
    }
    try (numbers) {
      return new FusedOptimizer.Portion(kind.fused(), kind.first(), parameters, columns, numbers);
    }
  }

  /// {@return an array in which numbers lie, of which they are views from now on}
  private static NDArray sideBySide(NDList numbers) {
    return SCRIPT.call(numbers.head().getManager(), "side_by_side", numbers).head();
  }
}
