package io.antiphon.mpi;

import java.time.Duration;

/// Ends a process that waits too long for others.
///
/// Nobody comes back from a native call that waits for a process which is gone, so this ends the
/// JVM at once: shutdown hooks could wait for the very thread. The launcher then ends the other
/// processes.
final class Watchdog {
  private static final int ENDED = 75;

  private final String who;
  private final Duration limit;
  private volatile long since;
  private volatile String what = "";
  private final Watch end = () -> since = 0;

  Watchdog(String who, Duration limit) {
    this.who = who;
    this.limit = limit;
    Thread.ofPlatform().daemon().name("antiphon-mpi-watchdog").start(this::guard);
  }

  private void guard() {
    try {
      while (true) {
        Thread.sleep(Math.clamp(limit.toMillis() / 20, 10, 1000));
        long start = since;
        if (start != 0 && System.nanoTime() - start > limit.toNanos()) {
          System.err.printf(
              "antiphon: %s waited %.1f s for the others at the %s: one is gone, stuck or takes another way; all end%n",
              who, (System.nanoTime() - start) / 1e9, what);
          System.err.flush();
          Runtime.getRuntime().halt(ENDED);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Watches a wait until what this gives is closed.
  Watch watch(String what) {
    this.what = what;
    since = System.nanoTime() | 1;
    return end;
  }

  /// Ends a wait.
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
