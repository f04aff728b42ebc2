package io.antiphon.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Permutation;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.torch.Autograd;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The loss of 64 samples with one target each, and with two as MixUp and its kin have them,
/// forward and backward, in a loop, so with code and data in the caches.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MixedLossBenchmark {
  private static final int BATCH = 64;

  private final LossFunction loss = new CrossEntropy();
  private NDManager manager;
  private NDList logits;
  private NDList classes;
  private NDArray partners;
  private NDArray weights;

  /// Makes a batch.
  @Setup
  public void open() {
    manager = NDManager.newBaseManager();
    logits = new NDList(manager.randomNormal(new Shape(BATCH, 10)));
    logits.head().setRequiresGradient(true);
    classes = new NDList(manager.create(new long[BATCH]));
    partners = manager.create(Permutation.of(1, 0, 0, BATCH));
    weights = manager.full(new Shape(BATCH, 2), 0.5f);
  }

  /// Closes it.
  @TearDown
  public void close() {
    manager.close();
  }

  /// One target each.
  @Benchmark
  public void plain() {
    backward(() -> loss.loss(logits, classes));
  }

  /// Two targets each.
  @Benchmark
  public void mixed() {
    backward(() -> loss.mixed(logits, classes, partners, weights));
  }

  private void backward(Supplier<NDArray> value) {
    try (var _ = Autograd.on();
        NDManager batch = manager.newSubManager()) {
      logits.head().attach(batch);
      NDArray mean = value.get();
      logits.head().attach(manager);
      Autograd.backward(mean, false);
    }
  }
}
