package io.antiphon.examples.wine;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.csv.Csv;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.losses.Mse;
import io.antiphon.metrics.Accuracy;
import io.antiphon.metrics.MeanError;
import io.antiphon.models.Tabular;
import io.antiphon.optim.Adam;
import java.io.IOException;
import java.nio.file.Path;

/// Writes a table of wines to the file that is the argument, and learns from it twice: which grape
/// a wine is of, and what it costs.
public final class Main {
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args.length == 0 ? "wine.csv" : args[0]);
    Wines.write(file, 1_000, 42);
    System.out.println("1,000 wines in " + file);
    grape(file);
    price(file);
  }

  /// Learns which grape a wine is of.
  static FitResult grape(Path file) {
    return train(Csv.of(file, "grape"), new CrossEntropy(), new Accuracy());
  }

  /// Learns what a wine costs.
  static FitResult price(Path file) {
    return train(Csv.of(file, "price"), new Mse(), MeanError.absolute());
  }

  private static FitResult train(Csv table, LossFunction loss, Metric metric) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Data data = table.load(manager, 42);
      data.notes().forEach(System.out::println);
      try (Learner learner =
          Learner.builder()
              .model(Tabular.of(new Tabular.Options(), data.task()))
              .loss(loss)
              .optimizer(Adam.of(5e-3))
              .train(data.train())
              .valid(data.valid().orElseThrow())
              .metrics(metric)
              .build()) {
        FitResult result = learner.fit(20);
        System.out.println(data.task().goal() + ": " + result.valid().orElseThrow().metrics());
        return result;
      }
    }
  }
}
