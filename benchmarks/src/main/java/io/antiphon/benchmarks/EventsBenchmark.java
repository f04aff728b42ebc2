package io.antiphon.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Samples;
import io.antiphon.core.TrainingStep;
import java.util.Collections;
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

/// A training batch in which next to nothing is computed, with two hundred callbacks: `deaf` ones
/// implement no hook, `idle` ones implement every hook of a batch and do nothing there (five
/// classes, so that no call is inlined). What lies above `none` is what the events cost; a tenth of
/// it is what twenty callbacks cost.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"})
public class EventsBenchmark {
  private static final int BATCHES = 1_000;
  private static final int CALLBACKS = 200;

  /// Which callbacks listen.
  @Param({"none", "deaf", "idle"})
  public String callbacks = "none";

  private Learner learner;
  private NDManager manager;

  /// Makes the learner.
  @Setup
  public void open() {
    manager = NDManager.newBaseManager();
    NDArray loss = manager.create(1f);
    NDList samples = new NDList(manager.ones(new Shape(1, 1)));
    learner =
        Learner.builder()
            .model(Linear.builder().setUnits(1).build())
            .step(new NextToNothing(loss))
            .optimizer(Nothing::new)
            .train(
                DataLoader.of(
                        Collections.nCopies(BATCHES, 0),
                        (_, _) -> new Samples(samples, new NDList(), 1))
                    .batchSize(1))
            .build();
    for (int i = 0; i < CALLBACKS && !callbacks.equals("none"); i++) {
      learner.add(callbacks.equals("deaf") ? new Callback() {} : idle(i % 5));
    }
  }

  private static Callback idle(int kind) {
    return switch (kind) {
      case 0 -> new Idle() {};
      case 1 -> new Idle() {};
      case 2 -> new Idle() {};
      case 3 -> new Idle() {};
      default -> new Idle() {};
    };
  }

  /// Closes it.
  @TearDown
  public void close() {
    learner.close();
    manager.close();
  }

  /// One batch, from an epoch of 1,000.
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void batch() {
    learner.fit(1);
  }

  private record NextToNothing(NDArray mean) implements TrainingStep {
    @Override
    public boolean hasLoss(Batch batch) {
      return true;
    }

    @Override
    public NDList predict(Batch batch, NDList inputs) {
      return inputs;
    }

    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      return mean;
    }

    @Override
    public void backward(Batch batch, NDArray objective) {}

    @Override
    public void zeroGrad(Batch batch) {}
  }

  private static class Idle implements Callback {
    @Override
    public void beforeBatch(Batch batch) {}

    @Override
    public void afterPred(Batch batch) {}

    @Override
    public void afterLoss(Batch batch) {}

    @Override
    public void beforeBackward(Batch batch) {}

    @Override
    public void afterBackward(Batch batch) {}

    @Override
    public void cleanupBackward(Batch batch) {}

    @Override
    public void beforeStep(Batch batch) {}

    @Override
    public void afterStep(Batch batch) {}

    @Override
    public void cleanupStep(Batch batch) {}

    @Override
    public void afterBatch(Batch batch) {}

    @Override
    public void cleanupBatch(Batch batch) {}
  }

  private record Nothing(List<ParameterGroup> groups) implements Optimizer {
    @Override
    public void step() {}

    @Override
    public void close() {}
  }
}
