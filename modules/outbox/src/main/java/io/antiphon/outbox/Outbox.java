package io.antiphon.outbox;

import java.lang.System.Logger;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Sends what a run tells, in order, on a thread of its own that ends with the process.
///
/// Whoever adds something never waits: what there is no room for is dropped, and what cannot be
/// sent is given up; each is told once. Closing it waits for what is not sent yet, but not long.
public final class Outbox implements AutoCloseable {
  private static final Logger LOGGER = System.getLogger(Outbox.class.getName());
  private static final int ROOM = 256;

  /// Wakes the thread up; where there is no room for it, the thread is awake.
  private static final Letter LAST = _ -> {};

  private final String name;
  private final Patience patience;
  private final BlockingQueue<Letter> letters = new ArrayBlockingQueue<>(ROOM);
  private final AtomicInteger waiting = new AtomicInteger();
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean toldFull;
  private volatile boolean toldFailed;

  /// Something to send.
  @FunctionalInterface
  public interface Letter {
    /// Sends it, by as many requests as it takes.
    ///
    /// @throws SendException if it cannot be sent
    /// @throws InterruptedException if there is no more time
    void send(Sender sender) throws SendException, InterruptedException;
  }

  /// Opens one.
  ///
  /// @param name whose it is, for messages
  public Outbox(String name, Patience patience) {
    this.name = name;
    this.patience = patience;
    thread = Thread.ofPlatform().name("antiphon-" + name).daemon(true).unstarted(this::work);
    thread.start();
  }

  /// Adds something to be sent.
  public void add(Letter letter) {
    waiting.incrementAndGet();
    if (closed || !letters.offer(letter)) {
      waiting.decrementAndGet();
      if (!toldFull) {
        toldFull = true;
        tell("there is more to send than can be sent, and some of it is dropped");
      }
    }
  }

  private void work() {
    var sender = new Sender(patience);
    try {
      while (!closed || !letters.isEmpty()) {
        Letter letter = letters.take();
        if (letter != LAST) {
          send(letter, sender);
          waiting.decrementAndGet();
        }
      }
    } catch (InterruptedException e) {
      // who closed this has waited long enough
    } finally {
      sender.end();
    }
  }

  private void send(Letter letter, Sender sender) throws InterruptedException {
    try {
      letter.send(sender);
    } catch (SendException e) {
      told(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      told(e.getClass().getSimpleName()); // whose message may hold anything
    }
  }

  private void told(String why) {
    if (!toldFailed) {
      toldFailed = true;
      tell(why);
    }
  }

  private void tell(String what) {
    LOGGER.log(Logger.Level.WARNING, "{0}: {1}; the training goes on", name, what);
  }

  /// Waits until everything is sent, for [Patience#end] at most, and ends.
  @Override
  public void close() {
    closed = true;
    boolean _ = letters.offer(LAST);
    try {
      if (!thread.join(patience.end())) {
        thread.interrupt();
        tell("%d things are not sent in time".formatted(waiting.get()));
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
