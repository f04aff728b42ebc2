package io.antiphon.tests;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What the build left in this checkout, and programs run on it.
final class Checkout {
  private Checkout() {}

  static Path root() {
    return Path.of(System.getProperty("antiphon.root"));
  }

  static Path built() {
    return root().resolve("jlink/target");
  }

  /// {@return the modules that images are made of}
  static ModuleFinder modules() {
    return ModuleFinder.of(built().resolve("modules"));
  }

  /// What a program said, and how it ended.
  record Result(int code, String out, String err) {}

  /// `./antiphon image …`, without looking whether the build is up to date.
  static Result image(Path folder, String... arguments) throws IOException, InterruptedException {
    return image(folder, "022", arguments);
  }

  /// The same by a user with a umask.
  static Result image(Path folder, String umask, String[] arguments)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                "-c",
                "umask " + umask + "; exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dantiphon.modules=" + built().resolve("modules"),
                "-Dantiphon.natives=" + built().resolve("image/lib/pytorch"),
                "-Dantiphon.jni=" + built().resolve("jni"),
                "--illegal-native-access=deny",
                "--add-modules=io.antiphon.image",
                "--module-path=" + built().resolve("modules"),
                "--module=io.antiphon.cli/io.antiphon.cli.Main",
                "image"));
    command.addAll(List.of(arguments));
    return run(folder, Map.of(), command);
  }

  /// Runs a program with no environment but a path and what is given.
  static Result run(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().putAll(environment);
    Path out = folder.resolve("out.txt");
    builder.redirectOutput(out.toFile()).redirectError(folder.resolve("err.txt").toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        throw new AssertionError("still running after 5 minutes: " + command);
      }
    } finally {
      process.destroyForcibly();
    }
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(folder.resolve("err.txt"), StandardCharsets.UTF_8));
  }
}
