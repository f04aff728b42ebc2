package io.antiphon.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.Copies;
import io.antiphon.torch.Gradients;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an optimizer remembers of a parameter group.
final class Memory {
  private final ParameterGroup group;
  private final boolean fuses;
  // By the parameter's place in the group: the array at the last step, null where frozen.
  private final @Nullable NDArray[] trained;
  private final @Nullable NDList[] remembered;
  private final BitSet unstepped = new BitSet();
  private boolean remembering;
  private boolean stale = true;
  private int version;

  Memory(ParameterGroup group, boolean fuses) {
    this.group = group;
    this.fuses = fuses;
    trained = new NDArray[group.parameters().size()];
    remembered = new NDList[trained.length];
  }

  ParameterGroup group() {
    return group;
  }

  /// {@return whether others are to be updated than at the last step, or in another way}
  boolean changed(boolean remember) {
    return stale || remembering != remember || trainableChanged();
  }

  /// {@return a number that grows whenever [#entries] gives others}
  int version() {
    return version;
  }

  private boolean trainableChanged() {
    for (int i = 0; i < trained.length; i++) {
      Parameter parameter = group.parameters().valueAt(i);
      if ((parameter.requiresGradient() ? parameter.getArray() : null) != trained[i]) {
        return true;
      }
    }
    return false;
  }

  /// {@return the parameters to update now, with memory if asked for}
  List<Entry> entries(FusedOptimizer optimizer, boolean remember) {
    if (changed(remember)) {
      version++;
    }
    var entries = new ArrayList<Entry>();
    var joining = new NDList();
    var now = new NDArray[trained.length];
    for (int i = 0; i < trained.length; i++) {
      Parameter parameter = group.parameters().valueAt(i);
      if (!parameter.requiresGradient()) {
        continue;
      }
      NDArray array = parameter.getArray();
      boolean fused = fused(array.getDataType(), array.getDevice());
      if (remember && remembered[i] == null) {
        remembered[i] = optimizer.fresh(optimizer.manager(), array, fused);
        unstepped.set(i);
      } else if (remember) {
        checkUnchanged(group.parameters().keyAt(i), array, remembered[i]);
      }
      now[i] = array;
      if (trained[i] != array) {
        joining.add(array);
      }
      var kind =
          new Kind(array.getDataType(), array.getDevice(), fused, remember && unstepped.get(i));
      entries.add(new Entry(this, i, kind, array, remember ? remembered[i] : null));
    }
    new Gradients(joining).close(); // defines those that no backward pass has reached
    System.arraycopy(now, 0, trained, 0, now.length);
    remembering = remember;
    stale = false;
    return entries;
  }

  /// Told after the first step of a parameter, which then joins the others.
  void stepped(int place) {
    unstepped.clear(place);
    stale = true;
  }

  /// libtorch 2.7 has fused kernels for floating-point types on CPU and CUDA. DJL knows bfloat16 as
  /// unknown.
  private boolean fused(DataType type, Device device) {
    return fuses
        && (device.equals(Device.cpu()) || device.isGpu())
        && switch (type) {
          case FLOAT16, FLOAT32, FLOAT64, UNKNOWN -> true;
          default -> false;
        };
  }

  private static void checkUnchanged(String name, NDArray parameter, @Nullable NDList arrays) {
    if (arrays != null && !arrays.isEmpty() && !alike(parameter, arrays.head())) {
      throw new IllegalStateException(
          "parameter '%s' is %s now, what the optimizer remembers of it %s; make a new optimizer"
              .formatted(name, describe(parameter), describe(arrays.head())));
    }
  }

  private static boolean alike(NDArray a, NDArray b) {
    return a.getShape().equals(b.getShape())
        && a.getDataType() == b.getDataType()
        && a.getDevice().equals(b.getDevice());
  }

  private static String describe(NDArray array) {
    return "%s %s on %s".formatted(array.getDataType(), array.getShape(), array.getDevice());
  }

  List<OptimizerState.Memory> save(NDManager owner) {
    var saved = new ArrayList<OptimizerState.Memory>();
    for (int i = 0; i < remembered.length; i++) {
      NDList arrays = remembered[i];
      if (arrays != null && !arrays.isEmpty() && !unstepped.get(i)) {
        saved.add(new OptimizerState.Memory(group.parameters().keyAt(i), Copies.of(arrays, owner)));
      }
    }
    return saved;
  }

  /// Refuses what does not fit, array by array: a copy would spread a smaller one.
  void check(FusedOptimizer optimizer, List<OptimizerState.Memory> saved) {
    for (OptimizerState.Memory memory : saved) {
      NDArray parameter = group.parameters().valueAt(place(memory)).getArray();
      try (NDList needed = optimizer.fresh(optimizer.manager(), parameter, false)) {
        if (!describe(memory.arrays()).equals(describe(needed))) {
          throw new IllegalArgumentException(
              "what is saved of parameter '%s' does not fit: %d arrays of %s; needed are %d of %s"
                  .formatted(
                      memory.parameter(),
                      memory.arrays().size(),
                      describe(memory.arrays()),
                      needed.size(),
                      describe(needed)));
        }
      }
    }
  }

  private static String describe(NDList arrays) {
    return arrays.stream()
        .map(array -> array.getDataType() + " " + array.getShape())
        .collect(Collectors.joining(", "));
  }

  void load(FusedOptimizer optimizer, List<OptimizerState.Memory> saved) {
    stale = true;
    unstepped.clear();
    for (int i = 0; i < remembered.length; i++) {
      NDList arrays = remembered[i];
      if (arrays != null) {
        arrays.close();
        remembered[i] = null;
      }
    }
    for (OptimizerState.Memory memory : saved) {
      int place = place(memory);
      NDArray parameter = group.parameters().valueAt(place).getArray();
      boolean fused = fused(parameter.getDataType(), parameter.getDevice());
      NDList arrays = optimizer.fresh(optimizer.manager(), parameter, fused);
      Copies.write(memory.arrays(), arrays);
      remembered[place] = arrays;
    }
  }

  private int place(OptimizerState.Memory memory) {
    for (int i = 0; i < trained.length; i++) {
      Pair<String, Parameter> pair = group.parameters().get(i);
      if (pair.getKey().equals(memory.parameter())) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "there is no parameter '%s' in group '%s'; there are %s"
            .formatted(memory.parameter(), group.name(), group.parameters().keys()));
  }

  /// A parameter to update.
  ///
  /// @param place the parameter's in the group
  /// @param arrays what is remembered of it, null if nothing is needed
  record Entry(Memory memory, int place, Kind kind, NDArray parameter, @Nullable NDList arrays) {}

  /// What parameters of one call have in common.
  ///
  /// @param fused whether libtorch has fused kernels for them
  /// @param first whether this is their first step
  record Kind(DataType type, Device device, boolean fused, boolean first) {}
}
