package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ThreadsTest {
  @Test
  void aScopePutsTheFormerNumberBack() {
    int former = Threads.current();
    try (var _ = Threads.use(3)) {
      assertThat(Threads.current()).isEqualTo(3);
      try (var _ = Threads.use(1)) {
        assertThat(Threads.current()).isEqualTo(1);
      }
      assertThat(Threads.current()).isEqualTo(3);
    }
    assertThat(Threads.current()).isEqualTo(former);
  }

  @Test
  void twoThreadsComputeEachWithItsOwnNumber() throws Exception {
    try (var _ = Threads.use(1)) {
      var there = new int[1];
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                try (var _ = Threads.use(2)) {
                  there[0] = Threads.current();
                }
              });
      other.join();
      assertThat(there[0]).isEqualTo(2);
      assertThat(Threads.current()).isEqualTo(1);
    }
  }

  @Test
  void moreWorkGetsMoreThreadsUpToThoseThatAreThere() {
    assertThat(Threads.fitting(0)).isEqualTo(1);
    assertThat(Threads.fitting(2.5e6)).as("an MLP's batch").isEqualTo(1);
    assertThat(Threads.fitting(1e12)).isEqualTo(Threads.available());
    assertThat(Threads.fitting(Double.POSITIVE_INFINITY)).isEqualTo(Threads.available());
  }

  @Test
  void anImpossibleNumberIsRefused() {
    assertThatThrownBy(() -> Threads.use(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads is 0; an operation has 1 to 256");
  }
}
