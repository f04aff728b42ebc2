package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the events of one training batch cost with twenty callbacks: `deaf` ones implement no hook,
/// `idle` ones implement every hook and do nothing there (five classes, so that no call is
/// inlined).
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"})
public class EventsBenchmark {
  /// Which twenty callbacks listen.
  @Param({"deaf", "idle"})
  public String callbacks = "idle";

  private Learner learner;
  private Dispatcher dispatcher;
  private Batch batch;

  /// Opens a batch with the callbacks around it.
  @Setup
  public void open() {
    learner =
        Learner.builder()
            .model(Linear.builder().setUnits(1).build())
            .loss((predictions, targets) -> predictions.head().mean())
            .optimizer(groups -> new Nothing(groups))
            .train(new OneBatch())
            .build();
    for (int i = 0; i < 20; i++) {
      learner.add(callbacks.equals("deaf") ? new Callback() {} : idle(i % 5));
    }
    dispatcher = new Dispatcher(learner, Purpose.FIT);
    var fit = new Fit(learner, Purpose.FIT, dispatcher, 1, Long.MAX_VALUE);
    dispatcher.begin(fit);
    Pass pass = fit.next().train();
    batch = pass.hasNext() ? pass.next() : null;
    NDManager manager = batch.manager();
    batch.predictions(new NDList(manager.ones(new Shape(1, 1))));
    batch.loss(manager.create(1f));
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

  /// Closes the learner.
  @TearDown
  public void close() {
    learner.close();
  }

  /// All events of one training batch.
  @Benchmark
  public void eventsOfABatch() {
    dispatcher.open(Level.BATCH, batch);
    dispatcher.fire(Event.AFTER_PRED, batch);
    dispatcher.fire(Event.AFTER_LOSS, batch);
    dispatcher.open(Level.BACKWARD, batch);
    dispatcher.fire(Event.AFTER_BACKWARD, batch);
    dispatcher.close(Level.BACKWARD, batch, null);
    dispatcher.open(Level.STEP, batch);
    dispatcher.fire(Event.AFTER_STEP, batch);
    dispatcher.close(Level.STEP, batch, null);
    dispatcher.fire(Event.AFTER_BATCH, batch);
    dispatcher.close(Level.BATCH, batch, null);
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

  private record OneBatch() implements DataLoader {
    @Override
    public int batches() {
      return 1;
    }

    @Override
    public long samples() {
      return 1;
    }

    @Override
    public List<Shape> inputShapes() {
      return new ArrayList<>(List.of(new Shape(1, 1)));
    }

    @Override
    public Batches open(long seed, long epoch, int first) {
      return new Batches() {
        @Override
        public boolean hasNext() {
          return true;
        }

        @Override
        public Samples next(NDManager manager) {
          return new Samples(new NDList(manager.ones(new Shape(1, 1))), new NDList(), 1);
        }
      };
    }
  }
}
