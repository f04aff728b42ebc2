package io.antiphon.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a learner is saved and goes on: the fits that are over, the one that runs, and what was
/// loaded of it and is not brought back yet.
final class Resumption implements AutoCloseable {
  private final Learner learner;
  private final List<FitResult> over = new ArrayList<>();
  private @Nullable Fit running;
  private @Nullable SavedLearner saved;

  Resumption(Learner learner) {
    this.learner = learner;
  }

  /// {@return what the next fit returned, if it was over when this was saved}
  Optional<FitResult> nextOver() {
    Optional<FitResult> former = saved == null ? Optional.empty() : saved.nextOver();
    former.ifPresent(over::add);
    return former;
  }

  /// Told of a run that begins; a fit that was open when this was saved goes on.
  void begin(Fit fit) {
    SavedLearner goesOn = saved;
    if (goesOn != null && fit.purpose() == Purpose.FIT) {
      try (goesOn) {
        saved = null;
        goesOn.begin(learner, fit);
      }
    }
    running = fit;
  }

  /// Told of a run that came to its end.
  void ended(Fit fit, FitResult result) {
    if (fit.purpose() == Purpose.FIT) {
      over.add(result);
    }
  }

  /// Told that nothing runs, on every way out.
  void end() {
    running = null;
  }

  void save(Path folder) {
    Fit fit = running;
    boolean between = fit == null || (fit.isSettled() && fit.purpose() == Purpose.FIT);
    if (!between && (fit == null || fit.isOpen(Level.FIT))) {
      throw new IllegalStateException(
          "a learner is saved between two batches or epochs of a fit, not inside; ask for it by"
              + " fit.whenSettled(() -> learner.save(folder))");
    }
    if (fit != null && between && !isWhole()) {
      throw new IllegalStateException(
          "where several processes train, a learner cannot be saved in the middle of an accumulated"
              + " step, nor within an epoch with what each remembers of its own rows; ask"
              + " learner.canSave() first");
    }
    try {
      SavedLearner.write(
          learner,
          folder,
          manager ->
              new Progress(
                  List.copyOf(over),
                  fit != null && between ? Optional.of(fit.progress(manager)) : Optional.empty()),
          between);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return whether rank 0 has what all need to go on}
  boolean isWhole() {
    Fit fit = running;
    if (learner.ranks().size() == 1 || fit == null) {
      return true;
    }
    boolean remembersRows =
        fit.isOpen(Level.EPOCH)
            && learner.callbacks().stream()
                .anyMatch(each -> each instanceof Stateful<?> stateful && stateful.isOfOwnRows());
    return !remembersRows && !learner.hasGradients();
  }

  void load(Path folder) {
    close();
    SavedLearner loaded = SavedLearner.load(learner, folder);
    over.clear();
    if (loaded.isOpen()) {
      saved = loaded;
    } else {
      loaded.close();
    }
  }

  List<String> limits() {
    var limits = new ArrayList<String>();
    learner.parts().train.get().ifPresent(data -> limit(data, "training", limits));
    learner.validData().ifPresent(data -> limit(data, "validation", limits));
    if (learner.scoresTraining()) {
      for (Metric metric : learner.metrics()) {
        limits.add(
            "metric '%s' of the training part of an epoch counts from where the run goes on"
                .formatted(metric.name()));
      }
    }
    for (Callback callback : learner.callbacks()) {
      if (callback instanceof Stateful<?> stateful) {
        stateful
            .resumeLimit()
            .ifPresent(limit -> limits.add("%s: %s".formatted(callback.name(), limit)));
      }
    }
    for (String name : learner.reports()) {
      limits.add(
          "'%s', which is reported, counts from where the run goes on in the training part of that"
                  .formatted(name)
              + " epoch");
    }
    return List.copyOf(limits);
  }

  private static void limit(DataLoader data, String what, List<String> limits) {
    if (!data.resumesExactly()) {
      limits.add(
          "the %s data (%s) have no random access and may give other batches when a run goes on"
              .formatted(what, data));
    }
  }

  @Override
  public void close() {
    if (saved != null) {
      saved.close();
      saved = null;
    }
  }
}
