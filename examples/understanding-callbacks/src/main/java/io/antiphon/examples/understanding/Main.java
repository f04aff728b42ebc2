package io.antiphon.examples.understanding;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Sgd;
import java.nio.file.Path;

/// Callbacks that read, change, skip and stop. The argument, if there is one, is the folder of
/// MNIST's files; without it digits are drawn.
public final class Main {
  public static void main(String[] args) {
    DataProvider digits =
        args.length > 0 ? new Mnist().dir(Path.of(args[0])) : new Glyphs.Options();
    try (NDManager manager = NDManager.newBaseManager()) {
      Data data = digits.create(new DataProvider.Setting(manager, 42));
      var skips = new SkipAndScale(0.2, 2.3);
      show("gradient clipping", fit(data, 3, new ClipGradients(0.1)));
      show("noise in each batch", fit(data, 3, new AddNoise(0.3f)));
      show("skip high losses, double low ones", fit(data, 3, skips));
      System.out.printf("  %d skipped, %d doubled%n", skips.skipped(), skips.scaled());
      show("stop after epoch 1", fit(data, 5, new StopAfterEpoch(1)));
      show("stop early", fit(data, 20, new StopEarly("valid_loss", 0.02, 1)));
    }
  }

  static FitResult fit(Data data, int epochs, Callback callback) {
    try (Learner learner = learner(data)) {
      return learner.fit(epochs, callback);
    }
  }

  static Learner learner(Data data) {
    return Learner.builder()
        .model(Mlp.of(new Mlp.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Sgd.of(0.1))
        .train(data.train())
        .valid(data.valid().orElseThrow())
        .metrics(new Accuracy())
        .build();
  }

  private static void show(String what, FitResult result) {
    System.out.printf(
        "%s: %d epochs, accuracy %.3f, %s%n",
        what,
        result.epochs(),
        result.valid().orElseThrow().metrics().get("accuracy"),
        result.outcome());
  }
}
