package io.antiphon.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.image.ImagePlan.Launcher;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ImageBuilderTest {
  private static final String MAIN =
      """
      package some.app;

      public class Main {
        public static void main(String[] args) {
          System.out.println("arguments " + java.util.List.of(args));
          System.out.println("libraries " + System.getProperty("PYTORCH_LIBRARY_PATH"));
          System.out.println("tracking " + System.getProperty("OPT_OUT_TRACKING"));
          System.out.println("native " + Main.class.getModule().isNativeAccessEnabled());
          System.out.println("flag " + System.getProperty("some.flag"));
          System.out.println("spin " + System.getenv("GOMP_SPINCOUNT"));
          System.out.println("codes " + String.join("", args).codePoints().boxed().toList());
          System.out.println("offline " + System.getProperty("ai.djl.offline"));
          for (String name : System.getenv().keySet()) {
            if (name.startsWith("DJL_") || name.startsWith("PYTORCH_") || name.startsWith("OPT_")) {
              System.out.println("heard of " + name);
            }
          }
          if (String.join("", args).equals("refuse")) {
            System.err.println("VM warning: this is old");
            System.err.println("there is no data");
            System.err.write(0xFC); // no UTF-8
            System.err.println();
            System.exit(2);
          }
        }
      }
      """;

  @TempDir static Path temp;
  private static Path modules;
  private static Path natives;
  private static Path image;
  private static Set<String> linked;

  @BeforeAll
  static void link() throws IOException {
    modules = Files.createDirectory(temp.resolve("modules"));
    Jars.module(
        modules.resolve("some.app"),
        Map.of("module-info.java", "module some.app {}", "some/app/Main.java", MAIN));
    var license = modules.resolve("some.app/META-INF/LICENSE.txt");
    Files.createDirectory(license.getParent());
    Files.writeString(license, "anything goes");
    natives = Files.createDirectory(temp.resolve("natives"));
    Files.writeString(natives.resolve("libtorch.so"), "");
    Files.writeString(natives.resolve("libdjl_torch.so"), "");
    image = temp.resolve("an image");
    linked = ImageBuilder.build(plan(Set.of("some.app")));
  }

  private static ImagePlan plan(Set<String> roots) {
    return plan(roots, image);
  }

  private static ImagePlan plan(Set<String> roots, Path output) {
    return new ImagePlan(
        List.of(modules),
        roots,
        Set.of("some.app", "not.there"),
        List.of(natives),
        new Launcher("app", "some.app", "some.app.Main"),
        output);
  }

  @Test
  void anImageHoldsWhatItsRootsRequire() {
    assertThat(linked).containsExactly("java.base", "some.app");
    assertThat(image.resolve("lib/pytorch/libdjl_torch.so")).exists();
    assertThat(image.resolve("lib/server/classes.jsa")).exists();
  }

  @Test
  void licensesThatModulesCarryComeAlong() {
    assertThat(image.resolve("legal/some.app/LICENSE.txt")).hasContent("anything goes");
    assertThat(image.resolve("legal/java.base/LICENSE")).exists();
    assertThat(image.resolve("legal/Apache-2.0.txt")).content().contains("Version 2.0");
  }

  @Test
  void theLauncherPassesArgumentsAsTheyAre() throws Exception {
    assertThat(run(image.resolve("bin/app"), Map.of(), "a b", "*"))
        .contains("arguments [a b, *]", "tracking true", "native true", "spin 1000");
  }

  @Test
  void theLauncherFindsItsImageThroughLinksAndAfterAMove() throws Exception {
    var link = Files.createSymbolicLink(temp.resolve("link"), image.resolve("bin/app"));
    var linkToLink = Files.createSymbolicLink(temp.resolve("link-to-link"), Path.of("link"));
    assertThat(run(linkToLink, Map.of())).contains("libraries " + image.resolve("lib/pytorch"));
    Files.delete(link);

    var moved = temp.resolve("moved");
    Files.move(image, moved);
    try {
      assertThat(run(moved.resolve("bin/app"), Map.of()))
          .contains("libraries " + moved.resolve("lib/pytorch"));
    } finally {
      Files.move(moved, image);
    }
  }

  @Test
  void theEnvironmentReplacesTheTuning() throws Exception {
    var environment =
        Map.of("ANTIPHON_JAVA_OPTS", "-XX:+UseParallelGC -Dsome.flag=on", "GOMP_SPINCOUNT", "7");

    assertThat(run(image.resolve("bin/app"), environment)).contains("flag on", "spin 7");
  }

  /// DJL heeds the environment before what the launcher says.
  @Test
  void theMachineDoesNotSayWhichLibtorchToLoadOrWhomToCall() throws Exception {
    var environment =
        Map.of(
            "PYTORCH_LIBRARY_PATH", "/nowhere",
            "PYTORCH_VERSION", "1.0",
            "PYTORCH_CUDA_ALLOC_CONF", "libtorch's own",
            "DJL_DEFAULT_ENGINE", "another",
            "DJL_CACHE_DIR", "/nowhere",
            "OPT_OUT_TRACKING", "false");

    var said = run(image.resolve("bin/app"), environment);

    assertThat(said).contains("libraries " + image.resolve("lib/pytorch"), "offline true");
    assertThat(said)
        .filteredOn(line -> line.startsWith("heard of "))
        .containsExactly("heard of PYTORCH_CUDA_ALLOC_CONF");
    assertThat(
            run(image.resolve("bin/app"), Map.of("ANTIPHON_JAVA_OPTS", "-Dai.djl.offline=false")))
        .contains("offline false");
  }

  @Test
  void anUmlautIsOneLetterInEveryLocale() throws Exception {
    String script = "exec \"$0\" \"$(printf '\\303\\274')\"";
    for (String locale : List.of("C", "POSIX", "", "xx_YY.UTF-8")) {
      var process =
          new ProcessBuilder("/bin/sh", "-c", script, image.resolve("bin/app").toString());
      process.environment().keySet().removeIf(name -> name.startsWith("LC_"));
      process.environment().put("LANG", locale);
      process.environment().put("LC_ALL", locale);
      assertThat(said(process, 0)).as(locale).contains("codes [252]");
    }
  }

  @Test
  void aColonInItsPathIsTold() throws Exception {
    var moved = Files.createDirectory(temp.resolve("a:b")).resolve("image");
    Files.move(image, moved);
    try {
      assertThat(said(new ProcessBuilder(moved.resolve("bin/app").toString()), 2))
          .containsExactly(
              "antiphon: no JVM starts from a folder with a colon in its path, as '%s' has: move the"
                      .formatted(moved)
                  + " image");
    } finally {
      Files.move(moved, image);
    }
  }

  @Test
  void whoeverInterruptsABuildFindsNothingLeft() throws Exception {
    var output = temp.resolve("given up");
    for (String word : List.of("linking", "adding", "rehearsing")) {
      assertThatThrownBy(() ->
              ImageBuilder.build(
                  plan(Set.of("some.app"), output),
                  step -> {
                    if (step.startsWith(word)) {
                      Thread.currentThread().interrupt();
                    }
                  }))
          .as(word)
          .isInstanceOf(InterruptedIOException.class)
          .hasMessage("Interrupted while building an image");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(siblings(output)).isEmpty();
    }
  }

  @Test
  void whatABuildDoesIsTold() throws Exception {
    var steps = new ArrayList<String>();
    ImageBuilder.build(plan(Set.of("some.app"), temp.resolve("told")), steps::add);
    assertThat(steps).containsExactly("linking 2 modules", "adding libtorch", "rehearsing a start");
  }

  @Test
  void aNewImageTakesTheOldOnesPlaceAndKeepsWhatIsNotTheImages() throws Exception {
    Files.writeString(image.resolve("lib", "left-over"), "");
    var plugin = Files.createDirectories(image.resolve("plugins", "a")).resolve("a.jar");
    Files.writeString(plugin, "mine");

    ImageBuilder.build(plan(Set.of("some.app")));

    assertThat(image.resolve("lib", "left-over")).doesNotExist();
    assertThat(plugin).hasContent("mine");
    assertThat(siblings(image)).containsExactly(image.getFileName().toString());
    ImageBuilder.delete(image.resolve("plugins"));
  }

  @Test
  void foldersWithSimilarNamesAreLeftAlone() throws Exception {
    var output = temp.resolve("similar");
    for (var name : List.of("similar.old", "similar.new")) {
      Files.writeString(Files.createDirectory(temp.resolve(name)).resolve("file"), "precious");
    }

    ImageBuilder.build(plan(Set.of("some.app"), output));

    assertThat(temp.resolve("similar.old/file")).hasContent("precious");
    assertThat(temp.resolve("similar.new/file")).hasContent("precious");
    assertThat(siblings(output)).containsExactly("similar", "similar.new", "similar.old");
  }

  @Test
  void whatIsNoImageIsLeftAlone() throws IOException {
    var folder = Files.createDirectory(temp.resolve("precious"));
    Files.writeString(folder.resolve("file"), "");
    var jdk = Files.createDirectories(temp.resolve("jdk", "lib")).getParent();
    Files.writeString(jdk.resolve("lib", "modules"), "");

    for (var output : List.of(folder, jdk)) {
      assertThatThrownBy(() -> ImageBuilder.build(plan(Set.of("some.app"), output)))
          .isInstanceOf(ImageException.class)
          .hasMessage(output + " exists and is no image: name another folder");
    }
    assertThat(folder.resolve("file")).exists();
    assertThat(jdk.resolve("lib", "modules")).exists();
  }

  @Test
  void aPlaceWhereNothingCanBeMadeIsNamed() throws IOException {
    var output = Files.writeString(temp.resolve("a file"), "").resolve("image");

    assertThatThrownBy(() -> ImageBuilder.build(plan(Set.of("some.app"), output)))
        .isInstanceOf(ImageException.class)
        .hasMessage("An image cannot be written to " + output + ": nothing can be made beside it");
  }

  private static List<String> siblings(Path output) throws IOException {
    try (var files = Files.list(output.getParent())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(output.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  @Test
  void aMissingModuleIsNamed() {
    assertThatThrownBy(() -> ImageBuilder.build(plan(Set.of("some.app", "some.other"))))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("some.other");
    assertThat(image).exists();
  }

  @Test
  void aModuleWithoutADescriptorIsNamed() throws IOException {
    var jar = modules.resolve("unknown.jar");
    Jars.jar(jar, Map.of("unknown/Type.class", Jars.emptyClass("unknown.Type")));
    try {
      assertThatThrownBy(() -> ImageBuilder.build(plan(Set.of("some.app", "unknown"))))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("without a descriptor, which is the case of unknown; drop what")
          .hasMessageContaining("into the folder 'plugins' of an image");
    } finally {
      Files.delete(jar);
    }
  }

  @Test
  void aRehearsalThatFailsTellsWhyAndLeavesNoImage() {
    var output = temp.resolve("rehearsed");
    var plan =
        new ImagePlan(
            List.of(modules),
            Set.of("some.app"),
            Set.of("some.app"),
            List.of(natives),
            List.of(new Launcher("app", "some.app", "some.app.Main")),
            Map.of(),
            new ImagePlan.Start.Rehearsed(List.of("refuse")),
            output);
    assertThatThrownBy(() -> ImageBuilder.build(plan))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("The rehearsal of a start failed: there is no data\n");
    assertThat(output).doesNotExist();
  }

  private static List<String> run(
      Path command, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    var line = new ArrayList<String>();
    line.add(command.toString());
    line.addAll(List.of(arguments));
    var builder = new ProcessBuilder(line);
    builder.environment().remove("GOMP_SPINCOUNT");
    builder.environment().putAll(environment);
    return said(builder, 0);
  }

  private static List<String> said(ProcessBuilder builder, int code)
      throws IOException, InterruptedException {
    var process = builder.redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(code);
    return output.lines().toList();
  }
}
