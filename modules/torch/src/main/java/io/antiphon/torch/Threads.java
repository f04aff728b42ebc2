package io.antiphon.torch;

import ai.djl.pytorch.jni.JniUtils;
import io.antiphon.torch.environment.Environment;

/// How many threads one operation of the current thread uses on the CPU, until the scope is closed.
///
/// libtorch splits an operation among threads of a pool that wait for each other at its end; small
/// operations take longer with two threads than with one. Results may differ in the last bits by
/// the number of threads. The number is the calling thread's own, for what it calls from then on; a
/// thread that has not computed yet begins with the number that was set last.
public final class Threads implements AutoCloseable {
  /// The most that can be asked for.
  public static final int MOST = 256;

  /// Of a forward pass; fewer for a thread are done sooner by one thread less. Measured, see the
  /// table in docs/performance.md.
  private static final double MULTIPLICATIONS_EACH = 5e6;

  static {
    Libtorch.load();
  }

  private final int former = current();

  private Threads(int count) {
    set(count);
  }

  /// Uses so many threads until the scope is closed, on the same thread.
  ///
  /// @param count 1 to [#MOST]
  /// @throws IllegalArgumentException if it is not
  /// @throws IllegalStateException on a virtual thread
  public static Threads use(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException(
          "threads is %d; an operation has 1 to %d".formatted(count, MOST));
    }
    Libtorch.refuseVirtualThread("the number of threads");
    return new Threads(count);
  }

  /// {@return the threads of one operation now}
  public static int current() {
    return JniUtils.getNumThreads();
  }

  /// {@return how many threads there are to choose from: one for each core, or fewer if
  /// `OMP_NUM_THREADS` says so}
  public static int available() {
    int cores = Runtime.getRuntime().availableProcessors();
    int allowed =
        Environment.variable("OMP_NUM_THREADS")
            .filter(text -> text.matches("[1-9]\\d{0,8}"))
            .map(Integer::parseInt)
            .orElse(cores);
    return Math.min(Math.min(cores, allowed), MOST);
  }

  /// {@return how many threads suit a model, which depends on nothing but its work and
  /// [#available()]}
  ///
  /// @param work the multiplications of one batch's forward pass
  public static int fitting(double work) {
    return (int) Math.clamp(work / MULTIPLICATIONS_EACH, 1, available());
  }

  private static void set(int count) {
    if (count != current()) {
      JniUtils.setNumThreads(count);
    }
  }

  /// Brings the former number back. Close it on the same thread.
  @Override
  public void close() {
    set(former);
  }
}
