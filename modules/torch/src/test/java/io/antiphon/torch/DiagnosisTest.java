package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.torch.environment.Environment;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
                            ? " by Antiphon, because it computes wrong convolutions on this"
                                + " vendor's processors"
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
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var command = new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1"));
    for (String property : List.of("DJL_CACHE_DIR", "OPT_OUT_TRACKING", "ai.djl.offline")) {
      command.add("-D" + property + "=" + System.getProperty(property));
    }
    String path =
        Stream.of("jdk.module.path", "java.class.path", "surefire.test.class.path")
            .map(System::getProperty)
            .filter(Objects::nonNull)
            .collect(Collectors.joining(File.pathSeparator));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--class-path",
            path + File.pathSeparator + folderOf(Told.class),
            Told.class.getName()));
    var builder = new ProcessBuilder(command);
    builder.environment().put("ONEDNN_MAX_CPU_ISA", "AVX2");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(told).isZero();
    assertThat(told)
        .contains("right: true")
        .contains("oneDNN: limited to AVX2 by the environment")
        .contains("warning: oneDNN computes wrong convolutions on processors of this vendor");
  }

  private static String folderOf(Class<?> type) throws Exception {
    return Path.of(type.getResource("DiagnosisTest$Told.class").toURI())
        .resolve("../../../..")
        .normalize()
        .toString();
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
