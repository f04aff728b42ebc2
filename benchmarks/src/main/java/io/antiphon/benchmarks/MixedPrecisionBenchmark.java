package io.antiphon.benchmarks;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.optim.AdamW;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.torch.Capabilities;
import io.antiphon.torch.RandomStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Milliseconds per training step of a convolutional net with 64, 128 and 256 channels on 32×32
/// images in batches of 64, in float32 and in mixed precision, side by side in one run: the
/// learners take turns of ten steps, 200 steps each. Prints medians, their spread, how many times
/// faster the narrow types are, and how far their smoothed losses are from float32's, which should
/// be at most 0.02 + 2 %.
///
/// Ten steps of each come first and do not count for times. On a device without fast narrow types
/// it says so. Options: `cpu` or `gpu` (the engine's own choice), and the number of steps (200).
public final class MixedPrecisionBenchmark {
  private static final int TURN = 10;
  private static final int BATCH = 64;
  private static final int CLASSES = 10;

  private MixedPrecisionBenchmark() {}

  /// Trains in turns and prints the table.
  public static void main(String[] args) {
    Device device =
        args.length > 0 ? Device.fromName(args[0]) : Engine.getInstance().defaultDevice();
    int turns = (args.length > 1 ? Integer.parseInt(args[1]) : 200) / TURN;
    Capabilities able = Capabilities.of(device);
    System.out.print(able.text());
    Map<String, List<Callback>> types = new LinkedHashMap<>();
    types.put("float32", List.of());
    if (able.types().contains(DataType.BFLOAT16)) {
      types.put("bf16", List.of(new MixedPrecision(MixedPrecision.Type.BF16)));
    }
    if (able.types().contains(DataType.FLOAT16)) {
      types.put("fp16", List.of(new MixedPrecision(MixedPrecision.Type.FP16)));
    }
    try (NDManager manager = NDManager.newBaseManager(device)) {
      TensorLoader data = data(manager);
      var runs = new ArrayList<Run>();
      types.forEach((name, callbacks) -> runs.add(new Run(name, data, device, callbacks)));
      for (int turn = 0; turn < turns; turn++) {
        runs.forEach(Run::turn);
      }
      print(runs);
      runs.forEach(run -> run.learner.close());
    }
    if (!able.fastTypes().contains(DataType.BFLOAT16)) {
      System.out.println("this device has no fast bfloat16: no gain is to be expected from it");
    }
  }

  // Each class is a coarse pattern; images are the pattern under noise that is stronger than it.
  private static TensorLoader data(NDManager manager) {
    new RandomStream(1, "benchmark").seedTorch(0, 0);
    int count = BATCH * TURN;
    NDArray patterns = manager.randomNormal(new Shape(CLASSES, 3, 8, 8)).repeat(2, 4).repeat(3, 4);
    NDArray classes = manager.arange(count).mod(CLASSES).toType(DataType.INT64, false);
    NDArray images =
        patterns.get(classes).add(manager.randomNormal(new Shape(count, 3, 32, 32)).mul(3));
    return TensorLoader.of(images, classes).batchSize(BATCH).shuffled();
  }

  private static Block net() {
    var net = new SequentialBlock();
    for (int channels : new int[] {64, 128, 256}) {
      net.add(
              Conv2d.builder()
                  .setFilters(channels)
                  .setKernelShape(new Shape(3, 3))
                  .optPadding(new Shape(1, 1))
                  .build())
          .add(BatchNorm.builder().build())
          .add(Activation::relu)
          .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    }
    return net.add(Pool.globalAvgPool2dBlock()).add(Linear.builder().setUnits(CLASSES).build());
  }

  /// One learner, its times and its loss.
  private static final class Run {
    final String name;
    final Learner learner;
    final List<Double> times = new ArrayList<>();
    private final Smooth smooth = new Smooth();
    private boolean warm;

    Run(String name, TensorLoader data, Device device, List<Callback> callbacks) {
      this.name = name;
      learner =
          Learner.builder()
              .model(net())
              .loss(new CrossEntropy())
              .optimizer(AdamW.of(3e-4))
              .train(data)
              .device(device)
              .callbacks(callbacks.toArray(Callback[]::new))
              .build();
    }

    void turn() {
      long start = System.nanoTime();
      learner.fit(1, smooth);
      if (warm) {
        times.add((System.nanoTime() - start) / 1e6 / TURN);
      }
      warm = true;
    }

    double median() {
      return quantile(0.5);
    }

    double quantile(double q) {
      var sorted = new ArrayList<>(times);
      Collections.sort(sorted);
      return sorted.get((int) Math.round(q * (sorted.size() - 1)));
    }
  }

  /// The training loss over all turns: fastai's debiased average.
  private static final class Smooth implements Callback {
    private double sum;
    private long steps;

    @Override
    public boolean waitsForDevice() {
      return true;
    }

    @Override
    public void afterBatch(Batch batch) {
      sum = 0.98 * sum + 0.02 * batch.lossValue();
      steps++;
    }

    double value() {
      return sum / (1 - Math.pow(0.98, steps));
    }
  }

  private static void print(List<Run> runs) {
    Run wide = runs.getFirst();
    System.out.printf(
        "%n%-8s %8s %17s %8s %8s %11s%n",
        "type", "ms/step", "quartiles", "faster", "loss", "difference");
    for (Run run : runs) {
      double difference = run.smooth.value() - wide.smooth.value();
      System.out.printf(
          "%-8s %8.1f %8.1f %8.1f %7.2fx %8.4f %+11.4f%s%n",
          run.name,
          run.median(),
          run.quantile(0.25),
          run.quantile(0.75),
          wide.median() / run.median(),
          run.smooth.value(),
          difference,
          Math.abs(difference) <= 0.02 + 0.02 * wide.smooth.value() ? "" : "  too far");
    }
  }
}
