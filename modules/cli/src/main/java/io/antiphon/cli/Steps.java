package io.antiphon.cli;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Tells what long work does now: on a terminal in one line that counts the seconds and goes when
/// the work is over, elsewhere in a line of standard error per step.
final class Steps implements Consumer<String>, AutoCloseable {
  private static final String ERASE = "\r\u001b[K";

  private final Terminal terminal;
  private String step = "";
  private long begun;
  private @Nullable Thread clock;

  Steps(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized void accept(String next) {
    step = next;
    begun = System.nanoTime();
    if (!terminal.isWatched()) {
      terminal.err().println("antiphon: " + next + " ...");
    } else if (clock == null) {
      clock = Thread.ofPlatform().daemon().name("antiphon-steps").start(this::tick);
    } else {
      draw();
    }
  }

  private void tick() {
    try {
      while (drawn()) {
        TimeUnit.SECONDS.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the work is over
    }
  }

  private synchronized boolean drawn() {
    boolean goesOn = clock != null;
    if (goesOn) {
      draw();
    }
    return goesOn;
  }

  private void draw() {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    terminal.out().print(ERASE + step + " ... " + (seconds == 0 ? "" : seconds + " s"));
    terminal.out().flush();
  }

  @Override
  public synchronized void close() {
    if (clock != null) {
      clock.interrupt();
      clock = null;
      terminal.out().print(ERASE);
      terminal.out().flush();
    }
  }
}
