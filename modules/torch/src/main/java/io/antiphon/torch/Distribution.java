package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/// How the values of an array are distributed, in a few numbers that stay on its device.
public final class Distribution {
  /// How many numbers come before the histogram.
  public static final int MOMENTS = 3;

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def of(x: Tensor, near: float, bins: int, top: float) -> Tensor:
            y = torch.to(torch.detach(x), 6)
            size = torch.abs(y)
            share = torch.mean(torch.to(torch.le(size, near), 6))
            histogram = torch.div(torch.histc(torch.clamp(size, None, top), bins, 0., top), float(torch.numel(y)))
            return torch.cat([torch.stack([torch.mean(y), torch.std(y, False), share]), histogram])
          """);

  private Distribution() {}

  /// {@return mean, standard deviation (of the population), the share of values near zero, then a
  /// histogram of magnitudes as shares, in equal bins from 0, the last of which holds all that are
  /// larger: float32 `[3 + bins]`}
  ///
  /// @param array of any floating type, not empty
  /// @param near up to which magnitude a value is near zero
  /// @param bins how many, at least 1
  /// @param top where the last bin ends, above 0
  /// @param owner who owns the result
  public static NDArray of(NDArray array, double near, int bins, double top, NDManager owner) {
    try (var _ = Autograd.off()) {
      return SCRIPT.call(owner, "of", array, near, bins, top).head();
    }
  }
}
