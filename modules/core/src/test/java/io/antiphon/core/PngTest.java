package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PngTest {
  @Test
  void anArrayGoesFromBlackToWhiteAndIsMadeSmallerIfItIsLarge() {
    Png png = Png.of(new float[] {0, 1, 2, 4}, 1, 2, 2, 96);
    assertThat(png.values()).containsExactly(0, 64, 128, 255);
    assertThat(Arrays.copyOf(png.toBytes(), 8))
        .containsExactly(0x89, 'P', 'N', 'G', 13, 10, 26, 10);
    Png small = Png.of(new float[3 * 200 * 100], 3, 200, 100, 96);
    assertThat(small.height()).isEqualTo(67);
    assertThat(small.width()).isEqualTo(34);
  }
}
