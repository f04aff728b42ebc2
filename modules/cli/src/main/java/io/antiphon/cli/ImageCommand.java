package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.experiment.Choice;
import io.antiphon.experiment.Experiment;
import io.antiphon.image.ImageBuilder;
import io.antiphon.image.ImageException;
import io.antiphon.image.ImagePlan;
import io.antiphon.image.ImageSizes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon image [FILE] -o DIR`.
///
/// The image holds the modules that provide what the experiment names, what these require, and no
/// other.
@Command(
    name = "image",
    description = "Links the runtime image of an experiment: a folder that trains it anywhere.",
    mixinStandardHelpOptions = true)
final class ImageCommand implements Callable<Integer> {
  /// The property that names the folder of the build's modules.
  static final String MODULES = "antiphon.modules";

  /// The command line, the engine, and where it logs.
  private static final List<String> ALWAYS =
      List.of("io.antiphon.cli", "ai.djl.pytorch_engine", "org.slf4j.jul");

  private static final String JNA = "com.sun.jna";

  @Mixin private ExperimentSource source = new ExperimentSource();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The image's folder; an older image there is replaced.")
  private Path output = Path.of("");

  @Option(
      names = {"-p", "--module-path"},
      paramLabel = "PATH",
      description = "Jars of plug-ins and folders of jars, separated as on Java's module path.")
  private List<String> path = List.of();

  @Option(
      names = "--add-modules",
      split = ",",
      paramLabel = "NAME",
      description = "More modules, beside those that the experiment needs.")
  private List<String> more = List.of();

  @Option(
      names = "--natives",
      paramLabel = "DIR",
      description = "Another libtorch than the one for the CPU: the folder of its libraries.")
  private Optional<Path> natives = Optional.empty();

  @Option(
      names = "--fast-start",
      description = "Train one batch now, and keep what that loaded: starts faster, is larger.")
  private boolean fastStart;

  private final Terminal terminal;

  ImageCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (var _ = new CleanEnd()) {
      make();
    }
    return 0;
  }

  private void make() throws IOException {
    List<Path> plugins =
        path.stream()
            .flatMap(each -> Arrays.stream(each.split(File.pathSeparator, -1)))
            .map(Path::of)
            .toList();
    for (Path plugin : plugins) {
      if (!Files.exists(plugin)) {
        throw new WrongUsage("there is no '" + plugin + "', which --module-path names");
      }
    }
    natives.ifPresent(ImageCommand::checkNatives);
    PluginModules linked = PluginModules.of(plugins);
    if (!linked.leftOut().isEmpty()) {
      throw new WrongUsage("--module-path: " + linked.leftOut().getFirst());
    }
    Catalog catalog = Catalog.of(List.of(ModuleLayer.boot(), linked.layer()));
    Experiment experiment = source.resolve(catalog);
    var modulePath = new ArrayList<>(List.of(property(MODULES)));
    modulePath.addAll(plugins);
    Path rehearsal = Files.createTempDirectory("antiphon-rehearsal");
    try {
      var plan =
          new ImagePlan(
              modulePath,
              roots(experiment),
              ImagePlan.NATIVE_ACCESS,
              natives(),
              List.of(
                  new ImagePlan.Launcher(
                      "train",
                      ImagePlan.Launcher.ANTIPHON.module(),
                      ImagePlan.Launcher.ANTIPHON.mainClass(),
                      List.of("train")),
                  ImagePlan.Launcher.ANTIPHON),
              ThisImage.files(experiment, catalog),
              fastStart
                  ? new ImagePlan.Start.Rehearsed(
                      List.of("--dry-run", "--quiet", "--out", rehearsal.toString()))
                  : new ImagePlan.Start.Plain(),
              output);
      Set<String> modules = build(plan);
      tell(experiment, new ImageContents(modules, modulePath, ImageSizes.of(output)));
    } catch (ImageException e) {
      throw new WrongUsage(String.valueOf(e.getMessage()));
    } finally {
      delete(rehearsal);
    }
  }

  private Set<String> build(ImagePlan plan) throws IOException {
    try (var steps = new Steps(terminal, fastStart ? 3 : 2)) {
      return ImageBuilder.build(plan, steps);
    }
  }

  private void tell(Experiment experiment, ImageContents contents) {
    terminal
        .out()
        .printf(
            "the image of experiment '%s' (SHA-256 %.12s) is %s%n%n%s%n%s trains it%n",
            experiment.name(),
            ThisImage.sha256(experiment.yaml()),
            output,
            contents,
            output.resolve("bin", "train"));
    terminal.out().flush();
  }

  private Set<String> roots(Experiment experiment) {
    var roots = new TreeSet<>(ALWAYS);
    roots.addAll(more);
    for (Choice<?> choice : experiment.choices()) {
      if (choice.component().module().isEmpty()) {
        throw new WrongUsage(choice.component() + " is in no module, and an image holds modules");
      }
    }
    roots.addAll(experiment.modules());
    if (natives.isPresent() && isForGpus(natives.get())) {
      roots.add(JNA); // DJL sees GPUs through it
    }
    return roots;
  }

  private List<Path> natives() {
    if (natives.isEmpty()) {
      return List.of(property("antiphon.natives"));
    }
    Path folder = natives.get();
    String flavor = isForGpus(folder) ? "cu128" : "cpu";
    return List.of(folder, property("antiphon.jni").resolve(flavor));
  }

  private static void checkNatives(Path folder) {
    String torch = System.mapLibraryName("torch");
    if (!Files.exists(folder.resolve(torch))) {
      throw new WrongUsage(
          (Files.isDirectory(folder) ? "there is no %s in '%s'" : "there is no folder '%2$s'")
                  .formatted(torch, folder)
              + "; --natives names the folder of libtorch's libraries");
    }
  }

  private static boolean isForGpus(Path folder) {
    return Files.exists(folder.resolve(System.mapLibraryName("torch_cuda")));
  }

  private static Path property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new WrongUsage(NoImageCommand.SENTENCE);
    }
    return Path.of(value);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
