package io.antiphon.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Starts `antiphon trial` in a process of its own: from the image that this process runs from, or
/// on the same JDK and the same module path.
final class TrialProcess {
  /// The option by which a trial ends when its study is gone.
  static final String LEASH = "--ends-with-input";

  private static final String CLI = "io.antiphon.cli";
  private static final List<String> NATIVE = List.of("ai.djl.pytorch_engine", "io.antiphon.torch");
  private static final List<String> PROPERTIES =
      List.of("ai.djl.", "antiphon.", "DJL_", "OPT_OUT", "PYTORCH_", "jna.", "java.util.logging.");

  private TrialProcess() {}

  /// {@return the words of a command line that runs a trial, but its number}
  static List<String> command(StudyFolder study, List<Path> plugins) {
    var words = new ArrayList<>(antiphon());
    words.add("trial");
    plugins.forEach(each -> words.addAll(List.of("--plugins", absolute(each))));
    words.add(absolute(study.path()));
    return words;
  }

  private static String absolute(Path path) {
    return path.toAbsolutePath().normalize().toString();
  }

  /// Starts a trial; what it says goes to its log.
  static Process start(
      StudyFolder study, List<Path> plugins, Plan.Trial trial, OptionalInt pauseAfter) {
    List<String> words = command(study, plugins);
    words.add(Integer.toString(trial.number()));
    pauseAfter.ifPresent(epochs -> words.addAll(List.of("--pause-after", "" + epochs)));
    words.add(LEASH);
    try {
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(study.log(trial).toFile()))
          .start(); // its input stays open as long as this process is there
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the words that start `antiphon`}
  static List<String> antiphon() {
    String home = System.getProperty("antiphon.home");
    if (home != null) {
      return List.of(Path.of(home, "bin", "antiphon").toString());
    }
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> PROPERTIES.stream().anyMatch(name::startsWith))
        .sorted()
        .forEach(name -> words.add("-D" + name + "=" + System.getProperty(name)));
    var modules = new TreeSet<String>();
    var places = new TreeSet<String>();
    for (ResolvedModule module : ModuleLayer.boot().configuration().modules()) {
      module
          .reference()
          .location()
          .filter(Predicate.not(TrialProcess::isOfTheJdk))
          .ifPresent(place -> {
            modules.add(module.name());
            places.add(Path.of(place).toString());
          });
    }
    words.add("--module-path=" + String.join(java.io.File.pathSeparator, places));
    words.add("--add-modules=" + String.join(",", modules));
    words.add(
        "--enable-native-access="
            + String.join(",", NATIVE.stream().filter(modules::contains).toList()));
    String classPath = System.getProperty("java.class.path", "");
    if (!classPath.isEmpty()) {
      words.add("--class-path=" + natives(classPath));
    }
    words.addAll(List.of("--module", CLI + "/" + CLI + ".Main"));
    return words;
  }

  private static boolean isOfTheJdk(URI place) {
    return "jrt".equals(place.getScheme());
  }

  /// {@return of a class path what brings libtorch, whose jars are no modules}
  private static String natives(String classPath) {
    return String.join(
        java.io.File.pathSeparator,
        Stream.of(classPath.split(java.io.File.pathSeparator, -1))
            .filter(jar -> Path.of(jar).getFileName().toString().startsWith("pytorch-"))
            .toList());
  }
}
