package io.antiphon.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Chromium without a window.
///
/// @param program where it is
record Browser(Path program) {
  /// {@return the one on this machine}
  static Optional<Browser> find() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder ->
            Stream.of("chromium", "chromium-browser", "google-chrome")
                .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Browser::new);
  }

  /// {@return what a page has become}
  ///
  /// @param profile a folder of its own
  /// @throws AssertionError if the page complained
  String open(Path page, Path profile) throws IOException, InterruptedException {
    Path shown = profile.resolveSibling(profile.getFileName() + ".html");
    Path told = profile.resolveSibling(profile.getFileName() + ".log");
    var command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + profile,
                "--window-size=1200,2000",
                "--virtual-time-budget=3000",
                "--enable-logging=stderr",
                "--dump-dom",
                page.toUri().toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(shown.toFile())
            .redirectError(told.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("the browser ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readAllLines(told)).noneMatch(line -> line.contains("CONSOLE"));
    return Files.readString(shown);
  }
}
