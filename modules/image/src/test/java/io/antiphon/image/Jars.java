package io.antiphon.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Small jars and modules made on the spot.
final class Jars {
  private Jars() {}

  static Path jar(Path file, Map<String, byte[]> entries) {
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A class with nothing in it.
  static byte[] emptyClass(String name) {
    return ClassFile.of().build(ClassDesc.of(name), clb -> {});
  }

  /// Compiles one module whose source files are given by their names.
  static Path module(Path folder, Map<String, String> sources) throws IOException {
    var source = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-src"));
    var arguments = new ArrayList<>(List.of("-d", folder.toString()));
    for (var file : sources.entrySet()) {
      var path = source.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
      arguments.add(path.toString());
    }
    var javac = ToolProvider.findFirst("javac").orElseThrow();
    if (javac.run(System.out, System.err, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalStateException("The module's source does not compile");
    }
    return folder;
  }
}
