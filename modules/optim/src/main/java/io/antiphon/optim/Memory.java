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
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an optimizer remembers of a parameter group, and the lists that it passes to libtorch. The
/// lists are kept from step to step until the set of trainable parameters changes.
final class Memory {
  private final ParameterGroup group;
  private final boolean fuses;
  // By the parameter's place in the group: the array at the last step, null where frozen.
  private final @Nullable NDArray[] trained;
  private final @Nullable NDList[] remembered;
  private final List<Portion> portions = new ArrayList<>();
  private boolean remembering;
  private boolean stale = true;

  Memory(ParameterGroup group, boolean fuses) {
    this.group = group;
    this.fuses = fuses;
    trained = new NDArray[group.parameters().size()];
    remembered = new NDList[trained.length];
  }

  ParameterGroup group() {
    return group;
  }

  /// {@return the parameters to update now, with memory if asked for}
  List<Portion> portions(FusedOptimizer optimizer, boolean remember) {
    if (stale || remembering != remember || trainableChanged()) {
      build(optimizer, remember);
    }
    return portions;
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

  private void build(FusedOptimizer optimizer, boolean remember) {
    release();
    var joining = new NDList();
    Map<Kind, List<Integer>> places = new LinkedHashMap<>();
    boolean anyFirst = false;
    for (int i = 0; i < trained.length; i++) {
      Parameter parameter = group.parameters().valueAt(i);
      if (!parameter.requiresGradient()) {
        trained[i] = null;
        continue;
      }
      NDArray array = parameter.getArray();
      boolean first = remember && remembered[i] == null;
      var kind = new Kind(array.getDataType(), array.getDevice(), first);
      if (first) {
        remembered[i] = optimizer.fresh(optimizer.manager(), array, fused(kind));
      } else if (remember) {
        checkUnchanged(group.parameters().keyAt(i), array, remembered[i]);
      }
      if (trained[i] != array) {
        trained[i] = array;
        joining.add(array);
      }
      anyFirst |= first;
      places.computeIfAbsent(kind, _ -> new ArrayList<>()).add(i);
    }
    new Gradients(joining).close(); // defines those that no backward pass has reached
    places.forEach((kind, at) -> portions.add(portion(kind, at, remember)));
    remembering = remember;
    stale = anyFirst; // after its first step, a parameter joins the others
  }

  private Portion portion(Kind kind, List<Integer> places, boolean remember) {
    var parameters = new NDList();
    var columns = new ArrayList<NDList>();
    for (int place : places) {
      parameters.add(trained[place]);
      NDList arrays = remember ? remembered[place] : null;
      for (int i = 0; arrays != null && i < arrays.size(); i++) {
        if (columns.size() == i) {
          columns.add(new NDList());
        }
        columns.get(i).add(arrays.get(i));
      }
    }
    return new Portion(
        fused(kind),
        kind.first,
        TorchScript.keep(parameters),
        columns.stream().map(TorchScript::keep).toList());
  }

  /// libtorch 2.7 has fused kernels for floating-point types on CPU and CUDA. DJL knows bfloat16 as
  /// unknown.
  private boolean fused(Kind kind) {
    boolean device = kind.device.equals(Device.cpu()) || kind.device.isGpu();
    return fuses
        && device
        && switch (kind.type) {
          case FLOAT16, FLOAT32, FLOAT64, UNKNOWN -> true;
          default -> false;
        };
  }

  private static void checkUnchanged(String name, NDArray parameter, @Nullable NDList arrays) {
    if (arrays != null && !alike(parameter, arrays.head())) {
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
      if (arrays != null) {
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
    release();
    stale = true;
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
      var kind = new Kind(parameter.getDataType(), parameter.getDevice(), false);
      NDList arrays = optimizer.fresh(optimizer.manager(), parameter, fused(kind));
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

  /// Frees the lists, not what is remembered.
  void release() {
    portions.forEach(Portion::close);
    portions.clear();
  }

  private record Kind(DataType type, Device device, boolean first) {}

  /// Parameters of a group that can be updated in one call.
  ///
  /// @param fused whether libtorch has fused kernels for them
  /// @param first whether this is their first step
  /// @param parameters the parameters
  /// @param arrays what is remembered of them, by array; empty if nothing is needed
  record Portion(
      boolean fused, boolean first, TorchScript.Value parameters, List<TorchScript.Value> arrays)
      implements AutoCloseable {
    @Override
    public void close() {
      parameters.close();
      arrays.forEach(TorchScript.Value::close);
    }
  }
}
