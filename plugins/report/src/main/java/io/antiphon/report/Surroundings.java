package io.antiphon.report;

import io.antiphon.torch.Machine;
import io.antiphon.torch.Threads;
import java.lang.module.ModuleDescriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// What a run ran on.
final class Surroundings {
  private Surroundings() {}

  /// {@return what it is, by its name}
  static SequencedMap<String, String> facts() {
    var facts = new LinkedHashMap<String, String>();
    Machine machine = Machine.with(Threads.current());
    Runtime runtime = Runtime.getRuntime();
    facts.put("processor", machine.processor());
    facts.put("cores", Integer.toString(runtime.availableProcessors()));
    facts.put("threads of libtorch", Integer.toString(machine.threads()));
    facts.put("libtorch", machine.libtorch());
    facts.put("kernels", machine.kernels());
    facts.put("Java", Runtime.version() + " of " + System.getProperty("java.vendor", "unknown"));
    facts.put(
        "system",
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name", ""),
                System.getProperty("os.version", ""),
                System.getProperty("os.arch", "")));
    facts.put("heap at most", "%,d MiB".formatted(runtime.maxMemory() >> 20));
    return facts;
  }

  /// {@return the names and versions of all modules, ours first}
  static List<String> modules() {
    ModuleLayer layer = Surroundings.class.getModule().getLayer();
    if (layer == null) {
      return List.of("all on the class path");
    }
    return layer.modules().stream()
        .map(Module::getDescriptor)
        .map(Surroundings::name)
        .sorted(
            java.util.Comparator.comparing((String name) -> !name.startsWith("io.antiphon."))
                .thenComparing(name -> name))
        .toList();
  }

  private static String name(ModuleDescriptor module) {
    return module.name() + module.rawVersion().map(version -> " " + version).orElse("");
  }
}
