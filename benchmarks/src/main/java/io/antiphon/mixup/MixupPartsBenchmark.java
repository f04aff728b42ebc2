package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.LossFunction;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.torch.Autograd;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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

/// MixUp for a batch of 64 images of 28 × 28 in a loop, so with code and data in the caches; within
/// a training batch it takes about twice as long, see `MixupBenchmark`. MixUp adds what `mixup`
/// takes more than `plainLoss`: `draws`, `pairs`, `inputs`, and what `mixedLoss` takes more than
/// `plainLoss`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MixupPartsBenchmark {
  private static final int BATCH = 64;

  private final SplittableRandom random = new SplittableRandom(1);
  private NDManager manager;
  private NDArray images;
  private NDList logits;
  private NDList classes;
  private int[] partners;
  private double[] shares;
  private Pairs pairs;
  private LossFunction plain;
  private LossFunction mixed;

  /// Makes a batch.
  @Setup
  public void open() {
    manager = NDManager.newBaseManager();
    images = manager.randomNormal(new Shape(BATCH, 1, 28, 28));
    logits = new NDList(manager.randomNormal(new Shape(BATCH, 10)));
    logits.head().setRequiresGradient(true);
    classes = new NDList(manager.create(new long[BATCH]));
    partners = Beta.permutation(BATCH, random);
    shares = Beta.folded(0.4, BATCH, random);
    pairs = Pairs.of(manager, partners, shares);
    plain = new CrossEntropy();
    mixed = new Mixed("mixup", plain, pairs, Interpolation.AUTO);
  }

  /// Closes it.
  @TearDown
  public void close() {
    manager.close();
  }

  /// Who is mixed with whom, and 64 draws from Beta(0.4, 0.4).
  @Benchmark
  public double draws() {
    return Beta.permutation(BATCH, random)[0] + Beta.folded(0.4, BATCH, random)[0];
  }

  /// Brings them to libtorch.
  @Benchmark
  public void pairs() {
    try (NDManager batch = manager.newSubManager()) {
      Pairs.of(batch, partners, shares);
    }
  }

  /// Mixes the images.
  @Benchmark
  public void inputs() {
    try (NDManager batch = manager.newSubManager()) {
      Scripts.call(batch, "mixed", images, pairs.partners(), pairs.weights());
    }
  }

  /// All of it, and the loss of two targets each, forward and backward.
  @Benchmark
  public void mixup() {
    try (NDManager batch = manager.newSubManager()) {
      int[] drawn = Beta.permutation(BATCH, random);
      Pairs fresh = Pairs.of(batch, drawn, Beta.folded(0.4, BATCH, random));
      Scripts.call(batch, "mixed", images, fresh.partners(), fresh.weights());
      backward(new Mixed("mixup", plain, fresh, Interpolation.AUTO));
    }
  }

  /// The loss of one target each, forward and backward.
  @Benchmark
  public void plainLoss() {
    backward(plain);
  }

  /// The loss of two targets each, forward and backward.
  @Benchmark
  public void mixedLoss() {
    backward(mixed);
  }

  private void backward(LossFunction loss) {
    try (var _ = Autograd.on();
        NDManager batch = manager.newSubManager()) {
      logits.head().attach(batch);
      NDArray value = loss.loss(logits, classes);
      logits.head().attach(manager);
      Autograd.backward(value, false);
    }
  }
}
