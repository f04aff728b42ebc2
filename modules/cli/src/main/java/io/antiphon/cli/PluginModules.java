package io.antiphon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The modules of some jars in a layer of their own, those apart that the boot layer has already.
///
/// What cannot be used is left out, so that one bad jar does not take the others with it: whoever
/// asks for what would have come from it is told that there is no such component.
///
/// @param layer the layer
/// @param leftOut what was left out and why, a sentence for each
record PluginModules(ModuleLayer layer, List<String> leftOut) {
  private static final Pattern MISSING = Pattern.compile("Module (\\S+) not found");
  private static final Pattern BUILT_IN = Pattern.compile("(java|jdk|io\\.antiphon|ai\\.djl)\\..*");

  PluginModules {
    leftOut = List.copyOf(leftOut);
  }

  /// {@return the modules of a path: jars, folders of jars, folders of one module's classes}
  static PluginModules of(List<Path> path) {
    var leftOut = new ArrayList<String>();
    var places = new TreeMap<String, Path>();
    for (Path element : elements(path)) {
      try {
        for (ModuleReference module : ModuleFinder.of(element).findAll()) {
          String name = module.descriptor().name();
          Path other = places.putIfAbsent(name, element);
          if (other != null) {
            leftOut.add(leftOut(element, "module %s is in '%s' too".formatted(name, other)));
          }
        }
      } catch (FindException e) {
        leftOut.add(leftOut(element, reason(e)));
      }
    }
    return new PluginModules(layer(places, leftOut), leftOut);
  }

  private static List<Path> elements(List<Path> path) {
    var elements = new ArrayList<Path>();
    for (Path each : path) {
      if (!Files.isDirectory(each) || isModule(each)) {
        elements.add(each);
        continue;
      }
      try (Stream<Path> inside = Files.list(each)) {
        inside
            .filter(file -> file.toString().endsWith(".jar") || isModule(file))
            .sorted()
            .forEach(elements::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return elements;
  }

  private static boolean isModule(Path folder) {
    return Files.exists(folder.resolve("module-info.class"));
  }

  private static ModuleLayer layer(Map<String, Path> places, List<String> leftOut) {
    ModuleFinder finder = ModuleFinder.of(places.values().toArray(Path[]::new));
    var roots = new TreeSet<>(places.keySet());
    roots.removeIf(name -> ModuleLayer.boot().findModule(name).isPresent());
    try {
      return layer(finder, roots);
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      roots.removeIf(name -> !stands(name, finder, places, leftOut));
    }
    try {
      return layer(finder, roots);
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      leftOut.add(
          "the plug-ins %s are left out: %s; put each into a folder of its own"
              .formatted(String.join(", ", roots), e.getMessage()));
      return layer(finder, Set.of());
    }
  }

  /// Whether a module can be used by itself.
  private static boolean stands(
      String name, ModuleFinder finder, Map<String, Path> places, List<String> leftOut) {
    try {
      layer(finder, Set.of(name));
      return true;
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      String message = String.valueOf(e.getMessage());
      Path place = places.getOrDefault(name, Path.of(name));
      leftOut.add(leftOut(place, message + remedy(message)));
      return false;
    }
  }

  private static ModuleLayer layer(ModuleFinder finder, Set<String> roots) {
    ModuleLayer boot = ModuleLayer.boot();
    Configuration modules = boot.configuration().resolve(ModuleFinder.of(), finder, roots);
    return boot.defineModulesWithOneLoader(modules, ClassLoader.getSystemClassLoader());
  }

  private static String leftOut(Path place, String because) {
    return "plug-in '%s' is left out: %s".formatted(place, because);
  }

  private static String remedy(String message) {
    Matcher missing = MISSING.matcher(message);
    if (!missing.find()) {
      return "";
    }
    String module = missing.group(1);
    return BUILT_IN.matcher(module).matches()
        ? "; an image made with --add-modules " + module + " has it"
        : "; put its jar into the same folder";
  }

  private static String reason(FindException failure) {
    Throwable cause = failure.getCause();
    return switch (cause) {
      case null -> String.valueOf(failure.getMessage());
      case AccessDeniedException _ -> "it may not be read by this user";
      case IOException e -> "it cannot be read as a jar: " + e.getMessage();
      default -> "it is no module: " + cause.getMessage();
    };
  }
}
