package io.antiphon.cli;

import io.antiphon.experiment.Run;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The end of a run: its summary is the last line, also when Ctrl-C ends the JVM.
///
/// On Ctrl-C (or SIGTERM) the JVM runs this object's hook beside the thread that trains. The hook
/// asks for the end after the current batch, and waits for it; if that takes too long, it gives the
/// summary itself.
final class Ending implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 10;

  private final Run run;
  private final Terminal terminal;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "antiphon-ending");

  Ending(Run run, Terminal terminal) {
    this.run = run;
    this.terminal = terminal;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void interrupted() {
    run.interrupt();
    try {
      if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        terminal.sayLast(run.summary());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    terminal.sayLast(run.summary());
    over.countDown();
    if (!run.isInterrupted()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the JVM is ending already, and the hook has seen that the run is over
      }
    }
  }
}
