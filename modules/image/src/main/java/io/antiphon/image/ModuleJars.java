package io.antiphon.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
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

/// Makes a module path that `jlink` accepts out of the jars that a build resolved.
public final class ModuleJars {
  private static final LocalDateTime TIMESTAMP = LocalDateTime.of(2026, 1, 1, 0, 0);

  /// A folder whose name is that of a package; `META-INF` is none.
  private static final Pattern PACKAGE = Pattern.compile("[\\p{Alpha}_]\\w*(/[\\p{Alpha}_]\\w*)*");

  private ModuleJars() {}

  /// Fills a folder with modules: jars with a descriptor as they are, those of DJL, Commons Math
  /// and JNA as copies that have one.
  ///
  /// Other jars without a descriptor are left out. A module that requires one of them cannot be
  /// linked; [ImageBuilder] then says which.
  ///
  /// @param jars the jars; whatever can be no module, as the native jars, is passed over
  /// @param folder the folder, created if need be
  /// @return the names of the modules in the folder, sorted
  public static Set<String> collect(List<Path> jars, Path folder) throws IOException {
    Files.createDirectories(folder);
    var names = new TreeSet<String>();
    for (var jar : jars) {
      var descriptor = find(jar).map(ModuleReference::descriptor).orElse(null);
      if (descriptor == null) {
        continue;
      }
      var copy = folder.resolve(descriptor.name() + ".jar");
      if (!descriptor.isAutomatic()) {
        Files.deleteIfExists(copy);
        Natives.linkOrCopy(jar, copy);
        names.add(descriptor.name());
      } else if (Descriptor.isKnown(descriptor.name())) {
        addDescriptor(jar, descriptor, copy);
        names.add(descriptor.name());
      }
    }
    return names;
  }

  private static Optional<ModuleReference> find(Path jar) {
    if (!Files.isRegularFile(jar)) {
      return Optional.empty();
    }
    try {
      return ModuleFinder.of(jar).findAll().stream().findFirst();
    } catch (FindException notAModule) {
      return Optional.empty();
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
