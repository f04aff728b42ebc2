package io.antiphon.torch.environment;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The environment variables of this process that libtorch reads when it is loaded, set where the
/// user has not.
///
/// Java's own view, `System.getenv`, is a copy from the start of the process; native libraries read
/// the C library's, which this changes. Where there is no `setenv` (on Windows), nothing is set.
public final class Environment {
  /// The greatest instruction set of which oneDNN, libtorch's library of kernels, may generate
  /// code.
  public static final String INSTRUCTIONS = "ONEDNN_MAX_CPU_ISA";

  private static final ProcessorDescription PROCESSOR = ProcessorDescription.read();
  private static final Map<String, String> SET = set();

  private Environment() {}

  /// Sets what libtorch shall find, once per process.
  ///
  /// @return the variables set here, which the user had not set
  public static Map<String, String> prepare() {
    return SET;
  }

  /// {@return the value of a variable as native libraries see it}
  public static Optional<String> variable(String name) {
    return C.GETENV == null ? Optional.ofNullable(System.getenv(name)) : C.variable(name);
  }

  /// {@return whether the processor is one on which oneDNN may compute wrong convolutions unless
  /// limited}
  ///
  /// oneDNN 3.7 does so with AVX2 and AVX-512 on processors of AMD, in float32 too; at some shapes
  /// it divides by zero, which ends the process, or, with AVX2, writes beyond an array. Those that
  /// were measured and are right are not limited.
  public static boolean needsLimit() {
    return PROCESSOR.needsLimit();
  }

  /// {@return what the operating system calls the processor, if it tells}
  public static Optional<String> processor() {
    return PROCESSOR.value("model name");
  }

  private static Map<String, String> set() {
    if (C.SETENV == null || C.GETENV == null) {
      return Map.of();
    }
    var wanted = new LinkedHashMap<String, String>();
    // OpenMP's threads spin this long for their next piece of work before they sleep.
    wanted.put("GOMP_SPINCOUNT", "1000");
    if (needsLimit() && C.variable("DNNL_MAX_CPU_ISA").isEmpty()) {
      wanted.put(INSTRUCTIONS, "AVX");
    }
    wanted.keySet().removeIf(name -> C.variable(name).isPresent());
    wanted.forEach(C::set);
    return Map.copyOf(wanted);
  }

  /// The C library.
  @SuppressWarnings("restricted") // its functions
  private static final class C {
    private static final @Nullable MethodHandle GETENV =
        function("getenv", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final @Nullable MethodHandle SETENV =
        function("setenv", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));

    private static @Nullable MethodHandle function(String name, FunctionDescriptor type) {
      if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows")) {
        return null;
      }
      SymbolLookup library = Linker.nativeLinker().defaultLookup();
      return library
          .find(name)
          .map(address -> Linker.nativeLinker().downcallHandle(address, type))
          .orElse(null);
    }

    static Optional<String> variable(String name) {
      try (var arena = Arena.ofConfined()) {
        var value =
            (MemorySegment) Objects.requireNonNull(GETENV).invokeExact(arena.allocateFrom(name));
        return value.address() == 0
            ? Optional.empty()
            : Optional.of(value.reinterpret(Long.MAX_VALUE).getString(0));
      } catch (Throwable e) {
        throw new IllegalStateException("getenv failed", e);
      }
    }

    static void set(String name, String value) {
      try (var arena = Arena.ofConfined()) {
        var _ =
            (int)
                Objects.requireNonNull(SETENV)
                    .invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
      } catch (Throwable e) {
        throw new IllegalStateException("setenv failed", e);
      }
    }
  }
}
