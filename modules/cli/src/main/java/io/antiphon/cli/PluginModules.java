package io.antiphon.cli;

import io.antiphon.torch.NativeAccess;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
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
import java.util.jar.JarFile;
import java.util.jar.Manifest;
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
  private static final Pattern OF_THE_JDK = Pattern.compile("(java|jdk)\\..*");

  /// What the JDK says of two modules that have the same package.
  private static final Pattern CLASH = Pattern.compile("(?i)package \\S+ .*\\bmodule");

  PluginModules {
    leftOut = List.copyOf(leftOut);
  }

  /// {@return the modules of a path: jars, folders of jars, folders of one module's classes}
  static PluginModules of(List<Path> path) {
    var leftOut = new ArrayList<String>();
    var places = new TreeMap<String, Path>();
    for (Path element : elements(path, leftOut)) {
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

  private static List<Path> elements(List<Path> path, List<String> leftOut) {
    var elements = new ArrayList<Path>();
    for (Path each : path) {
      if (!Files.isDirectory(each) || isModule(each)) {
        add(each, elements, leftOut);
        continue;
      }
      try (Stream<Path> inside = Files.list(each)) {
        inside
            .filter(file -> file.toString().endsWith(".jar") || isModule(file))
            .sorted()
            .forEach(file -> add(file, elements, leftOut));
      } catch (IOException e) {
        leftOut.add("the folder '%s' of plug-ins is passed over: %s".formatted(each, unread(e)));
      }
    }
    return elements;
  }

  /// Adds a jar or a folder. Whoever opens a pipe waits until somebody writes into it.
  private static void add(Path element, List<Path> elements, List<String> leftOut) {
    if (Files.isRegularFile(element) || Files.isDirectory(element)) {
      elements.add(element);
    } else {
      leftOut.add(
          leftOut(
              element,
              Files.exists(element)
                  ? "it is neither a file nor a folder"
                  : "it is a link to what is not there"));
    }
  }

  private static String unread(IOException failure) {
    return failure instanceof AccessDeniedException
        ? "it may not be read by this user"
        : "it cannot be read: " + failure.getMessage();
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
      // one of them is to blame
    }
    var usable = new TreeSet<String>();
    for (String name : roots) {
      usable.add(name);
      try {
        layer(finder, usable);
      } catch (FindException | ResolutionException | LayerInstantiationException e) {
        usable.remove(name);
        String message = String.valueOf(e.getMessage());
        leftOut.add(leftOut(places.getOrDefault(name, Path.of(name)), message + remedy(message)));
      }
    }
    return layer(finder, usable);
  }

  private static ModuleLayer layer(ModuleFinder finder, Set<String> roots) {
    ModuleLayer boot = ModuleLayer.boot();
    Configuration modules = boot.configuration().resolve(ModuleFinder.of(), finder, roots);
    ModuleLayer.Controller defined =
        ModuleLayer.defineModulesWithOneLoader(
            modules, List.of(boot), ClassLoader.getSystemClassLoader());
    modules.modules().stream()
        .flatMap(module -> callingNativeCode(module.reference()).stream())
        .flatMap(name -> defined.layer().findModule(name).stream())
        .filter(module -> defined.layer().equals(module.getLayer()))
        .forEach(module -> NativeAccess.grant(defined, module));
    return defined.layer();
  }

  /// {@return the modules that a plug-in's manifest says call native code: there, beside it}
  private static List<String> callingNativeCode(ModuleReference module) {
    try (ModuleReader reader = module.open();
        InputStream in =
            reader.open(JarFile.MANIFEST_NAME).orElseGet(InputStream::nullInputStream)) {
      String names = new Manifest(in).getMainAttributes().getValue("Enable-Native-Access");
      return names == null ? List.of() : List.of(names.trim().split("[\\s,]+"));
    } catch (IOException e) {
      return List.of(); // it is told when such a module is used
    }
  }

  private static String leftOut(Path place, String because) {
    return "plug-in '%s' is left out: %s".formatted(place, because);
  }

  /// {@return how to come by what a message says is missing or in the way, to end a sentence}
  static String remedy(String message) {
    Matcher missing = MISSING.matcher(message);
    if (CLASH.matcher(message).find()) {
      return "; put it into a folder of its own";
    }
    if (!missing.find()) {
      return "";
    }
    String module = missing.group(1);
    return OF_THE_JDK.matcher(module).matches()
        ? "; no jar brings it: './antiphon image FILE --add-modules %s -o DIR', in a checkout of Antiphon,"
                .formatted(module)
            + " makes an image that has it, of the experiment in FILE"
        : "; put its jar into the same folder";
  }

  private static String reason(FindException failure) {
    Throwable cause = failure.getCause();
    return switch (cause) {
      case null -> String.valueOf(failure.getMessage());
      case AccessDeniedException e -> unread(e);
      case IOException e -> "it cannot be read as a jar: " + e.getMessage();
      default -> "it is no module: " + cause.getMessage();
    };
  }
}
