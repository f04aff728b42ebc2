package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DenormalsTest {
  /// So many numbers that libtorch shares them among its threads.
  private static final int MANY = 1 << 18;

  private static final float DENORMAL = 1e-40f;

  @BeforeEach
  void leavesItselfOutWhereNothingCanBeChanged() {
    assumeTrue(Denormals.canBeFlushed(), "denormal numbers cannot be flushed on this machine");
  }

  @Test
  void everyThreadOfAnOperationTakesThemForZeroAndThenForWhatTheyAreAgain() {
    try (NDManager manager = NDManager.newBaseManager();
        var _ = Threads.use(2)) {
      NDArray tiny = manager.full(new Shape(MANY), DENORMAL);
      assertThat(left(tiny)).isEqualTo(MANY);
      try (var _ = Denormals.flush()) {
        assertThat(Denormals.isFlushed()).isTrue();
        assertThat(left(tiny)).as("numbers above zero").isZero();
        try (var _ = Denormals.keep()) {
          assertThat(left(tiny)).isEqualTo(MANY);
        }
        assertThat(left(tiny)).isZero();
      }
      assertThat(Denormals.isFlushed()).isFalse();
      assertThat(left(tiny)).isEqualTo(MANY);
    }
  }

  @Test
  void anotherThreadKeepsItsOwnWay() throws Exception {
    try (var _ = Denormals.flush()) {
      var flushed = new boolean[2];
      // a thread begins as the one that starts it
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                try (var _ = Denormals.keep()) {
                  flushed[0] = Denormals.isFlushed();
                }
              });
      other.join();
      flushed[1] = Denormals.isFlushed();
      assertThat(flushed).containsExactly(false, true);
    }
  }

  /// How many of the doubled numbers are not zero, read as bits: the comparison of a denormal with
  /// zero would be flushed, too.
  private static int left(NDArray tiny) {
    int count = 0;
    try (NDArray doubled = tiny.mul(2)) {
      for (float value : doubled.toFloatArray()) {
        count += Float.floatToRawIntBits(value) == 0 ? 0 : 1;
      }
    }
    return count;
  }
}
