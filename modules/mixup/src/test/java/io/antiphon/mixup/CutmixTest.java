package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CutmixTest {
  @Test
  void targetsWithAPlaceForEachPixelAreRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Images images = Images.of("cutmix", new NDList(manager.zeros(new Shape(2, 1, 6, 6))));
      assertThatThrownBy(() ->
              images.refuseTargetsPerPixel("cutmix", new NDList(manager.zeros(new Shape(2, 6, 6)))))
          .hasMessageContaining("cutmix mixes the losses of whole images by area");
      for (Shape pixels : List.of(new Shape(2, 6, 6, 1), new Shape(2, 3, 6, 6))) {
        assertThatThrownBy(
                () -> images.refuseTargetsPerPixel("cutmix", new NDList(manager.zeros(pixels))))
            .hasMessageContaining("have a place for each pixel");
      }
      images.refuseTargetsPerPixel("cutmix", new NDList(manager.zeros(new Shape(2))));
    }
  }

  private static final int SIDE = 6;
  private static final int PIXELS = SIDE * SIDE;

  @ParameterizedTest
  @EnumSource(Lambda.class)
  void aBoxComesFromThePartnerAndSharesAreAreas(Lambda lambda) {
    var probe = new Probe();
    var cutmix = new Cutmix(new Cutmix.Options(1, lambda, Interpolation.AUTO));
    try (Learner learner = Drawn.linear().callbacks(probe.before, cutmix, probe).build()) {
      learner.fit(10);
    }
    int swapped = 0;
    for (Probe.Seen seen : probe.batches) {
      for (int sample = 0; sample < Views.BATCH; sample++) {
        int partner = seen.partners().get(sample);
        double share = seen.shares().get(lambda == Lambda.PER_BATCH ? 0 : sample);
        assertThat(share).isBetween(0.5, 1.0);
        var own = new boolean[PIXELS];
        int kept = 0;
        for (int i = 0; i < PIXELS; i++) {
          float now = seen.after().get(sample * PIXELS + i);
          own[i] = now == seen.before().get(sample * PIXELS + i);
          kept += own[i] ? 1 : 0;
          if (!own[i]) {
            assertThat(now).isEqualTo(seen.before().get(partner * PIXELS + i));
          }
        }
        if (partner != sample) {
          assertThat(share).isCloseTo((double) kept / PIXELS, within(1e-6));
          // either what is kept or what is not is a box
          boolean box = isBox(own, true);
          swapped += box && kept < PIXELS ? 1 : 0;
          assertThat(box || isBox(own, false)).isTrue();
        }
      }
      assertThat(seen.value()).isCloseTo(seen.expected(), within(1e-5));
    }
    assertThat(swapped).isPositive();
    assertThat(probe.validInputs).hasSize(20);
  }

  private static boolean isBox(boolean[] pixels, boolean value) {
    int top = SIDE;
    int bottom = -1;
    int left = SIDE;
    int right = -1;
    int count = 0;
    for (int i = 0; i < PIXELS; i++) {
      if (pixels[i] == value) {
        top = Math.min(top, i / SIDE);
        bottom = Math.max(bottom, i / SIDE);
        left = Math.min(left, i % SIDE);
        right = Math.max(right, i % SIDE);
        count++;
      }
    }
    return count == (bottom - top + 1) * (right - left + 1) || count == 0;
  }

  @Test
  void boxesAreAroundEvenlyDrawnPixelsAndCutOffAtTheBorders() {
    var random = new SplittableRandom(2);
    double area = 0;
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      Box box = Box.around(28, 20, 14, 10, random);
      assertThat(box.top()).isBetween(0, 27);
      assertThat(box.left()).isBetween(0, 19);
      assertThat(box.top() + box.height()).isLessThanOrEqualTo(28);
      assertThat(box.left() + box.width()).isLessThanOrEqualTo(20);
      area += box.area();
    }
    // the mean over centres c of min(n, c + h) − max(0, c − h), for both axes
    assertThat(area / draws).as("seed 2").isCloseTo(mean(28, 7) * mean(20, 5), within(0.6));
  }

  private static double mean(int length, int half) {
    double sum = 0;
    for (int centre = 0; centre < length; centre++) {
      sum += Math.min(length, centre + half) - Math.max(0, centre - half);
    }
    return sum / length;
  }

  @Test
  void inputsThatAreNoImagesAreRefused() {
    var flat =
        new Callback() {
          @Override
          public Order order() {
            return Order.at(-500);
          }

          @Override
          public void beforeBatch(Batch batch) {
            batch.inputs(new NDList(batch.inputs().head().reshape(8, PIXELS)));
          }
        };
    try (Learner learner = Drawn.linear().callbacks(flat, new Cutmix()).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .hasStackTraceContaining(
              "cutmix needs images [B, …, H, W], but an input has shape (8, 36); reshape it in the data");
    }
  }
}
