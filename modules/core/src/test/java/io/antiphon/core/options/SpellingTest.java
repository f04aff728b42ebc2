package io.antiphon.core.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {
  private static final List<String> NAMES = List.of("mixup", "cutmix", "mixed-precision", "ema");

  @Test
  void theNearestNameIsFound() {
    assertThat(Spelling.nearest("mixpu", NAMES)).contains("mixup");
    assertThat(Spelling.nearest("Mixup", NAMES)).contains("mixup");
    assertThat(Spelling.nearest("mixed_precision", NAMES)).contains("mixed-precision");
    assertThat(Spelling.nearest("mixed", NAMES)).contains("mixed-precision");
    assertThat(Spelling.nearest("emma", NAMES)).contains("ema");
  }

  @Test
  void nothingIsGuessedFromAfar() {
    assertThat(Spelling.nearest("dropout", NAMES)).isEmpty();
    assertThat(Spelling.nearest("", NAMES)).isEmpty();
    assertThat(Spelling.nearest("c", List.of("a", "b"))).isEmpty();
    assertThat(Spelling.nearest("B", List.of("a", "b"))).contains("b");
  }

  @Test
  void editsAreCountedWithSwapsAsOne() {
    assertThat(Spelling.distance("abcd", "abdc")).isEqualTo(1);
    assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Spelling.distance("", "abc")).isEqualTo(3);
  }

  @Test
  void theHintEndsASentence() {
    assertThat(Spelling.hint("emma", List.of("ema"), "there are"))
        .isEqualTo("; did you mean 'ema'? There are ema");
    assertThat(Spelling.hint("emma", List.of(), "there are")).isEqualTo("; there are none");
  }
}
