package io.antiphon.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What takes how much room in an image, in bytes.
///
/// @param modules each module's classes and resources, compressed as they are in the image
/// @param archive what is there to start faster
/// @param natives libtorch and its library for Java
/// @param total everything
public record ImageSizes(SortedMap<String, Long> modules, long archive, long natives, long total) {
  /// A line of `jimage list --verbose`: offset, size, size if compressed or 0, name.
  private static final Pattern RESOURCE = Pattern.compile("\\s*(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+\\S+");

  private static final String MODULE = "Module: ";

  /// Copies what it is given.
  public ImageSizes {
    modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
  }

  /// Measures an image; needs a JDK, as building one does.
  public static ImageSizes of(Path image) throws IOException {
    long archive =
        size(image.resolve("lib", "server", "classes.jsa"))
            + size(image.resolve("lib", "start.aot"));
    return new ImageSizes(
        modules(image), archive, size(image.resolve("lib", "pytorch")), size(image));
  }

  /// {@return everything but libtorch}
  public long withoutNatives() {
    return total - natives;
  }

  private static SortedMap<String, Long> modules(Path image) throws IOException {
    var command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jimage").toString(),
            "list",
            "--verbose",
            image.resolve("lib", "modules").toString());
    var sizes = new TreeMap<String, Long>();
    var process = command.redirectErrorStream(true).start();
    var module = "";
    try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (var line : (Iterable<String>) lines.lines()::iterator) {
        var resource = RESOURCE.matcher(line);
        if (line.startsWith(MODULE)) {
          module = line.substring(MODULE.length()).strip();
        } else if (resource.matches()) {
          long compressed = Long.parseLong(resource.group(3));
          long size = compressed == 0 ? Long.parseLong(resource.group(2)) : compressed;
          sizes.merge(module, size, Long::sum);
        }
      }
    } finally {
      process.destroy();
    }
    return sizes;
  }

  private static long size(Path path) throws IOException {
    if (!Files.exists(path)) {
      return 0;
    }
    try (var files = Files.walk(path)) {
      long sum = 0;
      // licenses of the JDK's modules are links to one another
      for (var file : files.filter(ImageSizes::isFile).toList()) {
        sum += Files.size(file);
      }
      return sum;
    }
  }

  private static boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }
}
