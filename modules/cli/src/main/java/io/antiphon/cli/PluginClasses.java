package io.antiphon.cli;

import java.util.List;

/// Finds classes by their names in all layers, the first of which has it.
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
}
