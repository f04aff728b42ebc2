package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
  @Test
  void theSamePlaceHasTheSameSeed() {
    assertThat(new RandomStream(42, "mixup").at(3, 17))
        .isEqualTo(new RandomStream(42, "mixup").at(3, 17));
  }

  @Test
  void seedsAreWhatTheyWere() {
    // a change here breaks every saved run
    assertThat(new RandomStream(42, "torch").at(0, 0)).isEqualTo(7113267642794572707L);
  }

  @Test
  void otherPlacesHaveOtherSeeds() {
    var seeds = new HashSet<Long>();
    int count = 0;
    for (long seed : new long[] {0, 1, 42, -1, Long.MAX_VALUE}) {
      for (String name : new String[] {"", "a", "b", "ab", "ba", "torch"}) {
        var stream = new RandomStream(seed, name);
        for (long epoch = 0; epoch < 20; epoch++) {
          for (long step = 0; step < 50; step++) {
            seeds.add(stream.at(epoch, step));
            count++;
          }
        }
      }
    }
    assertThat(seeds).hasSize(count);
  }

  @Test
  void everyBitIsMixed() {
    var stream = new RandomStream(7, "bits");
    var ones = new int[64];
    int draws = 4000;
    for (int step = 0; step < draws; step++) {
      long seed = stream.at(0, step);
      for (int bit = 0; bit < 64; bit++) {
        ones[bit] += (int) (seed >>> bit & 1);
      }
    }
    // six standard deviations of a fair coin
    double bound = 6 * Math.sqrt(draws / 4.0);
    for (int count : ones) {
      assertThat((double) count).isBetween(draws / 2.0 - bound, draws / 2.0 + bound);
    }
  }

  @Test
  void seedingTorchReproducesItsDraws() {
    var stream = new RandomStream(5, "torch");
    try (NDManager manager = NDManager.newBaseManager()) {
      stream.seedTorch(1, 2);
      float[] drawn = draw(manager);
      float[] next = draw(manager);
      stream.seedTorch(1, 3);
      assertThat(draw(manager)).isNotEqualTo(drawn);
      stream.seedTorch(1, 2);
      assertThat(draw(manager)).containsExactly(drawn);
      assertThat(draw(manager)).containsExactly(next);
    }
  }

  private static float[] draw(NDManager manager) {
    return manager.randomUniform(0, 1, new Shape(8)).toFloatArray();
  }

  @Test
  void whatIsDrawnAgainIsTheSameAndChangesNothingOfWhatFollows() {
    try (NDManager manager = NDManager.newBaseManager();
        var _ = RandomStream.scope()) {
      Supplier<float[]> drawing =
          () -> RandomStream.draw(() -> manager.randomUniform(0, 1, new Shape(3)).toFloatArray());
      new RandomStream(1, "torch").seedTorch(0, 0);
      List<float[]> plain = List.of(drawing.get(), drawing.get(), drawing.get());

      new RandomStream(1, "torch").seedTorch(0, 0);
      assertThat(drawing.get()).containsExactly(plain.get(0));
      Runnable again = RandomStream.again();
      for (int i = 0; i < 3; i++) {
        assertThat(drawing.get()).containsExactly(plain.get(1));
        again.run();
      }
      assertThat(drawing.get()).containsExactly(plain.get(1));
      assertThat(drawing.get()).containsExactly(plain.get(2));

      new RandomStream(1, "torch").seedTorch(0, 0);
      again = RandomStream.again();
      float[] direct = manager.randomUniform(0, 1, new Shape(3)).toFloatArray();
      again.run();
      assertThat(manager.randomUniform(0, 1, new Shape(3)).toFloatArray()).containsExactly(direct);
    }
  }
}
