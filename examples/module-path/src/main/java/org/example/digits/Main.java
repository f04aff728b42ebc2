package org.example.digits;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.data.Glyphs;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Adam;

/// Trains a small net on drawn digits.
public final class Main {
  private Main() {}

  /// The program.
  public static void main(String[] arguments) {
    System.out.println(train(3));
  }

  static FitResult train(int epochs) {
    try (NDManager manager = NDManager.newBaseManager();
        Learner learner =
            Learner.builder()
                .model(Mlp.of(new Mlp.Options(), Glyphs.CLASSES))
                .loss(new CrossEntropy())
                .optimizer(Adam.of(3e-3))
                .train(
                    Glyphs.train(42)
                        .loader(manager, 1000, Glyphs.STANDARDIZATION)
                        .batchSize(64)
                        .shuffled())
                .valid(Glyphs.valid(42).loader(manager, 250, Glyphs.STANDARDIZATION).batchSize(64))
                .metrics(new Accuracy())
                .build()) {
      return learner.fit(epochs);
    }
  }
}
