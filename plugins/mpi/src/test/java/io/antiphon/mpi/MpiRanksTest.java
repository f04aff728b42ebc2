package io.antiphon.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Processes that a real launcher starts. Where there is none, that is said and left out.
class MpiRanksTest {
  /// How a job ended.
  private record Ended(int code, String output) {}

  private static Ended job(String launcher, String what) {
    Path file = Path.of("/usr/bin", launcher);
    if (!Files.isExecutable(file)) {
      System.out.println("There is no " + file + ": what it starts is not tested");
      return new Ended(-1, "");
    }
    var command = new ArrayList<>(List.of(file.toString()));
    if (launcher.contains("openmpi")) {
      command.add("--oversubscribe");
    }
    command.addAll(List.of("-n", "2"));
    // by a shell: Open MPI changes the class path of what is called java
    command.addAll(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\""));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String name : List.of("PYTORCH_LIBRARY_PATH", "ENGINE_CACHE_DIR", "DJL_CACHE_DIR")) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dfile.encoding=UTF-8",
            "-Dstdout.encoding=UTF-8",
            "-DOPT_OUT_TRACKING=true",
            "--enable-native-access=ALL-UNNAMED",
            "--class-path",
            classPath(),
            Member.class.getName(),
            what));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .putAll(Map.of("OMPI_ALLOW_RUN_AS_ROOT", "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"));
    try {
      Path output = Files.createTempFile("mpi", ".txt");
      Process process = builder.redirectOutput(output.toFile()).start();
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the job did not end: " + Files.readString(output));
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      Files.delete(output);
      return new Ended(process.exitValue(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String classPath() {
    try {
      Path own = Path.of(MpiRanksTest.class.getResource("Member.class").toURI());
      String tests = own.getParent().getParent().getParent().getParent().toString();
      return String.join(
          File.pathSeparator,
          tests,
          System.getProperty("jdk.module.path", ""),
          System.getProperty("java.class.path"));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void processesSumAndTellEachOther(String launcher) {
    Ended ended = job(launcher, "sums");
    if (ended.code() >= 0) {
      assertThat(ended.code()).as(ended.output()).isZero();
      assertThat(ended.output().lines().filter(line -> line.startsWith("numbers")))
          .hasSize(2)
          .containsOnly(
              "numbers [1.0, 2.0, 1.0] greatest [1, 0] text grüße von 0 floats 3.0 3.0 first 7");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void aProcessThatIsStuckEndsAllAfterTheTimeOut(String launcher) {
    Ended ended = job(launcher, "stuck");
    if (ended.code() >= 0) {
      assertThat(ended.code()).isNotZero();
      assertThat(ended.output())
          .contains("rank 0 of 2 waited")
          .contains("the number that rank 1 does not bring");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpiexec.mpich"})
  void aProcessThatFailsOrExitsEndsAll(String launcher) {
    Ended failing = job(launcher, "failing");
    if (failing.code() >= 0) {
      assertThat(failing.code()).isNotZero();
      assertThat(failing.output()).contains("rank 1 has no more paper");
      assertThat(job(launcher, "exiting").code()).isNotZero();
    }
  }

  @Test
  void theEnvironmentTellsTheLauncher() {
    assertThat(Launcher.of(Map.of("OMPI_COMM_WORLD_SIZE", "4", "OMPI_COMM_WORLD_RANK", "2")))
        .hasValueSatisfying(launcher -> {
          assertThat(launcher.size()).isEqualTo(4);
          assertThat(launcher.rank()).isEqualTo(2);
          assertThat(launcher.libraries()).startsWith("libmpi.so.40");
        });
    assertThat(Launcher.of(Map.of("PMI_SIZE", "3")))
        .hasValueSatisfying(
            launcher -> assertThat(launcher.libraries()).startsWith("libmpi.so.12"));
    assertThat(Launcher.of(Map.of())).isEmpty();
    assertThat(Launcher.onThisMachine(Map.of("OMPI_COMM_WORLD_LOCAL_SIZE", "2"))).contains(2);
    assertThat(Launcher.onThisMachine(Map.of("OMPI_COMM_WORLD_LOCAL_SIZE", "0"))).isEmpty();
  }
}
