package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Learner;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ErasingTest {
  @Test
  void noiseInWholeNumbersIsRefused() {
    try (NDManager manager = NDManager.newBaseManager();
        NDArray bytes = manager.zeros(new Shape(8, 1, 6, 6), DataType.UINT8);
        NDArray classes = manager.zeros(new Shape(8), DataType.INT64);
        Learner learner =
            Drawn.linear()
                .train(new Views(bytes, classes))
                .callbacks(new RandomErasing())
                .build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining("give floating-point images, or noise: false");
    }
  }

  @Test
  void zeroFitsEveryTypeWhichStays() {
    var random = new SplittableRandom(1);
    try (NDManager manager = NDManager.newBaseManager()) {
      for (DataType type : List.of(DataType.UINT8, DataType.INT64, DataType.FLOAT64)) {
        NDArray x = manager.ones(new Shape(2, 1, 4, 4), type);
        var mask = new Mask(new Images(2, 4, 4));
        mask.add(1, Box.around(4, 4, 3, 3, random));
        NDArray erased = Scripts.call(manager, "erase", x, mask.toArray(manager));
        assertThat(erased.getDataType()).isEqualTo(type);
        assertThat(erased.get(0)).isEqualTo(x.get(0));
        assertThat(erased.get(1)).isNotEqualTo(x.get(1));
      }
    }
  }

  @Test
  void aBoxHasTheSizeThatIsAskedForWhereItFits() {
    var random = new SplittableRandom(2);
    for (int side = 1; side <= 6; side++) {
      int most = 0;
      for (int i = 0; i < 1000; i++) {
        Box box = Box.around(20, 30, side, side, random);
        assertThat(box.area()).isBetween(1, side * side);
        most = Math.max(most, box.area());
      }
      assertThat(most).isEqualTo(side * side);
    }
  }

  private static final int SIDE = 20;
  private static final int COUNT = 400;

  @Test
  void cutoutSetsABoxOfEachImageToZero() {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<Integer> erased = erased(manager, new Cutout(), 0);
      // half the side is 10: from 5 by 5 in a corner to 10 by 10
      assertThat(erased).allMatch(count -> count >= 25 && count <= 100);
      assertThat(erased).anyMatch(count -> count < 100).contains(100);
      List<Integer> more = erased(manager, new Cutout(new Cutout.Options(3, 0.3)), 0);
      assertThat(more).anyMatch(count -> count > 36).allMatch(count -> count <= 3 * 36);
    }
  }

  @Test
  void randomErasingFillsBoxesWithinTheImageWithNoise() {
    try (NDManager manager = NDManager.newBaseManager()) {
      var options = new RandomErasing.Options(0.5, 0.1, 0.3, 0.5, true);
      List<Integer> erased = erased(manager, new RandomErasing(options), Float.NaN);
      long touched = erased.stream().filter(count -> count > 0).count();
      assertThat((double) touched / COUNT).isCloseTo(0.5, within(0.1));
      double pixels = SIDE * SIDE;
      // rounding a side moves an area by less than a fifth
      assertThat(erased)
          .allMatch(count -> count == 0 || (count > 0.08 * pixels && count < 0.36 * pixels));
    }
  }

  /// Erases from images of ones.
  ///
  /// @param fill what erased pixels must be; NaN for noise
  /// @return the number of erased pixels of each image
  private static List<Integer> erased(NDManager manager, BatchTransform transform, float fill) {
    var counts = new int[COUNT];
    NDArray x = manager.ones(new Shape(COUNT, 1, SIDE, SIDE));
    var probe = new Probe();
    try (Learner learner =
        Drawn.linear()
            .train(new Views(x, manager.create(new long[COUNT])))
            .valid(new Views(x, manager.create(new long[COUNT])))
            .callbacks(probe.before, transform, probe)
            .build()) {
      learner.fit(1);
    }
    double sum = 0;
    double squares = 0;
    int all = 0;
    for (int b = 0; b < probe.batches.size(); b++) {
      Probe.Seen seen = probe.batches.get(b);
      assertThat(seen.value()).isEqualTo(seen.expected());
      for (int i = 0; i < seen.after().size(); i++) {
        float now = seen.after().get(i);
        if (now != 1) {
          counts[b * Views.BATCH + i / (SIDE * SIDE)]++;
          sum += now;
          squares += now * now;
          all++;
          if (!Float.isNaN(fill)) {
            assertThat(now).isEqualTo(fill);
          }
        }
      }
    }
    if (Float.isNaN(fill)) {
      assertThat(sum / all).isCloseTo(0, within(0.05));
      assertThat(squares / all).isCloseTo(1, within(0.05));
    }
    return java.util.stream.IntStream.of(counts).boxed().toList();
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Cutout.Options(0, 0.5))
        .hasMessage("holes is 0; it must be in [1, 1,000]");
    assertThatThrownBy(() -> new Cutout.Options(1, 1.5))
        .hasMessage("length is 1.5; it must be in [0, 1]");
    assertThatThrownBy(() -> new RandomErasing.Options(0.5, 0.4, 0.2, 0.3, true))
        .hasMessage("max-area is 0.2; it must be at least min-area, 0.4");
    assertThatThrownBy(() -> new RandomErasing.Options(0.5, 0.1, 0.2, 0, true))
        .hasMessage("aspect is 0; it must be in (0, 1]");
  }
}
