package io.antiphon.image;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;

/// libtorch, and DJL's library above it, as plain files.
///
/// The jars that carry them have no legal module name, so an image gets what is inside.
public final class Natives {
  private static final String TORCH = System.mapLibraryName("torch");
  private static final String JNI = System.mapLibraryName("djl_torch");
  private static final Pattern LIBRARY = Pattern.compile(".+\\.(so(\\.\\d+)*|dylib|dll)");

  private static final Set<PosixFilePermission> READ = PosixFilePermissions.fromString("r--r--r--");

  private Natives() {}

  /// Unpacks libtorch and DJL's library for it, unless they are there.
  ///
  /// @param torchJar `pytorch-native-*`
  /// @param jniJar `pytorch-jni`
  /// @param cache a folder laid out as DJL's own cache: who comes first unpacks for the other
  /// @return the folder of the libraries
  public static Path unpack(Path torchJar, Path jniJar, Path cache) throws IOException {
    try (var torch = new JarFile(torchJar.toFile());
        var jni = new JarFile(jniJar.toFile())) {
      var about = new Properties();
      try (var in = torch.getInputStream(entry(torch, "native/lib/pytorch.properties"))) {
        about.load(in);
      }
      var flavor = about.getProperty("flavor");
      var platform = about.getProperty("classifier");
      var engine = Files.createDirectories(cache.resolve("pytorch"));
      var folder = engine.resolve(about.getProperty("version") + '-' + flavor + '-' + platform);
      if (!Files.exists(folder.resolve(TORCH))) {
        var fresh = Files.createTempDirectory(engine, "unpacking");
        try {
          for (var library : about.getProperty("libraries").split(",", -1)) {
            copy(torch, "pytorch/" + flavor + '/' + platform + '/' + library, fresh);
          }
          ImageBuilder.delete(folder);
          Files.move(fresh, folder);
        } finally {
          ImageBuilder.delete(fresh);
        }
      }
      if (libraries(folder).stream().noneMatch(Natives::isJni)) {
        copy(jni, "jnilib/" + platform + '/' + flavor + '/' + JNI, folder);
      }
      return folder;
    }
  }

  /// Unpacks every flavor of DJL's library for this platform, each into a folder of the flavor's
  /// name: an image for CUDA takes libtorch from elsewhere and this from here.
  ///
  /// @param jniJar `pytorch-jni`
  /// @param platform `linux-x86_64` for one
  /// @param folder the folder above the flavors'
  public static void unpackFlavors(Path jniJar, String platform, Path folder) throws IOException {
    try (var jni = new JarFile(jniJar.toFile())) {
      var prefix = "jnilib/" + platform + '/';
      for (var entry : jni.stream().filter(e -> e.getName().endsWith('/' + JNI)).toList()) {
        if (entry.getName().startsWith(prefix)) {
          var flavor = entry.getName().substring(prefix.length(), entry.getName().lastIndexOf('/'));
          var target = Files.createDirectories(folder.resolve(flavor));
          if (!Files.exists(target.resolve(JNI))) {
            copy(jni, entry.getName(), target);
          }
        }
      }
    }
  }

  /// Puts the shared libraries of some folders together in one, as hard links where the file system
  /// allows that and everybody may read them.
  static void place(List<Path> folders, Path target) throws IOException {
    var chosen = new TreeMap<String, Path>();
    for (var folder : folders) {
      for (var library : libraries(folder)) {
        chosen.putIfAbsent(isJni(library) ? JNI : library.getFileName().toString(), library);
      }
    }
    for (var needed : List.of(TORCH, JNI)) {
      if (!chosen.containsKey(needed)) {
        throw new ImageException("There is no " + needed + " in " + folders);
      }
    }
    Files.createDirectories(target);
    for (var library : chosen.entrySet()) {
      ImageBuilder.checkInterrupt();
      linkOrCopy(library.getValue(), target.resolve(library.getKey()));
    }
  }

  /// Unpacks JNA's own library, which JNA would unpack into the user's cache.
  static void unpackJna(List<Path> modulePath, Path folder) throws IOException {
    var jna = ModuleFinder.of(modulePath.toArray(Path[]::new)).find("com.sun.jna").orElseThrow();
    var library = System.mapLibraryName("jnidispatch");
    var arch = System.getProperty("os.arch").replace("amd64", "x86-64");
    var name = "com/sun/jna/linux-" + arch + '/' + library;
    try (var reader = jna.open();
        var in =
            reader
                .open(name)
                .orElseThrow(() -> new ImageException("There is no " + name + " in com.sun.jna"))) {
      Files.copy(in, folder.resolve(library));
    }
  }

  static void linkOrCopy(Path from, Path to) throws IOException {
    var file = from.toRealPath();
    if (Files.getPosixFilePermissions(file).containsAll(READ)) {
      try {
        Files.createLink(to, file);
        return;
      } catch (FileSystemException | UnsupportedOperationException otherFileSystem) {
        // copied below
      }
    }
    Files.copy(file, to);
    Files.setPosixFilePermissions(to, ImageBuilder.READABLE);
  }

  private static List<Path> libraries(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> LIBRARY.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  /// DJL puts its own version before the name when it unpacks the library itself.
  private static boolean isJni(Path library) {
    var name = library.getFileName().toString();
    return name.equals(JNI) || name.endsWith('-' + JNI);
  }

  private static void copy(JarFile jar, String name, Path folder) throws IOException {
    var file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
    var partial = folder.resolve(file.getFileName() + ".partial");
    try (var in = jar.getInputStream(entry(jar, name))) {
      Files.copy(in, partial);
    }
    Files.setPosixFilePermissions(partial, ImageBuilder.READABLE);
    Files.move(partial, file);
  }

  private static ZipEntry entry(JarFile jar, String name) {
    var entry = jar.getEntry(name);
    if (entry == null) {
      throw new ImageException("There is no " + name + " in " + jar.getName());
    }
    return entry;
  }
}
