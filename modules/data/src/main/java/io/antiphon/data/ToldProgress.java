package io.antiphon.data;

import ai.djl.util.Progress;
import io.antiphon.core.spi.Work;
import org.jspecify.annotations.Nullable;

/// Tells people how far DJL is with a download.
final class ToldProgress implements Progress, AutoCloseable {
  private Work work = _ -> {};
  private long done;

  @Override
  public void reset(String message, long max) {
    work.close();
    work = Work.begin(message, max);
    done = 0;
  }

  @Override
  public void reset(String message, long max, @Nullable String trailingMessage) {
    reset(message, max);
  }

  @Override
  public void start(long initialProgress) {
    update(initialProgress);
  }

  @Override
  public void end() {
    work.close();
  }

  @Override
  public void increment(long increment) {
    done += increment;
    work.add(increment);
  }

  @Override
  public void update(long progress) {
    increment(progress - done);
  }

  @Override
  public void update(long progress, @Nullable String additionalMessage) {
    update(progress);
  }

  @Override
  public void close() {
    work.close();
  }
}
