package io.antiphon.examples.runner;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Sgd;
import java.nio.file.Path;
import java.util.List;

/// A perceptron of 784, 50 and 10 units, SGD at a rate of 0.5 in batches of 64, and callbacks that
/// count, average and stop. The argument, if there is one, is the folder of MNIST's files; without
/// it digits are drawn.
public final class Main {
  /// Callbacks to be made: one of each for every learner.
  private static final List<CallbackProvider> CALLBACKS =
      List.of(TrainEval::new, () -> new AverageStatistics(new Accuracy()));

  public static void main(String[] args) {
    DataProvider digits = args.length > 0 ? written(Path.of(args[0])) : new Glyphs.Options();
    try (NDManager manager = NDManager.newBaseManager()) {
      Data data = digits.create(new DataProvider.Setting(manager, 42));
      try (Learner learner = learner(data)) {
        learner.fit(6);
        var counts = (TrainEval) learner.callback("train-eval").orElseThrow();
        System.out.printf("%d iterations, %.2f epochs%n", counts.iterations(), counts.epochs());
      }
      try (Learner learner = learner(data)) {
        FitResult result = learner.fit(1, new StopAfter(10));
        TrainEval counts = learner.callback(TrainEval.class).orElseThrow();
        System.out.printf("%d iterations, then %s%n", counts.iterations(), result.outcome());
      }
    }
  }

  /// {@return written digits, their grey values in `[0, 1]`: standardised ones want a lower rate}
  static DataProvider written(Path folder) {
    return new Mnist().dir(folder).mean(0).deviation(1);
  }

  static Learner learner(Data data) {
    return Learner.builder()
        .model(Mlp.of(new Mlp.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Sgd.of(0.5))
        .train(data.train())
        .valid(data.valid().orElseThrow())
        .callbacks(CALLBACKS.stream().map(CallbackProvider::create).toArray(Callback[]::new))
        .build();
  }
}
