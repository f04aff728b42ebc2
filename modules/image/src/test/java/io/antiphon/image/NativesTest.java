package io.antiphon.image;

import static io.antiphon.image.Jars.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class NativesTest {
  @TempDir Path temp;
  private Path torchJar;
  private Path jniJar;
  private Path cache;

  @BeforeEach
  void makeJars() {
    torchJar =
        Jars.jar(
            temp.resolve("torch.jar"),
            Map.of(
                "native/lib/pytorch.properties",
                text(
                    "version=9.9-1\nflavor=cpu\nclassifier=os-arch\nlibraries=libtorch.so,libc.so.1"),
                "pytorch/cpu/os-arch/libtorch.so",
                text("torch"),
                "pytorch/cpu/os-arch/libc.so.1",
                text("c")));
    jniJar =
        Jars.jar(
            temp.resolve("jni.jar"),
            Map.of(
                "jnilib/os-arch/cpu/libdjl_torch.so", text("jni"),
                "jnilib/os-arch/cu1/libdjl_torch.so", text("jni for cuda"),
                "jnilib/other-arch/cpu/libdjl_torch.so", text("other")));
    cache = temp.resolve("cache");
  }

  @Test
  void librariesAreUnpackedWhereDjlLooksForThem() throws IOException {
    var folder = Natives.unpack(torchJar, jniJar, cache);

    assertThat(folder).isEqualTo(cache.resolve("pytorch/9.9-1-cpu-os-arch"));
    assertThat(names(folder))
        .containsExactlyInAnyOrder("libtorch.so", "libc.so.1", "libdjl_torch.so");
    assertThat(names(cache.resolve("pytorch"))).containsExactly("9.9-1-cpu-os-arch");
  }

  @Test
  void whatIsThereStays() throws IOException {
    var folder = Natives.unpack(torchJar, jniJar, cache);
    var before = Files.readAttributes(folder.resolve("libtorch.so"), "unix:ino");

    Natives.unpack(torchJar, jniJar, cache);

    assertThat(Files.readAttributes(folder.resolve("libtorch.so"), "unix:ino")).isEqualTo(before);
  }

  @Test
  void aLibraryThatDjlUnpackedUnderItsOwnNameIsRecognised() throws IOException {
    var folder = Natives.unpack(torchJar, jniJar, cache);
    Files.move(folder.resolve("libdjl_torch.so"), folder.resolve("1.0-libdjl_torch.so"));

    Natives.unpack(torchJar, jniJar, cache);
    Natives.place(List.of(folder), temp.resolve("image"));

    assertThat(names(folder)).doesNotContain("libdjl_torch.so");
    assertThat(names(temp.resolve("image"))).contains("libdjl_torch.so", "libtorch.so");
  }

  @Test
  void anotherFlavorComesFromItsOwnFolder() throws IOException {
    Natives.unpackFlavors(jniJar, "os-arch", temp.resolve("jni"));
    var cuda = Files.createDirectory(temp.resolve("cuda"));
    Files.writeString(cuda.resolve("libtorch.so"), "torch for cuda");
    Files.writeString(cuda.resolve("README"), "no library");

    Natives.place(List.of(cuda, temp.resolve("jni/cu1")), temp.resolve("image"));

    assertThat(names(temp.resolve("jni"))).containsExactlyInAnyOrder("cpu", "cu1");
    assertThat(names(temp.resolve("image")))
        .containsExactlyInAnyOrder("libtorch.so", "libdjl_torch.so");
    assertThat(temp.resolve("image/libdjl_torch.so")).hasContent("jni for cuda");
  }

  @Test
  void linksInTheFolderAreFollowed() throws IOException {
    var folder = Natives.unpack(torchJar, jniJar, cache);
    Files.createSymbolicLink(folder.resolve("libc.so"), Path.of("libc.so.1"));

    Natives.place(List.of(folder), temp.resolve("image"));

    assertThat(temp.resolve("image/libc.so")).isRegularFile().hasContent("c");
    assertThat(Files.isSymbolicLink(temp.resolve("image/libc.so"))).isFalse();
  }

  @Test
  void whatNotEverybodyMayReadIsCopiedAndReadable() throws IOException {
    var folder = Natives.unpack(torchJar, jniJar, cache);
    Files.setPosixFilePermissions(
        folder.resolve("libtorch.so"), PosixFilePermissions.fromString("rw-------"));

    Natives.place(List.of(folder), temp.resolve("image"));

    assertThat(permissions(temp.resolve("image/libtorch.so"))).isEqualTo("rw-r--r--");
    assertThat(permissions(folder.resolve("libtorch.so"))).isEqualTo("rw-------");
    assertThat(Files.getAttribute(temp.resolve("image/libc.so.1"), "unix:ino"))
        .isEqualTo(Files.getAttribute(folder.resolve("libc.so.1"), "unix:ino"));
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aFolderWithoutTheEngineIsRefused() throws IOException {
    var empty = Files.createDirectory(temp.resolve("empty"));

    assertThatThrownBy(() -> Natives.place(List.of(empty), temp.resolve("image")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("There is no libtorch.so in")
        .hasMessageContaining(empty.toString());
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
