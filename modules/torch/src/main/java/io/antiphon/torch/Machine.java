package io.antiphon.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import io.antiphon.torch.environment.Environment;

/// What the last bits of a result depend on beside the program: equal machines compute equal bits.
///
/// @param processor what the operating system calls it
/// @param libtorch the version of libtorch
/// @param kernels what the self-check of convolutions found
/// @param threads the threads that one operation may use on the CPU
public record Machine(String processor, String libtorch, String kernels, int threads) {
  /// {@return this process's own}
  public static Machine current() {
    return new Machine(
        Environment.processor().orElse(System.getProperty("os.arch", "unknown")),
        Engine.getInstance().getVersion(),
        SelfCheck.result().text(),
        JniUtils.getNumThreads());
  }
}
