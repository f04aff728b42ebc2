package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.OptionException;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import java.io.File;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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

  /// What follows a component's module if that was linked from elsewhere than a checkout.
  private static final String PLUG_IN = "plug-in";

  /// Stands for what a user has to fill in.
  private static final String PATH = "PATH";

  private static final Pattern PLAIN = Pattern.compile("[\\w./=+:,@%-]+");

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
        boolean plugIn = ModuleLayer.boot().findModule(component.module()).isEmpty();
        lines.add(
            key(component.kind().singular(), component.id())
                + " "
                + component.module()
                + (plugIn ? " " + PLUG_IN : ""));
      }
    }
    var files = new TreeMap<String, String>();
    files.put(EXPERIMENT.toString(), yaml);
    files.put(HASH.toString(), sha256(yaml) + "  " + EXPERIMENT.getFileName() + "\n");
    files.put(COMPONENTS.toString(), String.join("\n", lines) + "\n");
    return files;
  }

  static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
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

  /// Refuses the image's own experiment if it is not the one that the image was made for.
  void verify() {
    Path file = home.resolve(EXPERIMENT);
    try {
      if (read(HASH).startsWith(sha256(Files.readAllBytes(file)) + " ")) {
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new WrongUsage(
        "'%s' was changed since the image was made; give the file by name to use it as it is now, or"
                .formatted(file)
            + " make a new image");
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
    Map<String, Provided> known = components();
    var missing = new LinkedHashMap<ExperimentFile.Named, String>();
    for (ExperimentFile.Named named : file.components()) {
      Provided provided = known.get(key(named.kind().singular(), named.id()));
      if (provided != null && catalog.find(named.kind(), named.id()).isEmpty()) {
        missing.put(named, provided.module());
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
        "this image, made for the experiment with SHA-256 %s, lacks %s; %s"
            .formatted(
                hash(),
                String.join(", ", lacks),
                remedy(file, catalog, source, settings, List.of())));
  }

  /// {@return the command that makes an image for an experiment, at the end of a clause}
  ///
  /// @param file the experiment
  /// @param catalog the components that there are here
  /// @param source the experiment's file
  /// @param settings what the command line changes in it
  /// @param more modules that it does not name
  String remedy(
      ExperimentFile file,
      Catalog catalog,
      Optional<Path> source,
      List<String> settings,
      List<String> more) {
    Map<String, Provided> known = components();
    var path = new TreeSet<String>();
    var elsewhere = new TreeSet<String>();
    for (ExperimentFile.Named named : file.components()) {
      Provided provided = known.get(key(named.kind().singular(), named.id()));
      Optional<Path> dropped = catalog.find(named.kind(), named.id()).flatMap(ThisImage::folder);
      dropped.ifPresent(folder -> path.add(folder.toString()));
      if (dropped.isEmpty() && provided != null && provided.plugIn()) {
        elsewhere.add(provided.module());
      }
    }
    if (!elsewhere.isEmpty()) {
      path.add(PATH);
    }
    var words = new ArrayList<>(List.of("./antiphon", "image"));
    source.ifPresent(each -> words.add(each.toAbsolutePath().normalize().toString()));
    settings.forEach(each -> words.addAll(List.of("--set", each)));
    if (!path.isEmpty()) {
      words.addAll(List.of("--module-path", String.join(File.pathSeparator, path)));
    }
    more.forEach(each -> words.addAll(List.of("--add-modules", each)));
    words.addAll(List.of("-o", "DIR"));
    return "in a checkout of Antiphon, with a JDK 25%s, this makes an image that has all: %s"
        .formatted(
            elsewhere.isEmpty()
                ? ""
                : " and the jar of module %s at PATH".formatted(String.join(", ", elsewhere)),
            words.stream().map(ThisImage::quoted).collect(Collectors.joining(" ")));
  }

  /// {@return the folder of the jar that a component is from, if that was dropped beside the image}
  private static Optional<Path> folder(Component<?> component) {
    return component
        .layer()
        .filter(layer -> !layer.equals(ModuleLayer.boot()))
        .flatMap(layer -> layer.configuration().findModule(component.module()))
        .flatMap(found -> found.reference().location())
        .map(location -> Path.of(location).getParent());
  }

  /// {@return a word as a POSIX shell reads it}
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private String hash() {
    String line = read(HASH);
    return line.substring(0, Math.min(12, line.length()));
  }

  /// Where a component is from.
  private record Provided(String module, boolean plugIn) {}

  private Map<String, Provided> components() {
    var provided = new TreeMap<String, Provided>();
    for (String line : read(COMPONENTS).lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length >= 3) {
        boolean plugIn = words.length > 3 && words[3].equals(PLUG_IN);
        provided.put(key(words[0], words[1]), new Provided(words[2], plugIn));
      }
    }
    return provided;
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
