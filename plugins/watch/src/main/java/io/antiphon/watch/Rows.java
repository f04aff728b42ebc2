package io.antiphon.watch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Numbers of steps that stay on the device until they are read, all at once.
final class Rows {
  private static final int TOGETHER = 256;

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def stacked(rows: List[Tensor]) -> Tensor:
            return torch.stack(rows)
          """);

  private final NDList rows = new NDList();
  private final NDList stacks = new NDList();
  private final List<Long> steps = new ArrayList<>();

  /// @param row some numbers, as many as in every row, `[n]`; it is taken over
  /// @param owner whose they are until they are read
  void add(long step, NDArray row, NDManager owner) {
    row.attach(owner);
    rows.add(row);
    steps.add(step);
    if (rows.size() == TOGETHER) {
      stack(owner);
    }
  }

  // so that a long epoch does not keep an array for each of its steps
  private void stack(NDManager owner) {
    stacks.addAll(SCRIPT.call(owner, "stacked", rows));
    rows.close();
    rows.clear();
  }

  interface Reader {
    void read(long step, float[] row);
  }

  /// Reads what was added since the last time, and waits for the device.
  void drain(NDManager owner, Reader reader) {
    if (!rows.isEmpty()) {
      stack(owner);
    }
    int place = 0;
    for (NDArray stack : stacks) {
      float[] numbers = stack.toFloatArray();
      int width = (int) stack.getShape().get(1);
      for (int from = 0; from < numbers.length; from += width) {
        reader.read(steps.get(place++), Arrays.copyOfRange(numbers, from, from + width));
      }
    }
    forget();
  }

  void forget() {
    rows.close();
    rows.clear();
    stacks.close();
    stacks.clear();
    steps.clear();
  }
}
