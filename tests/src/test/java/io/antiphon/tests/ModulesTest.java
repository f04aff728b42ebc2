package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModulesTest {
  private static final List<ModuleDescriptor> OURS =
      ModuleLayer.boot().modules().stream()
          .map(Module::getDescriptor)
          .filter(module -> module.name().startsWith("io.antiphon."))
          .filter(module -> !module.name().equals("io.antiphon.tests"))
          .sorted(Comparator.comparing(ModuleDescriptor::name))
          .toList();

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
        assertThat(folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))))
            .extracting(folder -> folder.getFileName().toString())
            .filteredOn(name -> !name.equals("testkit"))
            .allSatisfy(name -> assertThat(image).contains("<artifactId>antiphon-" + name + "<"));
      }
    }
  }

  private static Stream<String> requires(ModuleDescriptor module) {
    return module.requires().stream().map(ModuleDescriptor.Requires::name);
  }
}
