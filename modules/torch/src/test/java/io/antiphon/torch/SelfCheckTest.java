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

  @Test
  void narrowTypesAreAskedWhenSomebodyWantsToKnow() {
    SelfCheck float32 = SelfCheck.result();
    SelfCheck all = SelfCheck.ofEveryType();
    System.out.printf("%s, %.0f ms%n", all.text(), all.milliseconds());
    assertThat(all.isRight()).isEqualTo(float32.isRight());
    assertThat(all.isRepaired()).isEqualTo(float32.isRepaired());
    assertThat(all.milliseconds()).isGreaterThanOrEqualTo(float32.milliseconds());
    assertThat(all.wrong().keySet()).containsAll(float32.wrong().keySet());
    assertThat(SelfCheck.ofEveryType()).isSameAs(all);
  }
}
