package io.antiphon.benchmarks;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.data.Idx;
import io.antiphon.data.Standardization;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.mixup.Cutmix;
import io.antiphon.mixup.Mixup;
import io.antiphon.mixup.OneOf;
import io.antiphon.models.Cnn;
import io.antiphon.optim.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/// What mixing does for few data: the validation error of a small convolutional net that is trained
/// on 1,000 handwritten digits, plain, with MixUp, with CutMix, and with one of both per batch.
///
/// The first 1,000 digits of the file train, the other 9,000 validate, once, after the last epoch.
/// Each way is run with the same seeds, which also draw initial weights and orders of batches. The
/// table shows the mean error over seeds, and the mean of the differences to the plain run of the
/// same seed, with 95 % confidence intervals of Student's t distribution.
///
/// Arguments: the folder with the IDX files of MNIST, then the number of seeds (5), the number of
/// epochs (150), and the net's channels (8,16,32,64).
public final class MixupOnDigits {
  private static final int TRAIN = 1000;
  private static final double RATE = 3e-3;

  private MixupOnDigits() {}

  /// Runs everything and prints a line for each run, then the table.
  public static void main(String[] args) {
    int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    int epochs = args.length > 2 ? Integer.parseInt(args[2]) : 150;
    List<Integer> channels =
        Arrays.stream((args.length > 3 ? args[3] : "8,16,32,64").split(","))
            .map(Integer::valueOf)
            .toList();
    Map<String, Supplier<Callback>> ways = new LinkedHashMap<>();
    ways.put("none", () -> new Callback() {});
    ways.put("mixup", Mixup::new);
    ways.put("cutmix", Cutmix::new);
    ways.put("one of both", OneOf::new);
    Map<String, List<Double>> errors = new LinkedHashMap<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorLoader digits =
          Idx.loader(
                  manager,
                  Idx.read(Path.of(args[0], "t10k-images-idx3-ubyte.gz")),
                  Idx.read(Path.of(args[0], "t10k-labels-idx1-ubyte.gz")),
                  Standardization.MNIST)
              .batchSize(64);
      TensorLoader train = digits.part(0, TRAIN).shuffled().dropLast();
      TensorLoader valid = digits.part(TRAIN, 10_000 - TRAIN).batchSize(500);
      for (int seed = 1; seed <= seeds; seed++) {
        for (var way : ways.entrySet()) {
          double error = error(train, valid, channels, way.getValue().get(), seed, epochs);
          errors.computeIfAbsent(way.getKey(), _ -> new ArrayList<>()).add(error);
          System.out.printf("seed %d  %-12s %5.2f %%%n", seed, way.getKey(), error);
        }
      }
    }
    print(errors, channels, seeds, epochs);
  }

  /// {@return the validation error in percent}
  private static double error(
      TensorLoader train,
      TensorLoader valid,
      List<Integer> channels,
      Callback callback,
      long seed,
      int epochs) {
    try (Learner learner =
        Learner.builder()
            .model(Cnn.of(new Cnn.Options(channels), 10))
            .loss(new CrossEntropy())
            .optimizer(AdamW.of(RATE))
            .train(train)
            .metrics(Accuracy.errorRate())
            .seed(seed)
            .build()) {
      learner.fit(epochs, callback, new Cosine());
      learner.validData(valid);
      return 100 * learner.validate().metrics().get("error_rate");
    }
  }

  /// Warms the learning rate up over a tenth of the fit, then lowers it to 0 along a cosine.
  private static final class Cosine implements Callback {
    @Override
    public void beforeBatch(Batch batch) {
      double done = batch.fit().pctTrain();
      double factor = done < 0.1 ? done / 0.1 : (1 + Math.cos(Math.PI * (done - 0.1) / 0.9)) / 2;
      batch.fit().set(Hyper.LEARNING_RATE, RATE * factor);
    }
  }

  private static void print(
      Map<String, List<Double>> errors, List<Integer> channels, int seeds, int epochs) {
    System.out.printf(
        "%n%d digits, channels %s, %d epochs, %d seeds: validation error in %%, 95 %% confidence%n%n",
        TRAIN, channels, epochs, seeds);
    System.out.printf("| %-12s | %-15s | %-17s |%n", "callback", "error", "less none");
    System.out.printf("|%s|%s|%s|%n", "-".repeat(14), "-".repeat(17), "-".repeat(19));
    List<Double> plain = errors.get("none");
    errors.forEach((name, values) -> {
      var differences = new ArrayList<Double>();
      for (int i = 0; i < values.size(); i++) {
        differences.add(values.get(i) - plain.get(i));
      }
      System.out.printf(
          "| %-12s | %-15s | %-17s |%n",
          name,
          interval(values, "%.2f"),
          name.equals("none") ? "" : interval(differences, "%+.2f"));
    });
  }

  private static String interval(List<Double> values, String form) {
    var statistics = new SummaryStatistics();
    values.forEach(statistics::addValue);
    double t = new TDistribution(values.size() - 1.0).inverseCumulativeProbability(0.975);
    double half = t * statistics.getStandardDeviation() / Math.sqrt(values.size());
    return (form + " ± %.2f").formatted(statistics.getMean(), half);
  }
}
