package io.antiphon.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line of a program beside this one, in a process of its own.
final class JavaCommand {
  /// What an image's launcher gives a JVM on few cores.
  static final List<String> IMAGE_FLAGS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private JavaCommand() {}

  static List<String> of(Class<?> program, List<String> flags, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.util.logging.config.file="
                + System.getProperty("java.util.logging.config.file", ""),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName()));
    command.addAll(arguments);
    return command;
  }
}
