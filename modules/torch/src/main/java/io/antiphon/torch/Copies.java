package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/// Copies of arrays on their own device, of all in one native call, which autograd does not see.
///
/// DJL's `copyTo` goes through the host's memory, array by array.
public final class Copies {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def of(arrays: List[Tensor]) -> List[Tensor]:
            copies = annotate(List[Tensor], [])
            for array in arrays:
              copies.append(torch.clone(array))
            return copies
          def write(to: List[Tensor], arrays: List[Tensor]) -> List[Tensor]:
            torch._foreach_copy_(to, arrays)
            return to
          def follow(averages: List[Tensor], arrays: List[Tensor], part: float) -> List[Tensor]:
            torch._foreach_lerp_(averages, arrays, part)
            return averages
          def swap(some: List[Tensor], others: List[Tensor]) -> List[Tensor]:
            copies = annotate(List[Tensor], [])
            for array in some:
              copies.append(torch.clone(array))
            torch._foreach_copy_(some, others)
            torch._foreach_copy_(others, copies)
            return others
          """);

  private Copies() {}

  /// {@return copies of arrays, in their order; they need no gradient}
  ///
  /// @param arrays of any types, on any devices
  /// @param owner who owns the copies
  public static NDList of(List<NDArray> arrays, NDManager owner) {
    if (arrays.isEmpty()) {
      return new NDList();
    }
    try (var _ = Autograd.off()) {
      return SCRIPT.call(owner, "of", arrays);
    }
  }

  /// Writes arrays into the memory of others, converting types where they differ: all of them, or
  /// none if they do not fit.
  ///
  /// @param arrays what is written
  /// @param to where it is written, one for each, each of a shape that the other spreads to
  /// @throws IllegalArgumentException if they do not fit
  public static void write(List<NDArray> arrays, List<NDArray> to) {
    if (arrays.isEmpty() && to.isEmpty()) {
      return;
    }
    if (arrays.size() != to.size()) {
      throw new IllegalArgumentException(
          "%d arrays cannot be written into %d".formatted(arrays.size(), to.size()));
    }
    for (int i = 0; i < arrays.size(); i++) {
      if (!spreads(arrays.get(i).getShape(), to.get(i).getShape())) {
        throw new IllegalArgumentException(
            "array %d of %d has shape %s, which cannot be written into one of shape %s; nothing was written"
                .formatted(i, arrays.size(), arrays.get(i).getShape(), to.get(i).getShape()));
      }
    }
    try (var _ = Autograd.off()) {
      SCRIPT.run("write", to, arrays);
    }
  }

  private static boolean spreads(Shape from, Shape to) {
    int lead = to.dimension() - from.dimension();
    if (lead < 0) {
      return false;
    }
    for (int i = 0; i < from.dimension(); i++) {
      if (from.get(i) != 1 && from.get(i) != to.get(lead + i)) {
        return false;
      }
    }
    return true;
  }

  /// Moves averages a part of the way to arrays: average + part · (array − average).
  ///
  /// @param averages float arrays, changed in place
  /// @param arrays where to, one for each average, of its shape
  /// @param part in [0, 1]
  public static void follow(List<NDArray> averages, List<NDArray> arrays, double part) {
    if (!averages.isEmpty()) {
      try (var _ = Autograd.off()) {
        SCRIPT.run("follow", averages, arrays, part);
      }
    }
  }

  /// Swaps the values of arrays with those of others, of the same shapes.
  public static void swap(List<NDArray> some, List<NDArray> others) {
    if (!some.isEmpty()) {
      try (var _ = Autograd.off()) {
        SCRIPT.run("swap", some, others);
      }
    }
  }
}
