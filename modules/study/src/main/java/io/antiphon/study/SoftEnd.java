package io.antiphon.study;

import io.antiphon.experiment.Run;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Lets a run end after its batch when its process is asked to end: by a signal, or because the
/// process that it works for is gone.
final class SoftEnd implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::await, "antiphon-soft-end");
  private volatile @Nullable Run run;
  private volatile boolean asked;

  /// @param leashed whether the end of standard input is such a wish
  SoftEnd(boolean leashed) {
    Runtime.getRuntime().addShutdownHook(hook);
    if (leashed) {
      Thread.ofPlatform().daemon().name("antiphon-leash").start(this::read);
    }
  }

  /// Watches a run from here on.
  void watch(Run begun) {
    run = begun;
    if (asked) {
      begun.interrupt();
    }
  }

  private void ask() {
    asked = true;
    Run begun = run;
    if (begun != null) {
      begun.interrupt();
    }
  }

  private void read() {
    try {
      while (System.in.read() >= 0) {
        // nobody writes anything
      }
    } catch (IOException e) {
      // as good as an end
    }
    ask();
  }

  private void await() {
    ask();
    try {
      over.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    over.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is ending already, and the hook sees that the work is over
    }
  }
}
