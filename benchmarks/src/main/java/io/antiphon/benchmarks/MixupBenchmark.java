package io.antiphon.benchmarks;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.mixup.Cutmix;
import io.antiphon.mixup.Cutout;
import io.antiphon.mixup.LabelSmoothing;
import io.antiphon.mixup.Mixup;
import io.antiphon.mixup.RandomErasing;
import io.antiphon.models.Activation;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Sgd;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A whole training batch of 64 images of 28 × 28 with a single linear layer, mixed or not: what
/// lies above `none` is what a callback adds, with its draws, its share of the loss and of the
/// backward pass.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class MixupBenchmark {
  private static final int BATCHES = 20;
  private static final int BATCH = 64;

  /// The callback.
  @Param({"none", "mixup", "cutmix", "cutout", "random-erasing", "label-smoothing"})
  public String callback = "none";

  private NDManager manager;
  private Learner learner;

  /// Makes data and learner.
  @Setup
  public void open() {
    manager = NDManager.newBaseManager();
    var images =
        manager.randomUniform(0, 1, new Shape(BATCHES * BATCH, 1, 28, 28), DataType.FLOAT32);
    var classes = manager.zeros(new Shape(BATCHES * BATCH), DataType.INT64);
    learner =
        Learner.builder()
            .model(Mlp.of(new Mlp.Options(List.of(), Activation.RELU), 10))
            .loss(new CrossEntropy())
            .optimizer(Sgd.of(0.01))
            .train(TensorLoader.of(images, classes).batchSize(BATCH).shuffled())
            .build();
    if (!callback.equals("none")) {
      learner.add(made());
    }
  }

  private Callback made() {
    return switch (callback) {
      case "mixup" -> new Mixup();
      case "cutmix" -> new Cutmix();
      case "cutout" -> new Cutout();
      case "random-erasing" -> new RandomErasing();
      case "label-smoothing" -> new LabelSmoothing();
      default -> throw new IllegalArgumentException(callback);
    };
  }

  /// Closes data and learner.
  @TearDown
  public void close() {
    learner.close();
    manager.close();
  }

  /// One batch, from an epoch of 20.
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void batch() {
    learner.fit(1);
  }
}
