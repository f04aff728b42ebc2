package io.antiphon.cli;

import io.antiphon.image.ImageSizes;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// What an image holds, what not, and how much room it takes, for people.
///
/// @param modules the names of its modules
/// @param modulePath where it could have taken more from
/// @param sizes how much room each takes
record ImageContents(Set<String> modules, List<Path> modulePath, ImageSizes sizes) {
  @Override
  public String toString() {
    var table = new Table();
    sizes.modules().entrySet().stream()
        .sorted((one, other) -> Long.compare(other.getValue(), one.getValue()))
        .forEach(module -> table.add(module.getKey(), megabytes(module.getValue())));
    long inModules = sizes.modules().values().stream().mapToLong(Long::longValue).sum();
    table.add(
        "the JVM and its files", megabytes(sizes.withoutNatives() - inModules - sizes.archive()));
    if (sizes.archive() > 0) {
      table.add("to start faster", megabytes(sizes.archive()));
    }
    table.add("all without libtorch", megabytes(sizes.withoutNatives()));
    table.add("libtorch", megabytes(sizes.natives()));
    table.add("total", megabytes(sizes.total()));
    Set<String> ours = names(ModuleFinder.of(modulePath.toArray(Path[]::new)));
    Set<String> ofTheJdk = names(ModuleFinder.ofSystem());
    ofTheJdk.removeAll(ours);
    ours.removeAll(modules);
    ofTheJdk.removeAll(modules);
    return "%s%nleft out: %s; and %d modules of the JDK%n"
        .formatted(
            table.lines("  "), ours.isEmpty() ? "none" : String.join(", ", ours), ofTheJdk.size());
  }

  private static Set<String> names(ModuleFinder finder) {
    var names = new TreeSet<String>();
    finder.findAll().forEach(module -> names.add(module.descriptor().name()));
    return names;
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%8.2f MB", bytes / 1e6);
  }
}
