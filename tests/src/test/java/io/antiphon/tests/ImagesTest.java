package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.tests.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The image of the smallest training experiment, as somebody gets it who has nothing else.
class ImagesTest {
  private static final String EXPERIMENT =
      """
      name: smallest
      data: { use: glyphs, train: 128, valid: 64 }
      fit: { epochs: 1 }
      """;

  @TempDir private static Path temp;

  private static Path file;
  private static Path image;
  private static Result linked;

  @TempDir Path folder;

  @BeforeAll
  static void link() throws Exception {
    file = Files.writeString(temp.resolve("smallest.yaml"), EXPERIMENT);
    image = temp.resolve("an image");
    linked = Checkout.image(temp, file.toString(), "-o", image.toString());
    assertThat(linked.code()).as(linked.err()).isZero();
  }

  @Test
  void itHoldsTheModulesThatTheExperimentNamesAndNoOther() throws Exception {
    assertThat(modules(image))
        .contains("io.antiphon.core", "io.antiphon.data", "io.antiphon.losses")
        .contains("io.antiphon.models", "io.antiphon.optim")
        .doesNotContain("java.desktop", "io.antiphon.mixup", "io.antiphon.image")
        .doesNotContain("io.antiphon.modelzoo", "ai.djl.model_zoo", "com.sun.jna");
    assertThat(linked.out())
        .containsPattern("left out: .*io\\.antiphon\\.modelzoo")
        .containsPattern("java\\.base +\\d+\\.\\d+ MB");
  }

  @Test
  void mixupBringsWhatItRequiresIntoAnImageAndNoMore() throws Exception {
    Path mixes = folder.resolve("mixes");
    String callbacks = "callbacks=[mixup]";
    Result made =
        Checkout.image(folder, file.toString(), "--set", callbacks, "-o", mixes.toString());
    assertThat(made.code()).as(made.err()).isZero();

    var expected = new TreeSet<>(modules(image));
    expected.addAll(List.of("io.antiphon.mixup", "commons.math3")); // which draws for it
    assertThat(modules(mixes)).isEqualTo(expected);
    assertThat(expected).doesNotContain("io.antiphon.precision", "io.antiphon.schedule");
  }

  @Test
  void onlyImagesFromFilesBringTheDesktop() throws Exception {
    assertThat(modules(Checkout.built().resolve("image")))
        .contains("io.antiphon.mixup", "io.antiphon.schedule")
        .contains("io.antiphon.vision", "java.desktop"); // which decodes for it
    assertThat(modules(image)).doesNotContain("io.antiphon.vision", "java.desktop");
  }

  private SortedSet<String> modules(Path of) throws Exception {
    Result modules = Checkout.run(folder, Map.of(), List.of(of + "/bin/java", "--list-modules"));
    assertThat(modules.code()).as(modules.err()).isZero();
    return modules
        .out()
        .lines()
        .map(line -> line.replaceFirst("@.*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void withoutLibtorchItTakesFiftyMegabytesAtMost() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(image)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        bytes += each.startsWith(image.resolve("lib/pytorch")) ? 0 : Files.size(each);
      }
    }
    assertThat(bytes).isLessThanOrEqualTo(50_000_000);
    assertThat(image.resolve("lib/classlist")).as("of no use without an archive").doesNotExist();
  }

  @Test
  void twoImagesOfOneExperimentAreTheSameByteForByteWhateverTheUmask() throws Exception {
    Path second = folder.resolve("second");
    Result again =
        Checkout.image(folder, "077", new String[] {file.toString(), "-o", second.toString()});
    assertThat(again.code()).as(again.err()).isZero();

    Map<String, Path> some = tree(image);
    Map<String, Path> others = tree(second);
    assertThat(others.keySet()).isEqualTo(some.keySet());
    assertThat(some.keySet()).allMatch(each -> each.matches("(rw-r--r--|rwxr-xr-x|rwxrwxrwx) .*"));
    for (Map.Entry<String, Path> each : some.entrySet()) {
      if (Files.isDirectory(each.getValue())) {
        continue;
      }
      assertThat(Files.mismatch(each.getValue(), others.get(each.getKey())))
          .as(each.getKey())
          .isEqualTo(-1);
    }
  }

