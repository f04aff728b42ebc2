package io.antiphon.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Lets work that Ctrl-C (or SIGTERM) ends take away what it has half done.
///
/// The JVM runs this object's hook beside the thread that works. The hook interrupts that thread,
/// and waits until it has left.
final class CleanEnd implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final Thread worker = Thread.currentThread();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "antiphon-clean-end");

  CleanEnd() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end() {
    worker.interrupt();
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
