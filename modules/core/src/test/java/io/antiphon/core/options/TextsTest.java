package io.antiphon.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Length;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextsTest {
  public record Wait(Length warmUp, Optional<Length> hold) {}

  private static final Wait DEFAULTS = new Wait(Length.ofRun(0.1), Optional.empty());

  private static Node.Mapping given(String key, String text) {
    var value = new Node.Scalar(Place.DEFAULTS, text, false);
    return new Node.Mapping(Place.DEFAULTS, List.of(new Node.Entry(key, Place.DEFAULTS, value)));
  }

  @Test
  void aRecordThatReadsItselfIsWrittenAsOneText() {
    assertThat(Options.bind("test", DEFAULTS, given("warm-up", "3")).warmUp())
        .isEqualTo(Length.epochs(3));
    Wait both = Options.bind("test", DEFAULTS, given("hold", "500 steps"));
    assertThat(both).isEqualTo(new Wait(Length.ofRun(0.1), Optional.of(Length.steps(500))));
    assertThat(Options.bind("test", DEFAULTS, Options.tree(both))).isEqualTo(both);
    assertThat(Options.describe(both))
        .containsExactly(
            new Option("warm-up", "length", "0.1 of the run", ""),
            new Option("hold", "length, or null", "500 steps", ""));
  }

  @Test
  void itsOwnRefusalIsTheMessage() {
    assertThatThrownBy(() -> Options.bind("test", DEFAULTS, given("warm-up", "3 days")))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("option 'warm-up' of test: '3 days' is no length; write '5 epochs'");
  }
}