  private static Map<String, Path> tree(Path root) throws IOException {
    var files = new TreeMap<String, Path>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path each : all.toList()) {
        String permissions =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(each, LinkOption.NOFOLLOW_LINKS));
        files.put(permissions + " " + root.relativize(each), each);
      }
    }
    return files;
  }

  @Test
  void movedItTrainsAndLeavesTheHomeEmpty() throws Exception {
    Path home = Files.createDirectory(folder.resolve("home"));
    Path elsewhere = Files.move(image, image.resolveSibling("elsewhere"));
    try {
      Result run =
          Checkout.run(
              folder,
              Map.of("HOME", home.toString()),
              List.of(elsewhere + "/bin/train", "--out", folder.resolve("run").toString()));
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.err()).isEmpty();
      assertThat(run.out().lines().toList().getLast()).contains("\"epoch\":0,", "\"accuracy\":0.");
    } finally {
      Files.move(elsewhere, image);
    }
    // the run's adds what follows from the data, and how many threads suit them
    List<String> written =
        Files.readAllLines(image.resolve("conf/experiment.yaml")).stream()
            .map(line -> line.replace("threads: auto", "threads: 1"))
            .toList();
    List<String> trained = Files.readAllLines(folder.resolve("run/experiment.yaml"));
    assertThat(trained)
        .containsSubsequence(written)
        .contains("model:", "  use: cnn", "  use: cross-entropy", "metrics: [accuracy]");
    try (Stream<Path> inside = Files.list(home)) {
      assertThat(inside).isEmpty();
    }
  }

  @Test
  void askedForWhatItLacksItSaysTheModulesAndTheCommand() throws Exception {
    Path other = Files.writeString(folder.resolve("other.yaml"), "model: resnet\nloss: l1\n");

    Result run = train(other.toString(), "--set", "seed=7");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("other.yaml:1:8: this image")
        .contains("lacks model 'resnet' of module io.antiphon.modelzoo;")
        .endsWith(": ./antiphon image " + other + " --set seed=7 -o DIR\n");
  }

  @Test
  void lrFindSaysHowToComeByItsModuleAndTakesItFromPlugIns() throws Exception {
    Result probe = Checkout.run(folder, Map.of(), List.of(image + "/bin/antiphon", "lr-find"));

    assertThat(probe.code()).isEqualTo(2);
    assertThat(probe.err())
        .startsWith("antiphon: lr-find needs module io.antiphon.schedule")
        .endsWith("/experiment.yaml' --add-modules io.antiphon.schedule -o DIR\n");

    Path plugins = Files.createDirectory(folder.resolve("schedules"));
    for (String module : List.of("io.antiphon.schedule", "commons.math3")) {
      // jars, or folders of classes where the build left those
      Path place = Path.of(Checkout.modules().find(module).orElseThrow().location().orElseThrow());
      try (Stream<Path> files = Files.walk(place)) {
        for (Path file : files.toList()) {
          Files.copy(file, plugins.resolve(place.getParent().relativize(file).toString()));
        }
      }
    }
    Result with =
        Checkout.run(
            folder,
            Map.of(),
            List.of(
                image + "/bin/antiphon",
                "lr-find",
                "--plugins",
                plugins.toString(),
                "--iterations",
                "12",
                "--set",
                "data={use: glyphs, train: 64, valid: 16}"));
    assertThat(with.err()).isEmpty();
    assertThat(with.code()).isZero();
    assertThat(with.out()).contains("valley", "steep");
  }

  @Test
  void itKnowsTheHashOfItsExperiment() throws Exception {
    Result check =
        Checkout.run(
            folder,
            Map.of(),
            List.of("sh", "-c", "cd '" + image + "/conf' && sha256sum -c *.sha256"));
    assertThat(check.out()).isEqualTo("experiment.yaml: OK\n");
    assertThat(image.resolve("NOTICE")).content().contains("ai.djl.api", "java.base@", "libtorch");
  }

  /// Two plug-ins, each with its own version of a library that both call.
  @Test
  void plugInsDroppedIntoItBringTheirOwnLibraries() throws Exception {
    for (String name : List.of("one", "two")) {
      Path plugin = Files.createDirectories(image.resolve("plugins").resolve(name));
      jar(plugin, "library", "", "exports library;", "Version", library(name));
      jar(plugin, "plugin." + name, plugin.toString(), requires(name), "Teller", teller(name));
    }
    try {
      Result run =
          train("--set", "callbacks+={tell-one: {times: 2}}", "--set", "callbacks+=tell-two");

      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.out()).contains("library of one library of one\n", "library of two\n");
    } finally {
      delete(image.resolve("plugins"));
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private Result train(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(image + "/bin/train"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--out", folder.resolve("run").toString()));
    return Checkout.run(folder, Map.of(), command);
  }

  private static String library(String name) {
    return """
    package library;

    public class Version {
      public static String name() {
        return "library of %s";
      }
    }
    """
        .formatted(name);
  }

  private static String requires(String name) {
    return """
    requires io.antiphon.core;
    requires library;
    opens plugin.%1$s to io.antiphon.core;
    provides io.antiphon.core.spi.CallbackProvider with plugin.%1$s.Teller;
    """
        .formatted(name);
  }

  private static String teller(String name) {
    return """
    package plugin.%1$s;

    import io.antiphon.core.*;
    import io.antiphon.core.spi.*;

    @Id("tell-%1$s")
    public record Teller(int times) implements CallbackProvider {
      public Teller() {
        this(1);
      }

      public Callback create() {
        return new Callback() {
          public void afterFit(Fit fit) {
            System.out.println((library.Version.name() + " ").repeat(times).strip());
          }
        };
      }
    }
    """
        .formatted(name);
  }

  private void jar(Path target, String module, String path, String body, String type, String source)
      throws IOException {
    Path sources = Files.createDirectories(folder.resolve("sources-" + target.getFileName()));
    Path own = Files.createDirectories(sources.resolve(module));
    Path classes = folder.resolve("classes-" + target.getFileName()).resolve(module);
    Path info =
        Files.writeString(own.resolve("module-info.java"), "module " + module + " {" + body + "}");
    Path code = Files.writeString(own.resolve(type + ".java"), source);
    tool(
        "javac",
        "-proc:none",
        "--module-path",
        Checkout.built().resolve("modules") + (path.isEmpty() ? "" : ":" + path),
        "-d",
        classes.toString(),
        info.toString(),
        code.toString());
    tool("jar", "-cf", target.resolve(module + ".jar").toString(), "-C", classes.toString(), ".");
  }

  private static void tool(String name, String... arguments) {
    ToolProvider tool = ToolProvider.findFirst(name).orElseThrow();
    assertThat(tool.run(System.out, System.err, arguments)).as(name).isZero();
  }
}
