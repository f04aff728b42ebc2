package io.antiphon.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What a device can do.
///
/// @param device the device
/// @param features what its processor has that counts for narrow types: `amx_bf16`, `avx512_bf16`,
///   `avx512_fp16`, `amx_fp16`, `asimdhp`, `bf16` …, or of a GPU its compute capability, `sm_90`
/// @param types the types that a layer can be trained in on the device, found by trying
/// @param fastTypes those of them that are computed at least as fast as float32, by the processor's
///   own instructions, and that the [SelfCheck] found right
/// @param threads the threads that one operation may use on the CPU
/// @param interopThreads the threads for operations side by side on the CPU
/// @param isGuarded whether DJL calls that would abort the JVM on a bfloat16 array throw instead
public record Capabilities(
    Device device,
    Set<String> features,
    Set<DataType> types,
    Set<DataType> fastTypes,
    int threads,
    int interopThreads,
    boolean isGuarded) {
  public Capabilities {
    features = Set.copyOf(features);
    types = Set.copyOf(types);
    fastTypes = Set.copyOf(fastTypes);
  }

  /// {@return what a device can do}
  ///
  /// Tries a small layer in each narrow type, which takes some milliseconds.
  public static Capabilities of(Device device) {
    Set<String> features = device.isGpu() ? gpuFeatures(device) : Processor.FEATURES;
    var types = EnumSet.of(DataType.FLOAT32, DataType.FLOAT64);
    for (DataType narrow : List.of(DataType.BFLOAT16, DataType.FLOAT16)) {
      if (trains(device, narrow)) {
        types.add(narrow);
      }
    }
    var fast = EnumSet.of(DataType.FLOAT32);
    for (DataType narrow : List.of(DataType.BFLOAT16, DataType.FLOAT16)) {
      if (types.contains(narrow) && isFast(device, features, narrow)) {
        fast.add(narrow);
      }
    }
    return new Capabilities(
        device,
        features,
        types,
        fast,
        Threads.current(),
        JniUtils.getNumInteropThreads(),
        TypeGuard.isAvailable());
  }

  /// {@return a report for people, a few lines}
  public String text() {
    return """
    device        %s
    features      %s
    types         %s
    fast types    %s
    threads       %d for one operation, %d for operations side by side
    bfloat16      %s
    kernels       %s
    """
        .formatted(
            device,
            features(features),
            names(types),
            names(fastTypes),
            threads,
            interopThreads,
            guard(isGuarded),
            kernels());
  }

  static String features(Set<String> features) {
    return features.isEmpty() ? "none known" : String.join(" ", new TreeSet<>(features));
  }

  static String guard(boolean isGuarded) {
    return isGuarded
        ? "guarded: a DJL call that cannot handle it throws instead of ending the process"
        : "refused: DJL calls that cannot handle it would abort the JVM";
  }

  private String kernels() {
    if (device.isGpu()) {
      return "not checked";
    }
    SelfCheck check = SelfCheck.ofEveryType();
    String limit = Processor.limit().map(isa -> "; oneDNN limited to " + isa).orElse("");
    return "%s (self-check: %.0f ms)%s".formatted(check.text(), check.milliseconds(), limit);
  }

  /// {@return the names of types as people write them: `bfloat16 float32`}
  public static String names(Set<DataType> types) {
    return types.stream().sorted().map(DataType::toString).collect(Collectors.joining(" "));
  }

  private static boolean isFast(Device device, Set<String> features, DataType type) {
    if (device.isGpu()) {
      int needed = type == DataType.BFLOAT16 ? 80 : 70; // Ampere, Volta
      return features.stream()
          .filter(feature -> feature.startsWith("sm_"))
          .anyMatch(feature -> Integer.parseInt(feature.substring(3)) >= needed);
    }
    return Processor.isFast(type) && SelfCheck.ofEveryType().allows(type);
  }

  // A convolution and a linear layer, there and back.
  private static boolean trains(Device device, DataType type) {
    try (var manager = NDManager.newBaseManager(device);
        var _ = Autograd.on()) {
      NDArray kernel = manager.ones(new Shape(8, 8, 3, 3));
      kernel.setRequiresGradient(true);
      NDArray weight = manager.ones(new Shape(4, 8));
      weight.setRequiresGradient(true);
      NDArray result;
      try (var _ = Autocast.on(device, type)) {
        result =
            Trial.SCRIPT
                .call(manager, "trial", manager.ones(new Shape(2, 8, 4, 4)), kernel, weight)
                .head();
      }
      Autograd.backward(Cast.to(result, DataType.FLOAT32), false);
      return true;
    } catch (EngineException | IllegalArgumentException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static Set<String> gpuFeatures(Device device) {
    try {
      return Set.of("sm_" + CudaUtils.getComputeCapability(device.getDeviceId()));
    } catch (RuntimeException | LinkageError e) {
      return Set.of(); // another kind of GPU
    }
  }

  private static final class Trial {
    static final TorchScript SCRIPT =
        TorchScript.compile(
            """
            def trial(x: Tensor, kernel: Tensor, weight: Tensor) -> Tensor:
              h = torch.conv2d(x, kernel)
              return torch.sum(torch.linear(torch.mean(h, [2, 3]), weight))
            """);
  }
}
