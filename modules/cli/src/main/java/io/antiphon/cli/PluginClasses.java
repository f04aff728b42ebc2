package io.antiphon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds classes and resources by their names in all layers, the first of which has it.
final class PluginClasses extends ClassLoader {
  private final List<ModuleLayer> layers;

  PluginClasses(List<ModuleLayer> layers) {
    super("plug-ins", ClassLoader.getSystemClassLoader());
    this.layers = List.copyOf(layers);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    String inPackage = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    for (ModuleLayer layer : layers) {
      for (Module module : layer.modules()) {
        ClassLoader loader = module.getClassLoader();
        if (loader != null && module.getPackages().contains(inPackage)) {
          return loader.loadClass(name);
        }
      }
    }
    throw new ClassNotFoundException(name);
  }

  @Override
  protected @Nullable URL findResource(String name) {
    try {
      Enumeration<URL> all = findResources(name);
      return all.hasMoreElements() ? all.nextElement() : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) throws IOException {
    Set<ClassLoader> loaders = new LinkedHashSet<>();
    for (ModuleLayer layer : layers) {
      layer.modules().stream()
          .filter(module -> !ModuleLayer.boot().equals(module.getLayer()))
          .forEach(module -> loaders.add(module.getClassLoader()));
    }
    var found = new LinkedHashMap<String, URL>();
    for (ClassLoader loader : loaders) {
      for (URL each : Collections.list(loader.getResources(name))) {
        found.putIfAbsent(each.toString(), each);
      }
    }
    // a layer's loader gives those of its parents, too
    Collections.list(getParent().getResources(name)).forEach(each -> found.remove(each.toString()));
    return Collections.enumeration(found.values());
  }
}
