package io.antiphon.image;

import java.io.IOException;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Properties;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/// Who made what an image holds, and under which license, with the licenses' texts.
final class Notice {
  private static final String APACHE = "Apache-2.0";

  /// Where jars have the texts; two names are JNA's.
  private static final Pattern TEXT =
      Pattern.compile(
          "META-INF/([^/]*(?:licen[sc]e|notice|copying)[^/]*|AL2\\.0|LGPL2\\.1)",
          Pattern.CASE_INSENSITIVE);

  private Notice() {}

  /// @param modules all modules of the image
  /// @param image its folder
  static String of(Collection<ModuleReference> modules, Path image) throws IOException {
    var release = new Properties();
    try (var in = Files.newInputStream(image.resolve("release"))) {
      release.load(in);
    }
    var text =
        new StringBuilder(
            "What this runtime image holds; texts of licenses are in `legal`\n\nModules:\n");
    for (var module : modules) {
      var descriptor = module.descriptor();
      if (!isOfTheJdk(module)) {
        text.append("  ").append(descriptor.name());
        descriptor.rawVersion().ifPresent(version -> text.append(' ').append(version));
        text.append(", ").append(license(module)).append('\n');
      }
    }
    text.append("\nModules of the JDK, GPL-2.0 with Classpath Exception:\n");
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

  /// Copies the texts of licenses that the modules carry to `legal/MODULE`, where `jlink` puts
  /// those of the JDK, and Antiphon's own license, which many jars name and do not carry, to
  /// `legal`.
  static void copyTexts(Collection<ModuleReference> modules, Path image) throws IOException {
    var legal = Files.createDirectories(image.resolve("legal"));
    for (var module : modules) {
      if (isOfTheJdk(module)) {
        continue;
      }
      try (var reader = module.open();
          var names = reader.list()) {
        for (var name : names.toList()) {
          var text = TEXT.matcher(name);
          if (text.matches()) {
            var folder = Files.createDirectories(legal.resolve(module.descriptor().name()));
            try (var in = reader.open(name).orElseThrow()) {
              Files.copy(in, folder.resolve(text.group(1)), StandardCopyOption.REPLACE_EXISTING);
            }
          }
        }
      }
    }
    try (var in = Notice.class.getResourceAsStream("/META-INF/LICENSE")) {
      if (in == null) {
        throw new IllegalStateException("The module lacks its own license");
      }
      Files.copy(in, legal.resolve(APACHE + ".txt"));
    }
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
