package io.antiphon.examples.gan;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.DataLoader;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void whatIsDrawnComesToLookLikeTheDigits() {
    Optional<String> folder = Optional.ofNullable(System.getProperty("antiphon.mnist"));
    try (NDManager manager = NDManager.newBaseManager()) {
      DataLoader digits = Main.digits(manager, folder, 8000);
      NDArray real = first(digits, manager);
      try (Learner learner = Main.learner(digits)) {
        double before = difference(Main.draw(learner, manager, 256), real);
        FitResult result = learner.fit(4);
        NDArray drawn = Main.draw(learner, manager, 256);
        double after = difference(drawn, real);
        double variety = deviation(drawn) / deviation(real);
        System.out.printf(
            "mean picture off by %.4f, then %.4f; variety %.2f; %s%n",
            before, after, variety, result);
        assertThat(after).isLessThan(before / 3);
        assertThat(variety).isBetween(0.4, 2.0); // they are not one and the same
        assertThat(drawn.max().getFloat()).isBetween(0.5f, 1f); // there is ink
        assertThat(result.train().orElseThrow().metrics())
            .containsOnlyKeys("discriminator_loss", "generator_loss")
            .allSatisfy((_, loss) -> assertThat(loss).isBetween(0.2, 4.0));
      }
    }
  }

  private static NDArray first(DataLoader digits, NDManager manager) {
    var some = new NDList();
    try (DataLoader.Batches batches = digits.open(1, 0, 0)) {
      for (int i = 0; i < 8; i++) {
        Samples samples = batches.next(manager);
        some.add(samples.inputs().head().flatten(1, -1));
      }
    }
    return NDArrays.concat(some);
  }

  /// {@return the mean square of the difference of mean pictures}
  private static double difference(NDArray some, NDArray others) {
    return some.mean(new int[] {0}).sub(others.mean(new int[] {0})).square().mean().getFloat();
  }

  /// {@return the deviation of a pixel from its mean over pictures}
  private static double deviation(NDArray pictures) {
    return Math.sqrt(pictures.sub(pictures.mean(new int[] {0})).square().mean().getFloat());
  }
}
