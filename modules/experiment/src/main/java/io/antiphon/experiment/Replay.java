package io.antiphon.experiment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.CheckpointException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Journal;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Steps of a run once more, with a [Journal] of who changed what in them.
///
/// The run is made again as it is in its folder, in a folder of its own that goes afterwards; the
/// run's folder is only read. It goes on from the nearest checkpoint before the first step, or
/// begins at the beginning, and computes what the run computed, bit by bit on one processor; where
/// it passes a checkpoint of the run, its weights are compared with those there.
///
/// @param from the checkpoint from which it went on; none if it began at the beginning
/// @param bad what is wrong with checkpoints that it could not go on from, a sentence each
/// @param steps the training batches that were done at its end, in the run's life
/// @param same the checkpoints whose weights it came to, bit by bit
/// @param other those at whose step it came to other weights
public record Replay(
    Optional<Checkpoint> from,
    List<String> bad,
    long steps,
    List<Checkpoint> same,
    List<Checkpoint> other) {

  /// Runs steps again.
  ///
  /// @param experiment the run's own, as [Run#experiment] reads it
  /// @param folder the run's
  /// @param step the first training batch to tell of, from 1
  /// @param until the last one, after which it ends; if the run was shorter, it ends with it
  /// @param reader hears of each change as it comes
  /// @throws OptionException if it is no run's folder, or the run cannot be made again
  /// @throws RunException if it fails, as the run may have
  public static Replay of(
      Experiment experiment, Path folder, long step, long until, Consumer<Journal.Entry> reader) {
    Path run = RunFolder.takeBack(folder).path();
    try {
      Path scratch = Files.createTempDirectory("replay");
      try {
        return of(experiment, run, scratch, step, until, reader);
      } finally {
        delete(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Replay of(
      Experiment experiment,
      Path run,
      Path scratch,
      long step,
      long until,
      Consumer<Journal.Entry> reader) {
    var history = new History(List.of());
    var watch = new Watch(until);
    var journal =
        new Journal(
            each -> each >= step && each <= until,
            entry -> {
              if (!entry.who().equals(watch.name())) { // which was not in the run
                reader.accept(entry);
              }
            });
    try (Prepared prepared = experiment.prepareUnobserved(scratch, history, watch, journal)) {
      Learner learner = prepared.learner();
      var bad = new ArrayList<String>();
      Optional<Checkpoint> from = Optional.empty();
      Optional<Path> there = learner.checkpoints().map(path -> inside(run, scratch, path));
      if (there.isPresent()) {
        watch.checkpoints = Checkpoint.all(there.get());
        from = nearest(watch.checkpoints, step, bad);
        from.ifPresent(checkpoint -> learner.load(checkpoint.folder()));
      }
      if (from.isEmpty()) {
        var _ = prepared.begin();
      }
      try {
        var _ = prepared.fit();
      } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
        throw new RunException(
            "the replay failed %s: %s".formatted(history.place(), Sentence.of(e)), e);
      }
      return new Replay(from, bad, learner.stepsDone(), watch.same, watch.other);
    }
  }

  /// {@return the folder of the run that stands for one of the replay}
  private static Path inside(Path run, Path scratch, Path path) {
    if (!path.startsWith(scratch)) {
      throw new OptionException(
          new Place(path.toString(), 0, 0, path),
          "the run's checkpoints are outside its folder, where a replay would write others; copy them"
              + " into the run's folder and name that place in its experiment.yaml");
    }
    return run.resolve(scratch.relativize(path));
  }

  /// {@return the last one before a step from which a fit goes on}
  private static Optional<Checkpoint> nearest(List<Checkpoint> all, long step, List<String> bad) {
    for (Checkpoint each : all.reversed()) {
      if (each.steps() < step && each.isResumable()) {
        try {
          each.check();
          return Optional.of(each);
        } catch (CheckpointException e) {
          bad.add(Sentence.of(e));
        }
      }
    }
    return Optional.empty();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Ends the run after a step, and compares it with the checkpoints that it passes.
  private static final class Watch implements Callback {
    private final long until;
    private final List<Checkpoint> same = new ArrayList<>();
    private final List<Checkpoint> other = new ArrayList<>();
    private List<Checkpoint> checkpoints = List.of();

    Watch(long until) {
      this.until = until;
    }

    @Override
    public String name() {
      return "replay";
    }

    @Override
    public void afterBatch(Batch batch) {
      if (batch.isTraining()) {
        Fit fit = batch.fit();
        fit.whenSettled(() -> compare(fit.learner(), true));
        if (fit.learner().stepsDone() + 1 >= until) {
          fit.stopAfter(Level.BATCH, "this is as far as the replay was to go");
        }
      }
    }

    @Override
    public void afterEpoch(Epoch epoch) {
      Fit fit = epoch.fit();
      if (!epoch.isPartial()) {
        fit.whenSettled(() -> compare(fit.learner(), false));
      }
    }

    private void compare(Learner learner, boolean inEpoch) {
      for (Checkpoint each : checkpoints) {
        if (each.isResumable()
            && each.steps() == learner.stepsDone()
            && each.epochs() == learner.epochsDone()
            && each.isInEpoch() == inEpoch) {
          (isSame(learner, each) ? same : other).add(each);
        }
      }
    }

    private static boolean isSame(Learner learner, Checkpoint checkpoint) {
      try (Safetensors saved =
              Safetensors.open(checkpoint.folder().resolve("weights.safetensors"));
          NDManager scratch = learner.manager().newSubManager()) {
        for (var each : learner.model().getParameters()) {
          NDArray mine = each.getValue().getArray();
          if (!saved.names().contains(each.getKey())
              || !saved.shape(each.getKey()).equals(mine.getShape())
              || !saved.read(each.getKey(), scratch).contentEquals(mine)) {
            return false;
          }
        }
        return true;
      }
    }
  }
}
