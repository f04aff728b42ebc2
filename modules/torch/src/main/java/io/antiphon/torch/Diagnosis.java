package io.antiphon.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import io.antiphon.torch.environment.Environment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What this process computes with, and whether it computes rightly: what a report of a fault
/// holds.
///
/// @param facts what is so, by what it is of: `libtorch`, `threads`, `self-check`, `cpu` …
/// @param warnings what may go wrong because of it and what to do, a sentence each
/// @param isRight whether training can be right here: float32 convolutions are
public record Diagnosis(Map<String, String> facts, List<String> warnings, boolean isRight) {
  public Diagnosis {
    facts = new LinkedHashMap<>(facts); // in this order
    warnings = List.copyOf(warnings);
  }

  /// {@return the diagnosis of this process}
  ///
  /// Loads libtorch, runs the [SelfCheck] if it has not run, and tries every device.
  ///
  /// @throws ai.djl.engine.EngineException if libtorch cannot be loaded
  public static Diagnosis take() {
    Engine engine = Engine.getInstance(); // says what is missing; Libtorch's class could not
    SelfCheck check = SelfCheck.ofEveryType();
    var facts = new LinkedHashMap<String, String>();
    var warnings = new ArrayList<String>();

    int cores = Runtime.getRuntime().availableProcessors();
    facts.put("processor", processor(cores));
    facts.put("DJL", Engine.getDjlVersion());
    boolean isForGpus = Files.exists(library("torch_cuda"));
    facts.put(
        "libtorch",
        "%s for %s, in %s"
            .formatted(
                LibUtils.getVersion(), isForGpus ? "CUDA" : "CPUs", LibUtils.getLibtorchPath()));
    if (!LibUtils.getVersion().startsWith("2.7")) {
      warnings.add("libtorch is %s, and Antiphon is made for 2.7".formatted(LibUtils.getVersion()));
    }
    facts.put("oneDNN", limit());
    facts.put("threads", threads());
    if (Threads.current() > cores) {
      warnings.add(
          "libtorch has %d threads for %d cores, where they wait for each other; set OMP_NUM_THREADS to %d or less"
              .formatted(Threads.current(), cores, cores));
    }
    facts.put("self-check", "%s, in %.0f ms".formatted(check.text(), check.milliseconds()));
    if (!check.wrong().isEmpty()) {
      warnings.add(check.text());
    }
    if (Environment.needsLimit() && !Processor.isLimitedEnough()) {
      warnings.add(
          "oneDNN computes wrong convolutions on processors like this, or ends the process,"
              + " unless it is limited; unset %s and DNNL_MAX_CPU_ISA, and Antiphon limits it"
                  .formatted(Environment.INSTRUCTIONS));
    }
    facts.put("bfloat16", Capabilities.guard(TypeGuard.isAvailable()));
    facts.put("cpu", types(Capabilities.of(Device.cpu())));
    for (int i = 0; i < engine.getGpuCount(); i++) {
      facts.put("gpu" + i, types(Capabilities.of(Device.gpu(i))));
    }
    if (engine.getGpuCount() == 0) {
      facts.put("gpu", "libtorch sees none");
      if (Files.exists(Path.of("/dev/nvidia0"))) {
        warnings.add(
            "there is an NVIDIA GPU, and libtorch does not see it: "
                + (isForGpus
                    ? "its driver may be too old for this libtorch, or may not be used here"
                    : "this libtorch is for CPUs"));
      }
    }
    return new Diagnosis(facts, warnings, check.isRight());
  }

  private static Path library(String name) {
    return Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName(name));
  }

  private static String processor(int cores) {
    return "%s, %d %s; %s"
        .formatted(
            Environment.processor().orElse(System.getProperty("os.arch")),
            cores,
            cores == 1 ? "core" : "cores",
            Capabilities.features(Processor.FEATURES));
  }

  private static String limit() {
    String by =
        Environment.prepare().containsKey(Environment.INSTRUCTIONS)
            ? "by Antiphon, because it computes wrong convolutions on processors like this"
            : "by the environment";
    return Processor.limit().map(isa -> "limited to " + isa + " " + by).orElse("not limited");
  }

  private static String threads() {
    String settings =
        List.of("OMP_NUM_THREADS", "GOMP_SPINCOUNT", "KMP_BLOCKTIME").stream()
            .flatMap(
                name -> Environment.variable(name).stream().map(value -> "; " + name + "=" + value))
            .collect(Collectors.joining());
    return "%d for one operation, %d for operations side by side%s"
        .formatted(Threads.current(), JniUtils.getNumInteropThreads(), settings);
  }

  private static String types(Capabilities able) {
    String features =
        able.device().isGpu()
            ? "; " + String.join(" ", new TreeSet<>(able.features()))
            : ""; // the processor's stand above
    return "trains in %s; fast in %s%s"
        .formatted(
            Capabilities.names(able.types()), Capabilities.names(able.fastTypes()), features);
  }
}
