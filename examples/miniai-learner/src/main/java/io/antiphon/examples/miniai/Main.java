package io.antiphon.examples.miniai;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Sgd;
import java.nio.file.Path;

/// A learner of which a callback supplies every part of the step, and momentum in three lines. The
/// argument, if there is one, is the folder of MNIST's files; without it digits are drawn.
public final class Main {
  private static final double RATE = 0.02;

  public static void main(String[] args) {
    DataProvider digits =
        args.length > 0 ? new Mnist().dir(Path.of(args[0])) : new Glyphs.Options();
    try (NDManager manager = NDManager.newBaseManager()) {
      Data data = digits.create(new DataProvider.Setting(manager, 42));
      System.out.println("on " + Engine.getInstance().defaultDevice());
      oneBatch(data);
      System.out.println("plain SGD:");
      train(data, TrainingStep.STANDARD);
      System.out.println("gradients times 0.85 in the place of 0:");
      train(data, new Momentum(0.85));
    }
  }

  /// Trains on a single batch, by the step that a callback supplies.
  static FitResult oneBatch(Data data) {
    try (Learner learner = learner(data, TrainingStep.STANDARD).build()) {
      FitResult result = learner.fit(3, new TrainCallback(), new SingleBatch());
      System.out.println(result.outcome());
      return result;
    }
  }

  /// Trains an epoch, and prints what it came to.
  static FitResult train(Data data, TrainingStep step) {
    try (Learner learner = learner(data, step).build()) {
      return learner.fit(1, new PrintMetrics(System.out));
    }
  }

  /// {@return a learner on the engine's device: the first GPU if there is one. Its model lies
  /// there, and each batch comes there}
  static Learner.Builder learner(Data data, TrainingStep step) {
    return Learner.builder()
        .model(Mlp.of(new Mlp.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Sgd.of(RATE))
        .step(step)
        .train(data.train())
        .valid(data.valid().orElseThrow())
        .metrics(new Accuracy())
        .scoresTraining(true)
        .device(Engine.getInstance().defaultDevice());
  }
}
