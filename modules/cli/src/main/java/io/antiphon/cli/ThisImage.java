package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.OptionException;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// The runtime image that this command runs from, if an experiment's image it is.
///
/// It holds the experiment that it was made for, and a list of the components that there were when
/// it was made, so that it can say which module a component that it lacks is in.
///
/// @param home its folder; its launchers tell it
record ThisImage(Path home) {
  private static final Path EXPERIMENT = Path.of("conf", "experiment.yaml");
  private static final Path HASH = Path.of("conf", "experiment.yaml.sha256");
  private static final Path COMPONENTS = Path.of("conf", "components");

  static Optional<ThisImage> find() {
    return Optional.ofNullable(System.getProperty("antiphon.home"))
        .map(home -> new ThisImage(Path.of(home)));
  }

  /// {@return the files that make an image an experiment's, by their path in it}
  static Map<String, String> files(Experiment experiment, Catalog catalog) {
    String yaml = experiment.yaml();
    var lines = new TreeSet<String>();
    for (Component<?> component : catalog.components()) {
      if (!component.module().isEmpty()) {
        lines.add(key(component.kind().singular(), component.id()) + " " + component.module());
      }
    }
    var files = new TreeMap<String, String>();
    files.put(EXPERIMENT.toString(), yaml);
    files.put(HASH.toString(), sha256(yaml) + "  " + EXPERIMENT.getFileName() + "\n");
    files.put(COMPONENTS.toString(), String.join("\n", lines) + "\n");
    return files;
  }

  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  private static String key(String kind, String id) {
    return kind + " " + id;
  }

  /// {@return the experiment that it was made for; nothing in the image of everything}
  Optional<Path> experiment() {
    return Optional.of(home.resolve(EXPERIMENT)).filter(Files::exists);
  }

  /// {@return a folder of plug-ins, if somebody made one}
  Optional<Path> plugins() {
    return Optional.of(home.resolve("plugins")).filter(Files::isDirectory);
  }

  /// Refuses an experiment whose components are in modules that this image was made without: all of
  /// them in one sentence, and the command that makes an image for it.
  ///
  /// @param source the file; the built-in experiment if there is none
  /// @param settings what the command line changes in it
  void check(ExperimentFile file, Catalog catalog, Optional<Path> source, List<String> settings) {
    if (experiment().isEmpty()) {
      return;
    }
    Map<String, String> known = components();
    var missing = new LinkedHashMap<ExperimentFile.Named, String>();
    for (ExperimentFile.Named named : file.components()) {
      String module = known.get(key(named.kind().singular(), named.id()));
      if (module != null && catalog.find(named.kind(), named.id()).isEmpty()) {
        missing.put(named, module);
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    List<String> lacks =
        missing.entrySet().stream()
            .map(each ->
                "%s '%s' of module %s"
                    .formatted(each.getKey().kind(), each.getKey().id(), each.getValue()))
            .toList();
    throw new OptionException(
        missing.keySet().iterator().next().place(),
        "this image, made for the experiment with SHA-256 %s, lacks %s; '%s' makes one that has %s"
            .formatted(
                hash(),
                String.join(", ", lacks),
                command(source, settings),
                lacks.size() == 1 ? "it" : "them"));
  }

  private static String command(Optional<Path> source, List<String> settings) {
    var words = new ArrayList<>(List.of("antiphon", "image"));
    source.ifPresent(file -> words.add(quoted(file.toString())));
    for (String setting : settings) {
      words.add("--set");
      words.add(quoted(setting));
    }
    words.add("-o DIR");
    return String.join(" ", words);
  }

  private static String quoted(String word) {
    return word.matches("[\\w./=+:-]+") ? word : '"' + word + '"';
  }

  private String hash() {
    String line = read(HASH);
    return line.substring(0, Math.min(12, line.length()));
  }

  private Map<String, String> components() {
    var modules = new TreeMap<String, String>();
    read(COMPONENTS)
        .lines()
        .forEach(line -> {
          int last = line.lastIndexOf(' ');
          if (last > 0) {
            modules.put(line.substring(0, last), line.substring(last + 1));
          }
        });
    return modules;
  }

  private String read(Path file) {
    Path path = home.resolve(file);
    try {
      return Files.exists(path) ? Files.readString(path) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
