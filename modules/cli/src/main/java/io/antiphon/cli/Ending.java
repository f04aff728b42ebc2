package io.antiphon.cli;

import io.antiphon.experiment.Run;
import io.antiphon.experiment.Sentence;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The end of a run: its summary is the last line, also when Ctrl-C ends the JVM; if it is wanted.
///
/// On Ctrl-C (or SIGTERM) the JVM runs this object's hook beside the thread that trains. The hook
/// asks for the end after the current batch, and waits for it; if that takes too long, it gives the
/// summary itself.
final class Ending implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 10;

  private final Terminal terminal;
  private volatile boolean wanted;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::endEarly, "antiphon-ending");
  private volatile @Nullable Run run;
  private volatile @Nullable Throwable failure;

  /// @param wanted whether there shall be such a line
  Ending(Terminal terminal, boolean wanted) {
    this.terminal = terminal;
    this.wanted = wanted;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Watches a run from here on.
  void watch(Run begun) {
    run = begun;
  }

  /// Leaves the last line to the process that leads this one.
  void isOfAnother() {
    wanted = false;
  }

  /// Notes why the command fails; the summary tells it.
  void failed(Throwable why) {
    failure = why;
  }

  private void endEarly() {
    Run begun = run;
    try {
      if (begun != null) {
        begun.interrupt();
        if (over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          return;
        }
      }
      sayLast();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sayLast() {
    Run begun = run;
    Throwable why = failure;
    if (wanted) {
      terminal.sayLast(
          begun == null
              ? Run.nothing(why == null ? "ended before the run began" : Sentence.of(why))
              : why == null ? begun.summary() : begun.summary(why));
    }
  }

  @Override
  public void close() {
    sayLast();
    wanted = false;
    over.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is ending already, and the hook sees that the run is over
    }
  }
}
