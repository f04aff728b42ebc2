package io.antiphon.experiment;

import io.antiphon.core.Epoch;
import io.antiphon.core.Observer;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Says once that other programs hold the cores that a run needs.
///
/// The threads of libtorch wait for each other many times in a batch: one that stands in line for a
/// core holds up all of them, and an epoch takes many times as long as it computes. Linux tells of
/// each thread how long it stood in line; where it is not told, nothing is said.
final class Crowding implements Observer {
  private static final Logger LOGGER = System.getLogger(Crowding.class.getName());
  private static final Path THREADS = Path.of("/proc/self/task");

  /// Shorter epochs end before anybody wonders.
  private static final double SHORTEST_SECONDS = 2;

  /// The part of an epoch's time from which on it counts.
  private static final double PART = 0.5;

  private Map<String, Long> before = Map.of();
  private long begun;
  private boolean said;

  @Override
  public void beforeEpoch(Epoch epoch) {
    if (!said) {
      begun = System.nanoTime();
      before = waits(THREADS);
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (said) {
      return;
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    complaint(epoch.index(), seconds, before, waits(THREADS))
        .ifPresent(sentence -> {
          said = true;
          LOGGER.log(Logger.Level.WARNING, sentence);
        });
  }

  /// {@return what to say of an epoch; nothing if its threads got the cores that they wanted}
  ///
  /// @param seconds how long it took
  /// @param before how long each thread had stood in line when it began, in nanoseconds
  /// @param after the same, when it was over
  static Optional<String> complaint(
      int epoch, double seconds, Map<String, Long> before, Map<String, Long> after) {
    long longest = 0;
    for (Map.Entry<String, Long> thread : after.entrySet()) {
      longest = Math.max(longest, thread.getValue() - before.getOrDefault(thread.getKey(), 0L));
    }
    double waited = longest / 1e9;
    if (seconds < SHORTEST_SECONDS || waited < PART * seconds) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "epoch %d took %.1f s, and for %.1f s of them a thread of this run stood in line for a"
                + " core: other programs hold the cores; stop them, or train with fewer threads, as"
                + " with OMP_NUM_THREADS=1 in the environment",
            epoch,
            seconds,
            waited));
  }

  /// {@return how long each thread stood in line for a core so far, in nanoseconds}
  ///
  /// @param threads a folder with one folder per thread, which has a file `schedstat`: nanoseconds
  ///   on a core, nanoseconds in line, number of turns
  static Map<String, Long> waits(Path threads) {
    var waits = new HashMap<String, Long>();
    try (Stream<Path> all = Files.list(threads)) {
      for (Path thread : all.toList()) {
        wait(thread).ifPresent(wait -> waits.put(thread.getFileName().toString(), wait));
      }
    } catch (IOException e) {
      return Map.of(); // not Linux, or not told
    }
    return waits;
  }

  private static Optional<Long> wait(Path thread) {
    try {
      return Optional.of(
          Long.valueOf(Files.readString(thread.resolve("schedstat")).split(" ", -1)[1]));
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty(); // it ended meanwhile
    }
  }
}
