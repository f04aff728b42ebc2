package io.antiphon.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A learner in a folder, as [Learner#save] writes it and [Learner#load] brings it back.
///
/// The folder is whole or not there. It holds `weights.safetensors` (the model's parameters and
/// running statistics by their names), `state.safetensors` (the arrays that the optimizer and
/// others remember, by paths), `state.json` (everything else: counts, hyper-parameters, where the
/// fit is, the memory of every [Stateful] part, seed, machine and modules) and `checkpoint.json`
/// (format, version, and the size and checksum of each file). Nothing in it is ever executed.
///
/// @param folder the folder
/// @param epochs the epochs that were done in the learner's life
/// @param steps the training batches that were done in the learner's life
/// @param isInEpoch whether an epoch was open
/// @param isResumable whether a fit goes on from it; one that was saved in the cleanup of a fit has
///   the weights, but no place in the fit
public record Checkpoint(
    Path folder, long epochs, long steps, boolean isInEpoch, boolean isResumable) {
  static final String MANIFEST = "checkpoint.json";
  static final String FORMAT = "antiphon-checkpoint";
  static final int VERSION = 1;

  private static final Comparator<Checkpoint> AGE =
      Comparator.comparingLong(Checkpoint::steps)
          .thenComparingLong(Checkpoint::epochs)
          .thenComparing(checkpoint -> String.valueOf(checkpoint.folder.getFileName()));

  /// {@return the checkpoint in a folder, by its own words}
  ///
  /// Its files are checked by [#check()], and when it is loaded.
  ///
  /// @throws CheckpointException if there is none, or it is of a newer program
  public static Checkpoint of(Path folder) {
    return of(opened(folder));
  }

  static SavedFolder opened(Path folder) {
    return SavedFolder.open(folder, MANIFEST, "checkpoint", FORMAT, VERSION);
  }

  private static Checkpoint of(SavedFolder opened) {
    return new Checkpoint(
        opened.path(),
        opened.number("epochs"),
        opened.number("steps"),
        opened.truth("inEpoch"),
        opened.truth("resumable"));
  }

  /// What a folder of checkpoints holds.
  ///
  /// @param newest the newest one that is whole and that a fit goes on from
  /// @param bad what is wrong with those that are newer, or tell nothing of themselves
  public record Found(Optional<Checkpoint> newest, List<CheckpointException> bad) {
    public Found {
      bad = List.copyOf(bad);
    }
  }

  /// {@return the newest checkpoint in a folder of checkpoints that is whole, and what is wrong
  /// with others}
  ///
  /// @param parent the folder; it need not be there
  /// @throws UncheckedIOException if it cannot be read
  public static Found newest(Path parent) {
    var bad = new ArrayList<CheckpointException>();
    var good = new ArrayList<Checkpoint>();
    for (Path folder : folders(parent)) {
      try {
        good.add(of(folder));
      } catch (CheckpointException e) {
        bad.add(e);
      }
    }
    good.sort(AGE.reversed());
    for (Checkpoint each : good) {
      try {
        if (each.isResumable) {
          each.check();
          return new Found(Optional.of(each), bad);
        }
      } catch (CheckpointException e) {
        bad.add(e);
      }
    }
    return new Found(Optional.empty(), bad);
  }

  /// {@return the checkpoints in a folder of checkpoints that say what they are, the oldest first}
  public static List<Checkpoint> all(Path parent) {
    var all = new ArrayList<Checkpoint>();
    for (Path folder : folders(parent)) {
      try {
        all.add(of(folder));
      } catch (CheckpointException e) {
        // not one of them
      }
    }
    all.sort(AGE);
    return List.copyOf(all);
  }

  private static List<Path> folders(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    var folders = new ArrayList<Path>();
    try (var inside = Files.newDirectoryStream(parent)) {
      for (Path each : inside) {
        if (Files.isDirectory(each) && !String.valueOf(each.getFileName()).startsWith(".")) {
          folders.add(each);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    folders.sort(Comparator.naturalOrder());
    return folders;
  }

  /// Reads every file of it once.
  ///
  /// @throws CheckpointException if one is missing, cut off or damaged
  public void check() {
    SavedFolder opened = opened(folder);
    opened.file(SavedLearner.WEIGHTS);
    opened.file(SavedLearner.ARRAYS);
    opened.file(SavedLearner.STATE);
  }

  /// Removes it, so that no half of it is ever seen.
  ///
  /// @throws UncheckedIOException if that fails
  public void remove() {
    try {
      SavedFolder.remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Removes what processes left in a folder of checkpoints that ended while they wrote one.
  public static void sweep(Path parent) {
    SavedFolder.sweep(parent);
  }
}
