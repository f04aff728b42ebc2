package io.antiphon.torch.environment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorDescriptionTest {
  @ParameterizedTest
  @CsvSource({
    "GenuineIntel, 6, 143, avx avx2 avx512f amx_tile, false", // Sapphire Rapids
    "GenuineIntel, 6, 94, avx avx2, true", // Skylake without AVX-512
    "GenuineIntel, 6, 42, avx, false", // Sandy Bridge has no AVX2 that could be wrong
    "AuthenticAMD, 26, 2, avx avx2 avx512f, true", // Zen 5, measured and wrong
    "AuthenticAMD, 25, 17, avx avx2 avx512f, false", // Zen 4, measured and right
    "AuthenticAMD, 25, 1, avx avx2, true", // Zen 3, measured: writes beyond an array
    "AuthenticAMD, 23, 49, avx avx2, true",
    "HygonGenuine, 24, 1, avx avx2, true"
  })
  void oneDnnIsLimitedWithAvx2AloneAndOnAmdsProcessorsButForThoseThatAreRight(
      String vendor, int family, int model, String flags, boolean needsLimit) {
    var text =
        """
        processor\t: 0
        vendor_id\t: %s
        cpu family\t: %d
        model\t\t: %d
        model name\t: A Processor @ 2.7 GHz
        stepping\t: 1
        flags\t\t: fpu sse2 %s xsave
        """
            .formatted(vendor, family, model, flags);
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
