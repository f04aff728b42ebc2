package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.torch.environment.Environment;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  @Test
  void itTellsWhatTheProcessComputesWithInOrder() {
    Diagnosis diagnosis = Diagnosis.take();
    diagnosis.facts().forEach((name, fact) -> System.out.println(name + ": " + fact));
    diagnosis.warnings().forEach(warning -> System.out.println("warning: " + warning));
    assertThat(diagnosis.isRight()).isTrue();
    assertThat(diagnosis.facts().keySet())
        .startsWith("processor", "DJL", "libtorch", "oneDNN", "threads", "self-check", "bfloat16")
        .contains("cpu");
    assertThat(diagnosis.facts().get("libtorch")).startsWith("2.7.1");
    assertThat(diagnosis.facts().get("oneDNN"))
        .isEqualTo(
            Processor.limit()
                .map(isa ->
                    "limited to "
                        + isa
                        + (Environment.prepare().containsKey(Environment.INSTRUCTIONS)
                            ? " by Antiphon, because it computes wrong convolutions on"
                                + " processors like this"
                            : " by the environment"))
                .orElse("not limited"));
  }

  /// In a process of its own, because the limit is read when libtorch is loaded.
  @Test
  void wrongKernelsAreFoundAndNotUsedWhereTheLimitIsLifted() throws Exception {
    if (!Environment.needsLimit()) {
      System.out.println("left out: no processor is known here whose kernels are wrong");
      return;
    }
    var told = OtherProcess.run(Told.class, Map.of("ONEDNN_MAX_CPU_ISA", "AVX2"));
    assertThat(told.status()).as(told.output()).isZero();
    assertThat(told.output())
        .contains("right: true")
        .contains("oneDNN: limited to AVX2 by the environment")
        .contains("warning: oneDNN computes wrong convolutions on processors like this");
  }

  /// What a process finds out.
  static final class Told {
    public static void main(String[] arguments) {
      Diagnosis diagnosis = Diagnosis.take();
      diagnosis.facts().forEach((name, fact) -> System.out.println(name + ": " + fact));
      diagnosis.warnings().forEach(warning -> System.out.println("warning: " + warning));
      System.out.println("right: " + diagnosis.isRight());
    }
  }
}
