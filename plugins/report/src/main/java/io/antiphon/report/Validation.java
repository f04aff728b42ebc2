package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.Batch;
import io.antiphon.core.Pass;
import io.antiphon.worst.Worst;
import io.antiphon.worst.WorstSamples;
import java.util.List;

/// What a validation tells of samples: which classes are confused, and which samples the model is
/// most wrong about.
///
/// All of it stays on the device until the validation is over, so that the loop does not wait.
final class Validation {
  private static final int MOST_OUTPUTS = 1000;
  private static final int LARGEST_PICTURE = 96;
  private static final int PICTURES = 250_000; // bytes of all, in colours

  private final WorstSamples worst;
  private final NDManager owner;
  private final NDList codes = new NDList();
  private int classes;
  private boolean counts = true;

  /// What was found out.
  ///
  /// @param confusion how often a sample of a class (row) was taken for another (column); empty
  ///   where that means nothing
  /// @param worst the most wrong samples, the worst first
  record Found(List<long[]> confusion, List<Worst> worst) {
    static final Found NOTHING = new Found(List.of(), List.of());
  }

  /// @param worst how many of the most wrong samples are kept
  Validation(Pass pass, int worst) {
    this.worst = new WorstSamples(pass, worst, largest(worst));
    this.owner = pass.manager();
  }

  /// {@return how high and wide pictures are at most, so that many do not fill the file}
  static int largest(int count) {
    return (int) Math.clamp(Math.sqrt(PICTURES / 3.0 / Math.max(1, count)), 24, LARGEST_PICTURE);
  }

  /// Takes a batch in, whose loss is there.
  void add(Batch batch) {
    counts &= batch.predictions().size() == 1 && batch.targets().size() == 1;
    if (counts) {
      count(batch.predictions().head(), batch.targets().head());
    }
    worst.add(batch);
  }

  private void count(NDArray output, NDArray target) {
    counts = WorstSamples.areClasses(output, target) && output.getShape().get(1) <= MOST_OUTPUTS;
    if (counts) {
      classes = (int) output.getShape().get(1);
      NDArray own = target.flatten().toType(DataType.INT64, false);
      NDArray code = own.mul(classes).add(output.argMax(1));
      code.attach(owner);
      codes.add(code);
    }
  }

  /// {@return what was found out; waits for the device}
  Found read() {
    return new Found(confusion(), worst.read());
  }

  private List<long[]> confusion() {
    if (!counts || classes == 0) {
      return List.of();
    }
    var confusion = new long[classes][classes];
    for (NDArray batch : codes) {
      for (long code : batch.toLongArray()) {
        if (code >= 0 && code < (long) classes * classes) { // one left out is -100
          confusion[(int) (code / classes)][(int) (code % classes)]++;
        }
      }
    }
    return List.of(confusion);
  }
}
