package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModulesTest {
  /// Every module that was built, and those on the module path that no image holds.
  private static final List<ModuleDescriptor> OURS = ours();

  /// What needs a module without a descriptor, and so lies in a folder of plug-ins.
  private static final Set<String> IN_NO_IMAGE = Set.of("huggingface");

  private static List<ModuleDescriptor> ours() {
    var modules = new TreeMap<String, ModuleDescriptor>();
    Stream.concat(
            Checkout.modules().findAll().stream().map(ModuleReference::descriptor),
            ModuleLayer.boot().modules().stream().map(Module::getDescriptor))
        .filter(module -> module.name().startsWith("io.antiphon."))
        .filter(module -> !module.name().equals("io.antiphon.tests"))
        .forEach(module -> modules.put(module.name(), module));
    return List.copyOf(modules.values());
  }

  @Test
  void theseTestsTheirSubjectAndJUnitRunInNamedModules() {
    assertThat(ModulesTest.class.getModule().isNamed()).isTrue();
    assertThat(io.antiphon.core.Learner.class.getModule().getName()).isEqualTo("io.antiphon.core");
    assertThat(Test.class.getModule().isNamed()).isTrue();
    assertThat(OURS).isNotEmpty();
  }

  @Test
  void noneOfOursIsAutomaticOrOpen() {
    assertThat(OURS).noneMatch(ModuleDescriptor::isAutomatic).noneMatch(ModuleDescriptor::isOpen);
  }

  @Test
  void everyPackageStartsWithItsModulesName() {
    for (ModuleDescriptor module : OURS) {
      assertThat(module.packages())
          .allMatch(name -> name.equals(module.name()) || name.startsWith(module.name() + "."));
    }
  }

  @Test
  void exportsAndOpensGoToNobodyInParticularButCoreAndTheCommandLine() {
    for (ModuleDescriptor module : OURS) {
      assertThat(module.exports()).noneMatch(ModuleDescriptor.Exports::isQualified);
      assertThat(module.opens().stream().flatMap(opens -> opens.targets().stream()))
          .allMatch(List.of("io.antiphon.core", "info.picocli")::contains);
    }
  }

  @Test
  void onlyTorchReachesBelowDjl() {
    for (ModuleDescriptor module : OURS) {
      if (!module.name().equals("io.antiphon.torch")) {
        assertThat(requires(module)).doesNotContain("ai.djl.pytorch_engine");
      }
    }
  }

  @Test
  void everyModuleAndPluginIsInTheDefaultImage() throws IOException {
    var image = Files.readString(Path.of("..", "jlink", "pom.xml"));
    for (String parent : List.of("modules", "plugins")) {
      try (Stream<Path> folders = Files.list(Path.of("..", parent))) {
        assertThat(folders.filter(ModulesTest::holdsAModule))
            .extracting(folder -> folder.getFileName().toString())
            .filteredOn(name -> !name.equals("testkit") && !IN_NO_IMAGE.contains(name))
            .allSatisfy(name -> assertThat(image).contains("<artifactId>antiphon-" + name + "<"));
      }
    }
  }

  @Test
  void noModuleRequiresAPlugIn() throws IOException {
    try (Stream<Path> plugins = Files.list(Checkout.root().resolve("plugins"))) {
      List<String> names =
          plugins
              .filter(ModulesTest::holdsAModule)
              .map(folder -> folder.getFileName().toString())
              .filter(name -> !IN_NO_IMAGE.contains(name))
              .map(name -> "io.antiphon." + name)
              .sorted()
              .toList();
      assertThat(OURS).extracting(ModuleDescriptor::name).containsAll(names);
      for (ModuleDescriptor module : OURS) {
        assertThat(requires(module)).as(module.name()).doesNotContainAnyElementsOf(names);
      }
    }
  }

  private static boolean holdsAModule(Path folder) {
    return Files.exists(folder.resolve("src/main/java/module-info.java"));
  }

  static List<String> names() {
    return OURS.stream().map(ModuleDescriptor::name).toList();
  }

  /// The texts lie in `src/test/resources`; `-Dantiphon.pin=true` writes them anew.
  @ParameterizedTest
  @MethodSource("names")
  void whatAModuleShowsIsPinned(String name) throws IOException {
    ModuleDescriptor module =
        OURS.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    Path pinned =
        Checkout.root()
            .resolve("tests/src/test/resources/io/antiphon/tests/modules")
            .resolve(name + ".txt");
    if (Boolean.getBoolean("antiphon.pin")) {
      Files.createDirectories(pinned.getParent());
      Files.writeString(pinned, describe(module));
    }
    assertThat(pinned).as("the pinned text; -Dantiphon.pin=true writes it").exists();
    assertThat(describe(module))
        .as("if the change is meant, run again with -Dantiphon.pin=true and commit %s", pinned)
        .isEqualTo(Files.readString(pinned));
  }

  private static String describe(ModuleDescriptor module) {
    var lines = new TreeSet<String>();
    for (ModuleDescriptor.Requires each : module.requires()) {
      String how =
          each.modifiers().stream()
              .sorted()
              .map(modifier -> modifier.toString().toLowerCase(Locale.ROOT) + " ")
              .collect(Collectors.joining());
      lines.add("requires " + how + each.name());
    }
    module.exports().forEach(each -> lines.add("exports " + each.source() + to(each.targets())));
    module.opens().forEach(each -> lines.add("opens " + each.source() + to(each.targets())));
    module.uses().forEach(each -> lines.add("uses " + each));
    for (ModuleDescriptor.Provides each : module.provides()) {
      each.providers().forEach(type -> lines.add("provides " + each.service() + " with " + type));
    }
    return (module.isOpen() ? "open " : "")
        + "module "
        + module.name()
        + "\n"
        + lines.stream().map(line -> "  " + line + "\n").collect(Collectors.joining());
  }

  private static String to(Set<String> targets) {
    return targets.isEmpty() ? "" : " to " + String.join(", ", new TreeSet<>(targets));
  }

  private static Stream<String> requires(ModuleDescriptor module) {
    return module.requires().stream().map(ModuleDescriptor.Requires::name);
  }
}
