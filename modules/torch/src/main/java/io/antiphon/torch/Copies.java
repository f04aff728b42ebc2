package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
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

  /// Writes arrays into the memory of others, converting types where they differ.
  ///
  /// @param arrays what is written
  /// @param to where it is written, one for each, each of a shape that the other spreads to
  /// @throws IllegalArgumentException if they do not fit
  public static void write(List<NDArray> arrays, List<NDArray> to) {
    if (arrays.isEmpty() && to.isEmpty()) {
      return;
    }
    try (var _ = Autograd.off()) {
      SCRIPT.run("write", to, arrays);
    }
  }
}
