package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SelfCheckTest {
  @Test
  void float32IsRightOnEveryProcessorBecauseWhatIsWrongIsNotUsed() {
    SelfCheck check = SelfCheck.result();
    System.out.printf("%s, %.0f ms%n", check.text(), check.milliseconds());
    assertThat(check.isRight()).isTrue();
    assertThat(SelfCheck.result()).isSameAs(check);
  }
}
