package io.antiphon.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Makes a module path that `jlink` accepts out of the class path that a build resolved.
public final class ModuleJars {
  private static final LocalDateTime TIMESTAMP = LocalDateTime.of(2026, 1, 1, 0, 0);

  /// A folder whose name is that of a package; `META-INF` is none.
  private static final Pattern PACKAGE = Pattern.compile("[\\p{Alpha}_]\\w*(/[\\p{Alpha}_]\\w*)*");

  private ModuleJars() {}

  /// Fills a folder with modules: those with a descriptor as they are, the jars of DJL, Commons
  /// Math and JNA as copies that have one.
  ///
  /// Other jars without a descriptor are left out. A module that requires one of them cannot be
  /// linked; [ImageBuilder] then says which.
  ///
  /// @param classPath jars, and folders that hold one module's classes; whatever can be no module,
  ///   as the native jars, is passed over
  /// @param folder the folder, created if need be
  /// @return the names of the modules in the folder, sorted
  public static Set<String> collect(List<Path> classPath, Path folder) throws IOException {
    Files.createDirectories(folder);
    var names = new TreeSet<String>();
    for (var element : classPath) {
      var descriptor = find(element).map(ModuleReference::descriptor).orElse(null);
      if (descriptor == null) {
        continue;
      }
      var name = descriptor.name();
      if (!descriptor.isAutomatic()) {
        copy(element, folder.resolve(Files.isDirectory(element) ? name : name + ".jar"));
        names.add(name);
      } else if (Descriptor.isKnown(name)) {
        addDescriptor(element, descriptor, folder.resolve(name + ".jar"));
        names.add(name);
      }
    }
    return names;
  }

  private static Optional<ModuleReference> find(Path element) {
    if (Files.isDirectory(element) && !Files.exists(element.resolve("module-info.class"))) {
      return Optional.empty();
    }
    try {
      return ModuleFinder.of(element).findAll().stream().findFirst();
    } catch (FindException notAModule) {
      return Optional.empty();
    }
  }

  /// Never a link: the next build changes these files.
  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(
            file,
            to.resolve(from.relativize(file).toString()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void addDescriptor(Path jar, ModuleDescriptor automatic, Path copy)
      throws IOException {
    var entries = new TreeMap<String, byte[]>();
    var packages = new TreeSet<>(automatic.packages());
    try (var in = new JarFile(jar.toFile())) {
      for (var entry : Collections.list(in.entries())) {
        if (!entry.isDirectory()) {
          entries.put(entry.getName(), in.getInputStream(entry).readAllBytes());
          packageOf(entry.getName()).ifPresent(packages::add);
        }
      }
    }
    entries.put("module-info.class", Descriptor.of(automatic).compile(automatic, packages));
    try (var out = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(copy)))) {
      for (var entry : entries.entrySet()) {
        var header = new ZipEntry(entry.getKey());
        header.setTimeLocal(TIMESTAMP);
        out.putNextEntry(header);
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
  }

  private static Optional<String> packageOf(String entry) {
    int slash = entry.lastIndexOf('/');
    if (slash < 0 || !PACKAGE.matcher(entry).region(0, slash).matches()) {
      return Optional.empty();
    }
    return Optional.of(entry.substring(0, slash).replace('/', '.'));
  }
}
