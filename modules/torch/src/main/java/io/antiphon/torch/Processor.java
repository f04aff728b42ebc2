package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;

import ai.djl.ndarray.types.DataType;
import io.antiphon.torch.environment.Environment;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The CPU: what it has for narrow types, and how much of it oneDNN may use.
final class Processor {
  private static final List<String> NARROW =
      List.of("amx_", "avx512_bf16", "avx512_fp16", "avx512f", "avx2", "bf16", "asimdhp", "fphp");

  /// What the processor has.
  static final Set<String> FEATURES = Set.copyOf(read());

  private Processor() {}

  /// {@return whether a narrow type has instructions of its own that may be used}
  static boolean isFast(DataType type) {
    String limit = limit().orElse("ALL");
    // oneDNN's names of the limits that let it use those instructions
    if (type == DataType.BFLOAT16) {
      return has("bf16")
          || (limit.matches("ALL|DEFAULT|.*AMX.*") && has("amx_bf16"))
          || (limit.matches("ALL|DEFAULT|.*AMX.*|.*FP16|.*BF16|AVX10.*") && has("avx512_bf16"));
    }
    return has("asimdhp")
        || (limit.matches("ALL|DEFAULT|.*AMX_FP16") && has("amx_fp16"))
        || (limit.matches("ALL|DEFAULT|.*AMX.*|.*FP16|AVX10.*") && has("avx512_fp16"));
  }

  /// {@return the greatest instruction set that oneDNN may use, if it is limited}
  static Optional<String> limit() {
    return Environment.variable(Environment.INSTRUCTIONS)
        .or(() -> Environment.variable("DNNL_MAX_CPU_ISA"))
        .map(name -> name.toUpperCase(Locale.ROOT));
  }

  /// {@return whether oneDNN is kept from the instructions with which it is known to be wrong}
  static boolean isLimitedEnough() {
    return limit().filter(name -> name.equals("AVX") || name.equals("SSE41")).isPresent();
  }

  private static boolean has(String feature) {
    return FEATURES.contains(feature);
  }

  private static Set<String> read() {
    var features = new TreeSet<String>();
    // libtorch's own view counts more than the kernel's: it also asks whether AMX may be used.
    if (asks("_ZN2at3cpu21is_amx_tile_supportedEv")) {
      features.add("amx_tile");
    }
    Path description = Path.of("/proc/cpuinfo");
    if (Files.isReadable(description)) {
      try (Stream<String> lines = Files.lines(description)) {
        lines
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .findFirst()
            .stream()
            .flatMap(line -> Arrays.stream(line.split("\\s+")))
            .filter(flag -> NARROW.stream().anyMatch(flag::startsWith))
            .forEach(features::add);
      } catch (IOException e) {
        // What the machine does not tell is not known: the report says so.
      }
    }
    if (!features.contains("amx_tile")) {
      features.removeIf(feature -> feature.startsWith("amx_"));
    }
    return features;
  }

  private static boolean asks(String symbol) {
    return Libtorch.find(symbol).isPresent() && truth(symbol);
  }

  private static boolean truth(String symbol) {
    try {
      return (boolean) Libtorch.function(symbol, FunctionDescriptor.of(JAVA_BOOLEAN)).invokeExact();
    } catch (Throwable e) {
      throw Libtorch.failed(e);
    }
  }
}
