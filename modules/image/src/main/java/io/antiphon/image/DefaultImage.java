package io.antiphon.image;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Builds the repository's own image; the build runs it, on the JDK that compiles.
///
/// Arguments: the class path, the folder to write to, the cache of libtorch, the platform, and when
/// the build began. The folder gets `modules`, a module path that `jlink` accepts; `jni`, DJL's
/// library by flavor; `jdk`, a file that names the JDK; `image`; and `image.sha256`, dated back to
/// the build's beginning: a source that is newer is not in the image.
final class DefaultImage {
  private static final String STAMP = "image.sha256";

  private DefaultImage() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 5) {
      throw new IllegalArgumentException("Expected: CLASSPATH TARGET CACHE PLATFORM BEGAN");
    }
    var classPath =
        Stream.of(args[0].split(File.pathSeparator)).map(Path::of).filter(Files::exists).toList();
    build(classPath, Path.of(args[1]), Path.of(args[2]), args[3]);
    Files.setLastModifiedTime(Path.of(args[1], STAMP), FileTime.from(Instant.parse(args[4])));
  }

  private static void build(List<Path> classPath, Path target, Path cache, String platform)
      throws IOException {
    Files.createDirectories(target);
    Files.writeString(target.resolve("jdk"), System.getProperty("java.home") + "\n");
    var fingerprint = fingerprint(classPath);
    var stamp = target.resolve(STAMP);
    var image = target.resolve("image");
    if (Files.exists(image) && Files.exists(stamp) && Files.readString(stamp).equals(fingerprint)) {
      return;
    }
    Files.deleteIfExists(stamp);
    var jni = jar(classPath, "pytorch-jni-");
    var natives = Natives.unpack(jar(classPath, "pytorch-native-"), jni, cache);
    Natives.unpackFlavors(jni, platform, target.resolve("jni"));
    var folder = target.resolve("modules");
    ImageBuilder.delete(folder);
    var roots = new TreeSet<>(ModuleJars.collect(classPath, folder));
    roots.removeIf(module -> !module.startsWith("io.antiphon."));
    roots.addAll(List.of("ai.djl.pytorch_engine", "org.slf4j.jul"));
    ImageBuilder.build(
        new ImagePlan(
            List.of(folder),
            roots,
            ImagePlan.NATIVE_ACCESS,
            List.of(natives),
            ImagePlan.Launcher.ANTIPHON,
            image));
    Files.writeString(stamp, fingerprint);
  }

  private static Path jar(List<Path> classPath, String prefix) {
    return classPath.stream()
        .filter(jar -> jar.getFileName().toString().startsWith(prefix))
        .findFirst()
        .orElseThrow(
            () -> new ImageException("There is no " + prefix + "*.jar among " + classPath));
  }

  /// Stands for all that the image is made of; the native jars, large and with a version in their
  /// name, by name only.
  private static String fingerprint(List<Path> classPath) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    digest.update(System.getProperty("java.home").getBytes(StandardCharsets.UTF_8));
    for (var element : classPath) {
      try (var files = Files.walk(element)) {
        for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
          digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
          if (!file.getFileName().toString().startsWith("pytorch-native-")) {
            try (var in = new DigestInputStream(Files.newInputStream(file), digest)) {
              in.transferTo(OutputStream.nullOutputStream());
            }
          }
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
