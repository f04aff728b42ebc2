package io.antiphon.examples.miniai;

import ai.djl.engine.Engine;
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
      System.out.println(fit(data, new TrainCallback(), new SingleBatch()).outcome());
      System.out.println("plain SGD:");
      fit(data, new TrainCallback(), new PrintMetrics(System.out));
      System.out.println("gradients times 0.85 in the place of 0:");
      fit(data, new Momentum(0.85), new PrintMetrics(System.out));
    }
  }

  /// Trains an epoch, by a step that one of the callbacks supplies.
  static FitResult fit(Data data, Callback... callbacks) {
    try (Learner learner = learner(data).build()) {
      return learner.fit(1, callbacks);
    }
  }

  /// {@return a learner on the engine's device: the first GPU if there is one. Its model lies
  /// there, and each batch comes there}
  static Learner.Builder learner(Data data) {
    return Learner.builder()
        .model(Mlp.of(new Mlp.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Sgd.of(RATE))
        .train(data.train())
        .valid(data.valid().orElseThrow())
        .metrics(new Accuracy())
        .scoresTraining(true)
        .device(Engine.getInstance().defaultDevice());
  }
}
