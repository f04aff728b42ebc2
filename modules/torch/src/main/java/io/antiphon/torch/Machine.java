package io.antiphon.torch;

import ai.djl.engine.Engine;
import io.antiphon.torch.environment.Environment;
import io.antiphon.torch.environment.PhysicalMemory;
import java.util.OptionalLong;

/// What the last bits of a result depend on beside the program: equal machines compute equal bits.
///
/// @param processor what the operating system calls it
/// @param libtorch the version of libtorch
/// @param kernels what the self-check of convolutions found
/// @param threads the threads that one operation uses on the CPU
public record Machine(String processor, String libtorch, String kernels, int threads) {
  /// {@return this process's own}
  ///
  /// @param threads the threads that one operation uses
  public static Machine with(int threads) {
    return new Machine(
        Environment.processor().orElse(System.getProperty("os.arch", "unknown")),
        Engine.getInstance().getVersion(),
        SelfCheck.result().text(),
        threads);
  }

  /// {@return the bytes of this process that are in memory now; empty where the operating system
  /// does not tell}
  ///
  /// Loads no native code.
  public static OptionalLong resident() {
    return PhysicalMemory.resident();
  }

  /// {@return the bytes of memory that this process may have at most, with what may be swapped out;
  /// empty where the operating system does not tell}
  ///
  /// What a container allows, where it allows less. Loads no native code.
  public static OptionalLong memory() {
    return PhysicalMemory.bytes();
  }
}
