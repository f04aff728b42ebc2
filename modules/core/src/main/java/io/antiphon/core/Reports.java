package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.LinkedHashMap;
import java.util.Map;

/// The means of what is reported by name in a pass, see [Batch#report]. Sums stay on the device, in
/// float64; one native call adds to each.
final class Reports {
  private final Map<String, Sum> sums = new LinkedHashMap<>();

  void clear() {
    sums.clear();
  }

  /// Adds up over processes. They must have reported the same names.
  void addUp(Ranks ranks) {
    sums.forEach((name, sum) -> {
      ranks.sum(sum.sum, name);
      double[] samples = {sum.samples};
      ranks.sum(samples, name);
      sum.samples = (long) samples[0];
    });
  }

  void add(Batch batch) {
    for (Map.Entry<String, NDArray> each : batch.reports().entrySet()) {
      Sum sum =
          sums.computeIfAbsent(
              each.getKey(),
              _ -> new Sum(batch.pass().manager().zeros(new Shape(), DataType.FLOAT64)));
      try (var _ = Autograd.off()) {
        Scripts.ADD.run("add", sum.sum, each.getValue(), batch.rows());
      }
      sum.samples += batch.rows();
    }
  }

  /// Reads the means; waits for the device.
  void into(Map<String, Double> values) {
    sums.forEach((name, sum) ->
        values.put(name, sum.samples == 0 ? Double.NaN : sum.sum.getDouble() / sum.samples));
  }

  private static final class Sum {
    final NDArray sum;
    long samples;

    Sum(NDArray sum) {
      this.sum = sum;
    }
  }

  /// Compiled when something is reported first.
  private static final class Scripts {
    static final TorchScript ADD =
        TorchScript.compile(
            """
            def add(sum: Tensor, value: Tensor, samples: int) -> Tensor:
              return torch.add_(sum, torch.to(torch.reshape(value, annotate(List[int], [])), 7), alpha=samples)
            """);
  }
}
