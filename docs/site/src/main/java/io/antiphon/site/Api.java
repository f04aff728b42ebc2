package io.antiphon.site;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/// The Javadoc of what is published, as one.
final class Api {
  /// Its first page, in the site.
  static final String START = "api/index.html";

  private static final Pattern MODULE = Pattern.compile("(?m)^(?:open )?module ([\\w.]+)");
  private static final String SOURCES = "src/main/java";

  private Api() {}

  /// Writes it into a site.
  ///
  /// @param root of the repository, whose folders `modules` and `plugins` hold the modules
  /// @param modulePath what they need
  /// @throws IllegalStateException if there is anything to warn of; the message says what
  static void write(Path root, Path site, String modulePath) throws IOException {
    SequencedMap<String, Path> modules = modules(root);
    var options =
        new ArrayList<>(List.of("-quiet", "-notimestamp", "-Werror", "-Xdoclint:all,-missing"));
    options.addAll(List.of("-windowtitle", "Antiphon", "-doctitle", "Antiphon"));
    options.addAll(List.of("-d", site.resolve(START).getParent().toString()));
    options.addAll(List.of("--module-path", modulePath));
    modules.forEach(
        (name, sources) -> options.addAll(List.of("--module-source-path", name + "=" + sources)));
    options.addAll(List.of("--module", String.join(",", modules.keySet())));
    var told = new StringWriter();
    var writer = new PrintWriter(told);
    int status =
        ToolProvider.findFirst("javadoc")
            .orElseThrow()
            .run(writer, writer, options.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException("javadoc says:%n%s".formatted(told));
    }
  }

  /// {@return the sources of each module, by its name}
  private static SequencedMap<String, Path> modules(Path root) throws IOException {
    var modules = new TreeMap<String, Path>();
    for (String group : List.of("modules", "plugins")) {
      try (Stream<Path> folders = Files.list(root.resolve(group))) {
        for (Path folder : folders.toList()) {
          Path descriptor = folder.resolve(SOURCES, "module-info.java");
          if (Files.exists(descriptor)) {
            Matcher found = MODULE.matcher(Files.readString(descriptor));
            if (found.find()) {
              modules.put(found.group(1), folder.resolve(SOURCES));
            }
          }
        }
      }
    }
    return modules;
  }
}
