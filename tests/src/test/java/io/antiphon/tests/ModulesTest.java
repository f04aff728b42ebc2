package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
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

  private static Stream<String> requires(ModuleDescriptor module) {
    return module.requires().stream().map(ModuleDescriptor.Requires::name);
  }
}
