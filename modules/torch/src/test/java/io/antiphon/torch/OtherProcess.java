package io.antiphon.torch;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a process said that ran a `main` of the tests with an environment of its own.
///
/// @param status its exit status
/// @param output what it wrote to its standard output
record OtherProcess(int status, String output) {
  /// Runs one to its end, on the class path of this one's modules.
  static OtherProcess run(Class<?> main, Map<String, String> environment) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
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
            path + File.pathSeparator + folderOf(main),
            main.getName()));
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new OtherProcess(process.waitFor(), output);
  }

  private static String folderOf(Class<?> type) throws Exception {
    String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
    return Path.of(type.getResource(file).toURI()).resolve("../../../..").normalize().toString();
  }
}
