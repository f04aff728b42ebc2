package io.antiphon.outbox;

import java.time.Duration;

/// How long who sends waits for what.
///
/// @param tries how often one request is tried, at least 1
/// @param pause how long it waits before the second try; twice as long before each further one
/// @param longest how long it waits at most between two tries, whatever the server asks for
/// @param answer how long it waits for an answer
/// @param end how long a run that ends waits for what is not sent yet
public record Patience(int tries, Duration pause, Duration longest, Duration answer, Duration end) {
  /// Five tries with 1, 2, 4 and 8 seconds between, half a minute at most, 10 seconds for an
  /// answer, and 10 seconds at the end.
  public static final Patience USUAL =
      new Patience(
          5,
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10));

  public Patience {
    if (tries < 1) {
      throw new IllegalArgumentException(
          "a request is tried at least once, not %d times".formatted(tries));
    }
  }

  /// {@return how long to wait before a try}
  ///
  /// @param before how often it was tried
  Duration pause(int before) {
    Duration pause = pause();
    for (int i = 1; i < before && pause.compareTo(longest()) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return shorter(pause);
  }

  Duration shorter(Duration pause) {
    return pause.compareTo(longest()) < 0 ? pause : longest();
  }
}
