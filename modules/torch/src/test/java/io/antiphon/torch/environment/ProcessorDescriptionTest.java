package io.antiphon.torch.environment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorDescriptionTest {
  @ParameterizedTest
  @CsvSource({
    "GenuineIntel, 6, 143, false", // Sapphire Rapids
    "AuthenticAMD, 26, 2, true", // Zen 5, measured and wrong
    "AuthenticAMD, 25, 17, false", // Zen 4, measured and right
    "AuthenticAMD, 25, 1, false", // Zen 3, measured and right
    "AuthenticAMD, 25, 33, true", // a desktop's Zen 3, which nobody measured
    "AuthenticAMD, 23, 49, true",
    "HygonGenuine, 24, 1, true"
  })
  void oneDnnIsLimitedOnAmdsProcessorsButForThoseThatWereMeasuredAndAreRight(
      String vendor, int family, int model, boolean needsLimit) {
    var text =
        """
        processor\t: 0
        vendor_id\t: %s
        cpu family\t: %d
        model\t\t: %d
        model name\t: A Processor @ 2.7 GHz
        stepping\t: 1
        """
            .formatted(vendor, family, model);
    var description = new ProcessorDescription(text + text.replace("A Proc", "Another Proc"));
    assertThat(description.needsLimit()).isEqualTo(needsLimit);
    assertThat(description.value("model name")).contains("A Processor @ 2.7 GHz");
    assertThat(description.value("model")).contains(Integer.toString(model));
  }

  @Test
  void whereNothingIsToldNothingIsKnown() {
    assertThat(new ProcessorDescription("").needsLimit()).isFalse();
    assertThat(new ProcessorDescription("processor : 0\n").value("model name")).isEmpty();
  }
}
