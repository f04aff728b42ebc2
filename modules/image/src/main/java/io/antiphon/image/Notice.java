package io.antiphon.image;

import java.io.IOException;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Properties;
import java.util.jar.Manifest;

/// Who made what an image holds, and under which license.
final class Notice {
  private static final String APACHE = "Apache-2.0";

  private Notice() {}

  /// @param modules all modules of the image
  /// @param image its folder
  static String of(Collection<ModuleReference> modules, Path image) throws IOException {
    var release = new Properties();
    try (var in = Files.newInputStream(image.resolve("release"))) {
      release.load(in);
    }
    var text = new StringBuilder("What this runtime image holds\n\nModules:\n");
    for (var module : modules) {
      var descriptor = module.descriptor();
      if (!isOfTheJdk(module)) {
        text.append("  ").append(descriptor.name());
        descriptor.rawVersion().ifPresent(version -> text.append(' ').append(version));
        text.append(", ").append(license(module)).append('\n');
      }
    }
    text.append("\nModules of the JDK, GPL-2.0 with Classpath Exception; `legal` holds what they");
    text.append(" contain:\n");
    for (var module : modules) {
      if (isOfTheJdk(module)) {
        text.append("  ").append(module.descriptor().toNameAndVersion()).append('\n');
      }
    }
    text.append("\nThe JVM: ")
        .append(release.getProperty("IMPLEMENTOR", "OpenJDK").replace("\"", ""))
        .append(' ')
        .append(Runtime.version())
        .append(", GPL-2.0 with Classpath Exception\n");
    text.append("\nlib/pytorch: libtorch, of PyTorch, BSD-3-Clause; libgomp, of GCC, GPL-3.0 with");
    text.append(" Runtime Library Exception;\nlibdjl_torch, of DJL, ").append(APACHE).append('\n');
    return text.toString();
  }

  private static boolean isOfTheJdk(ModuleReference module) {
    return module.location().map(uri -> uri.getScheme().equals("jrt")).orElse(false);
  }

  private static String license(ModuleReference module) throws IOException {
    var name = module.descriptor().name();
    if (name.startsWith("io.antiphon.")
        || name.startsWith("ai.djl.")
        || name.equals("info.picocli")) {
      return APACHE;
    }
    try (var reader = module.open();
        var in = reader.open("META-INF/MANIFEST.MF").orElse(null)) {
      var license =
          in == null ? null : new Manifest(in).getMainAttributes().getValue("Bundle-License");
      return license == null
          ? "license not told by its jar"
          : license.replace("\"", "").replaceFirst(";.*", "");
    }
  }
}
