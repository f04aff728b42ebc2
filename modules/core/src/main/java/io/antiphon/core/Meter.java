package io.antiphon.core;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Core's own callback: smooths the training loss, and scores passes.
///
/// On the CPU a loss is read as a number once per batch. Elsewhere losses go to a ring on the
/// device and are read a block at a time, so that the loop never waits.
final class Meter implements Callback {
  private static final double BETA = 0.98;
  private static final int RING = 256;

  private final Learner learner;
  private double smooth;
  private double[] losses = new double[RING];
  private int recorded;
  private double lossSum;
  private long lossSamples;
  private long samples;
  private boolean training;
  private final int[] pendingSizes = new int[RING];
  private int pending;
  private @Nullable NDArray ring;

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

  @Override
  public void beforeTrain(Pass pass) {
    start(pass);
  }

  @Override
  public void beforeValidate(Pass pass) {
    start(pass);
  }

  private void start(Pass pass) {
    drain();
    training = pass.isTraining();
    lossSum = pass.saved().map(Progress.OpenEpoch::lossSum).orElse(0.0);
    lossSamples = pass.saved().map(Progress.OpenEpoch::lossSamples).orElse(0L);
    samples = pass.saved().map(Progress.OpenEpoch::samples).orElse(0L);
    if (scoresMetrics()) {
      learner.metrics().forEach(metric -> metric.reset(pass));
    }
  }

  private boolean scoresMetrics() {
    return !training || learner.scoresTraining();
  }

  @Override
  public void afterBatch(Batch batch) {
    samples += batch.size();
    if (batch.hasLoss()) {
      record(batch);
    }
    if (scoresMetrics() && batch.hasLoss()) {
      try (var _ = Autograd.off()) {
        for (Metric metric : learner.metrics()) {
          metric.add(batch);
        }
      }
    }
  }

  /// Takes the losses of a fit's batches over that ran before.
  void goOn(double[] before) {
    for (double loss : before) {
      smooth(loss);
    }
  }

  double lossSum() {
    drain();
    return lossSum;
  }

  long lossSamples() {
    drain();
    return lossSamples;
  }

  long samples() {
    return samples;
  }

  private void record(Batch batch) {
    if (learner.device().equals(Device.cpu())) {
      count(batch.readLoss(), batch.size());
    } else {
      Ring.put(ring(), pending, batch.loss());
      pendingSizes[pending++] = batch.size();
      if (pending == RING) {
        drain();
      }
    }
  }

  private void count(double loss, int size) {
    lossSum += loss * size;
    lossSamples += size;
    if (training) {
      smooth(loss);
    }
  }

  private void smooth(double loss) {
    smooth = BETA * smooth + (1 - BETA) * loss;
    if (recorded == losses.length) {
      losses = Arrays.copyOf(losses, 2 * recorded);
    }
    losses[recorded++] = loss;
  }

  private void drain() {
    if (pending > 0) {
      float[] losses = ring().toFloatArray();
      for (int i = 0; i < pending; i++) {
        count(losses[i], pendingSizes[i]);
      }
      pending = 0;
    }
  }

  private NDArray ring() {
    if (ring == null) {
      NDManager manager = learner.manager();
      ring = manager.zeros(new ai.djl.ndarray.types.Shape(RING));
    }
    return ring;
  }

  double smoothLoss() {
    drain();
    return recorded == 0 ? Double.NaN : smooth / (1 - Math.pow(BETA, recorded));
  }

  double[] losses(int from) {
    drain();
    return Arrays.copyOfRange(losses, Math.min(from, recorded), recorded);
  }

  Scores scores() {
    drain();
    Map<String, Double> values = new LinkedHashMap<>();
    if (scoresMetrics()) {
      learner.metrics().forEach(metric -> values.put(metric.name(), metric.value()));
    }
    return new Scores(lossSamples == 0 ? Double.NaN : lossSum / lossSamples, values, samples);
  }

  @Override
  public void afterTrain(Pass pass) {
    pass.epoch().scored(pass, scores());
  }

  @Override
  public void afterValidate(Pass pass) {
    if (!(pass.outcome() instanceof Outcome.Cancelled)) {
      pass.epoch().scored(pass, scores());
    }
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
            def put(ring: Tensor, index: int, loss: Tensor) -> Tensor:
              return torch.copy_(torch.select(ring, 0, index), loss)
            """);

    static void put(NDArray ring, int index, NDArray loss) {
      try (var _ = Autograd.off()) {
        SCRIPT.run("put", ring, index, loss);
      }
    }
  }
}
