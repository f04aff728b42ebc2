package io.antiphon.cli;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Tells what long work does now: on a terminal by a bar that counts the steps and the seconds and
/// goes when the work is over, elsewhere in a line of standard error per step.
final class Steps implements Consumer<String>, AutoCloseable {
  private static final String ERASE = "\r\u001b[K";

  private static final int CELLS = 12;

  private final Terminal terminal;
  private final int all;
  private final boolean blocks;
  private int count;
  private String step = "";
  private long begun;
  private @Nullable Thread clock;

  /// @param all how many steps there will be
  Steps(Terminal terminal, int all) {
    this.terminal = terminal;
    this.all = all;
    blocks = terminal.out().charset().newEncoder().canEncode("█░");
  }

  @Override
  public synchronized void accept(String next) {
    step = next;
    count++;
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
    int full = CELLS * (count - 1) / Math.max(1, all);
    String bar = (blocks ? "█" : "#").repeat(full) + (blocks ? "░" : ".").repeat(CELLS - full);
    String time = seconds == 0 ? "" : "  " + seconds + " s";
    terminal.out().print("%s%s  %s %d/%d%s".formatted(ERASE, step, bar, count, all, time));
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
