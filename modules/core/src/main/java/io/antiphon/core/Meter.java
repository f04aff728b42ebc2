package io.antiphon.core;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Core's own callback: counts the losses of batches, and adds batches to metrics.
///
/// On the CPU a loss is read as a number once per batch. Elsewhere losses go to a ring on the
/// device and are read a block at a time, so that the loop never waits.
final class Meter implements Callback {
  private static final int RING = 256;

  private final Learner learner;
  private final Series losses = new Series();
  private final Smoothing smoothing = new Smoothing();
  private @Nullable Pass scored;
  private @Nullable Batch last; // that was counted
  private final boolean[] pendingCancelled = new boolean[RING];
  private int pending;
  private @Nullable NDArray ring;
  private final Reports reports = new Reports();

  Meter(Learner learner) {
    this.learner = learner;
  }

  @Override
  public String name() {
    return "meter";
  }

  @Override
  public Order order() {
    return Order.RECORD;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  /// Takes up a pass, whose metrics start anew.
  void open(Pass pass) {
    if (scored != pass) {
      drain();
      scored = pass;
      reports.clear();
      if (scoresMetrics(pass)) {
        learner.metrics().forEach(metric -> metric.reset(pass));
      }
    }
  }

  /// Adds up what the processes that shared the batches of a pass have scored.
  void addUp(Pass pass) {
    Ranks ranks = pass.fit().ranks();
    if (ranks.size() > 1 && pass.isShared()) {
      open(pass);
      if (scoresMetrics(pass)) {
        learner.metrics().forEach(metric -> metric.addUp(ranks));
      }
      reports.addUp(ranks);
    }
  }

  private boolean scoresMetrics(Pass pass) {
    return !pass.isTraining() || learner.scoresTraining();
  }

  @Override
  public void afterBatch(Batch batch) {
    last = batch;
    Pass pass = batch.pass();
    open(pass);
    pass.tally().seen(batch.wholeSize());
    pass.epoch().worked();
    reports.add(batch);
    if (!batch.hasLoss()) {
      return;
    }
    record(batch);
    if (scoresMetrics(pass) && batch.rows() > 0) {
      try (var _ = Autograd.off()) {
        for (Metric metric : learner.metrics()) {
          metric.add(batch);
        }
      }
    }
  }

  /// Counts a batch that was done, though one who heard of its end before this stopped a level or
  /// failed; but not one that was stopped for what its loss is.
  @Override
  public void cleanupBatch(Batch batch) {
    boolean wasDone = !(batch.outcome() instanceof Outcome.Running);
    if (wasDone && batch != last && !(batch.hasLoss() && !Double.isFinite(batch.readLoss()))) {
      afterBatch(batch);
    }
    last = null;
  }

  /// Takes the losses of a fit's batches over that ran before.
  void goOn(double[] before) {
    for (double loss : before) {
      smooth(loss);
    }
  }

  private void record(Batch batch) {
    boolean cancelled = batch.outcome() instanceof Outcome.Cancelled;
    if (learner.device().equals(Device.cpu())) {
      count(batch.pass(), batch.readLoss(), batch.readCounted(), cancelled);
      return;
    }
    pendingCancelled[pending] = cancelled;
    Ring.put(ring(), pending++, batch);
    if (pending == RING) {
      drain();
    }
  }

  private void count(Pass pass, double loss, double counted, boolean cancelled) {
    if (Double.isFinite(loss) || !cancelled) { // one cancelled for what its loss is counts nowhere
      pass.tally().add(loss, counted);
    }
    if (pass.isTraining()) {
      smooth(counted > 0 ? loss : Double.NaN);
    }
  }

  private void smooth(double mean) {
    smoothing.add(mean);
    losses.add(mean);
  }

  void drain() {
    if (pending > 0 && scored != null) {
      double[] both = ring().toDoubleArray();
      for (int i = 0; i < pending; i++) {
        count(scored, both[i], both[RING + i], pendingCancelled[i]);
      }
      pending = 0;
    }
  }

  private NDArray ring() {
    if (ring == null) {
      ring = learner.manager().zeros(new Shape(2, RING), DataType.FLOAT64);
    }
    return ring;
  }

  double smoothLoss() {
    drain();
    return smoothing.value();
  }

  double[] losses(int from) {
    drain();
    return losses.from(from);
  }

  /// {@return what a pass has scored so far, which is the open one}
  Scores scores(Pass pass) {
    open(pass);
    drain();
    Map<String, Double> values = new LinkedHashMap<>();
    if (scoresMetrics(pass)) {
      learner.metrics().forEach(metric -> values.put(metric.name(), metric.value()));
    }
    reports.into(values);
    return new Scores(pass.tally().mean(), values, pass.tally().samples());
  }

  @Override
  public void cleanupFit(Fit fit) {
    drain();
    if (ring != null) {
      ring.close();
      ring = null;
    }
  }

  private static final class Ring {
    private static final TorchScript SCRIPT =
        TorchScript.compile(
            """
            def put(ring: Tensor, index: int, loss: Tensor, counted: int) -> Tensor:
              place = torch.select(ring, 1, index)
              torch.fill_(torch.select(place, 0, 1), counted)
              return torch.copy_(torch.select(place, 0, 0), torch.squeeze(loss))
            def put_both(ring: Tensor, index: int, loss: Tensor, counted: Tensor) -> Tensor:
              place = torch.select(ring, 1, index)
              torch.copy_(torch.select(place, 0, 1), torch.squeeze(counted))
              return torch.copy_(torch.select(place, 0, 0), torch.squeeze(loss))
            """);

    static void put(NDArray ring, int index, Batch batch) {
      Optional<NDArray> counted = batch.countedPlaces();
      try (var _ = Autograd.off()) {
        if (counted.isPresent()) {
          SCRIPT.run("put_both", ring, index, batch.loss(), counted.get());
        } else {
          SCRIPT.run("put", ring, index, batch.loss(), batch.wholeSize());
        }
      }
    }
  }
}
