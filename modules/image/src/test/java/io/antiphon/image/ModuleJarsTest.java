package io.antiphon.image;

import static io.antiphon.image.Jars.emptyClass;
import static io.antiphon.image.Jars.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleJarsTest {
  @TempDir Path temp;

  @Test
  void anAutomaticModuleGetsADescriptorThatOpensAndExportsAll() throws IOException {
    var descriptor = collected(automatic("ai.djl.pytorch_engine", "pytorch-engine-1.2.jar"));

    assertThat(descriptor.isAutomatic()).isFalse();
    assertThat(descriptor.isOpen()).isTrue();
    assertThat(descriptor.rawVersion()).contains("1.2");
    assertThat(descriptor.exports()).extracting(Exports::source).containsExactly("some.name");
    assertThat(descriptor.packages()).containsExactlyInAnyOrder("some.name", "some.data");
    assertThat(descriptor.requires())
        .extracting(Requires::name)
        .containsExactlyInAnyOrder("java.base", "ai.djl.api");
  }

  @Test
  void servicesOfAnAutomaticModuleAreKept() throws IOException {
    var provides =
        collected(automatic("ai.djl.pytorch_engine", "pytorch-engine-1.2.jar")).provides();

    assertThat(provides).hasSize(1);
    assertThat(provides.iterator().next().service()).isEqualTo("java.lang.Runnable");
    assertThat(provides.iterator().next().providers()).containsExactly("some.name.Type");
  }

  @Test
  void whatAJarUsesNowAndThenIsOptional() throws IOException {
    var descriptor = collected(automatic("commons.math3", "commons-math3.jar"));

    assertThat(descriptor.requires())
        .filteredOn(requires -> requires.name().equals("java.desktop"))
        .singleElement()
        .satisfies(
            requires -> assertThat(requires.modifiers()).containsExactly(Requires.Modifier.STATIC));
  }

  @Test
  void aCopyDependsOnItsJarAlone() throws IOException {
    var jar = automatic("commons.math3", "commons-math3.jar");

    ModuleJars.collect(List.of(jar), temp.resolve("one"));
    ModuleJars.collect(List.of(jar), temp.resolve("two"));

    assertThat(temp.resolve("one/commons.math3.jar"))
        .hasSameBinaryContentAs(temp.resolve("two/commons.math3.jar"));
  }

  @Test
  void modulesInFoldersAreCopied() throws IOException {
    var classes =
        Jars.module(temp.resolve("classes"), Map.of("module-info.java", "module some.thing {}"));
    var folder = temp.resolve("modules");

    assertThat(ModuleJars.collect(List.of(classes), folder)).containsExactly("some.thing");

    Files.delete(classes.resolve("module-info.class"));
    assertThat(ModuleFinder.of(folder).find("some.thing")).isPresent();
  }

  @Test
  void whatCanBeNoModuleIsPassedOver() throws IOException {
    var entries = Map.of("native/lib/some.properties", text(""));
    var unknown = Jars.jar(temp.resolve("unknown.jar"), entries);
    var illegal = Jars.jar(temp.resolve("native-linux-x86_64.1-2.jar"), entries);
    var classes = Files.createDirectory(temp.resolve("classes"));

    var names =
        ModuleJars.collect(
            List.of(unknown, illegal, classes, temp.resolve("absent")), temp.resolve("modules"));

    assertThat(names).isEmpty();
  }

  private ModuleDescriptor collected(Path jar) throws IOException {
    var folder = temp.resolve("modules");
    var names = ModuleJars.collect(List.of(jar), folder);
    assertThat(names).hasSize(1);
    return ModuleFinder.of(folder).find(names.iterator().next()).orElseThrow().descriptor();
  }

  private Path automatic(String module, String file) {
    return Jars.jar(
        temp.resolve(file),
        Map.of(
            "META-INF/MANIFEST.MF",
            text("Manifest-Version: 1.0\nAutomatic-Module-Name: " + module + "\n"),
            "META-INF/services/java.lang.Runnable",
            text("some.name.Type\n"),
            "some/data/table.txt",
            text("1"),
            "some/name/Type.class",
            emptyClass("some.name.Type")));
  }
}
