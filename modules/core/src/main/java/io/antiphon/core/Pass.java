package io.antiphon.core;

import ai.djl.ndarray.NDManager;
import io.antiphon.torch.Autograd;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The training part or the validation part of an epoch.
public final class Pass extends Scope {
  private final Epoch epoch;
  private final DataLoader data;
  private final int batches;
  private DataLoader.@Nullable Batches source;
  private final Optional<Progress.OpenEpoch> saved;
  private final int first;
  private final boolean shared;
  private int index;
  private final Tally tally;
  private @Nullable Scores scores;

  /// @param saved where it was when it was saved, if it goes on
  Pass(Epoch epoch, Level level, DataLoader data, Optional<Progress.OpenEpoch> saved) {
    super(epoch, level, null);
    this.epoch = epoch;
    this.data = data;
    this.batches = data.batches();
    this.saved = saved;
    this.first = saved.map(Progress.OpenEpoch::batches).orElse(0);
    this.index = first - 1;
    this.shared = fit().shares(level == Level.TRAIN);
    this.tally = saved.map(Tally::new).orElseGet(Tally::new);
    if (isTraining() && fit().takeGivenUp()) {
      fit().learner().gradients().zero();
    }
    own(this::leave);
    own(level == Level.TRAIN ? Autograd.on() : Autograd.off());
  }

  @Override
  public Fit fit() {
    return epoch.fit();
  }

  /// {@return the enclosing epoch}
  public Epoch epoch() {
    return epoch;
  }

  /// {@return whether this trains}
  public boolean isTraining() {
    return level() == Level.TRAIN;
  }

  /// {@return the data that this goes through}
  public DataLoader data() {
    return data;
  }

  /// {@return the number of batches that there are}
  public int batches() {
    return batches;
  }

  /// {@return the index of the current batch, from 0; -1 before the first}
  public int index() {
    return index;
  }

  /// {@return whether this goes on a training part that was saved when it was open, see
  /// [Learner#load]; what a callback brought back of it must not start anew then}
  public boolean isResumed() {
    return saved.isPresent();
  }

  Optional<Progress.OpenEpoch> saved() {
    return saved;
  }

  /// {@return what this pass has scored: mean loss, and metrics where they are computed; so far
  /// while it goes on, for which it waits for the device}
  public Scores scores() {
    return scores == null ? fit().dispatcher().meter().scores(this) : scores;
  }

  void openScores() {
    fit().dispatcher().meter().open(this);
  }

  /// {@return whether several processes have a part of each batch}
  public boolean isShared() {
    return shared;
  }

  /// Adds up the scores of the processes that share the batches, once.
  void addUpScores() {
    if (scores == null) {
      fit().dispatcher().meter().addUp(this);
    }
  }

  /// Keeps the scores as they are now, and hands them on if the pass ran to its end. Training may
  /// be made shorter by a cancel: what was trained on is scored.
  void closeScores() {
    if (scores == null) {
      scores = scores();
    }
    boolean shorter =
        isTraining() && outcome() instanceof Outcome.Cancelled && scores.samples() > 0;
    if (outcome().isFinished() || shorter) {
      epoch.scored(this, scores);
    }
  }

  Tally tally() {
    return tally;
  }

  /// {@return how long the loop has waited so far for data that other threads read}
  public Duration waitedForData() {
    return source == null ? Duration.ZERO : source.waited();
  }

  boolean hasNext() {
    fit().agree();
    if (isTraining() && fit().isTrained()) {
      return false;
    }
    if (fit().stopsAfter(Level.BATCH) && !(isTraining() && fit().isWithinStep())) {
      if (index + 1 < batches) {
        epoch.cutShort();
        stopped(fit().stop());
      }
      return false;
    }
    if (source == null) {
      source = own(shared().open(fit().seed(), isTraining() ? epoch.number() : 0, first));
    }
    return source.hasNext();
  }

  private DataLoader shared() {
    return shared ? data.share(fit().ranks().rank(), fit().ranks().size()) : data;
  }

  Batch next() {
    index++;
    fit().graphMemory().release(); // the graph of the batch before is gone
    NDManager manager = manager().newSubManager();
    try {
      Learner learner = fit().learner();
      learner.seedTorch(isTraining(), isTraining() ? learner.stepsDone() : index);
      return new Batch(
          this, index, manager, java.util.Objects.requireNonNull(source).next(manager));
    } catch (Throwable e) {
      manager.close();
      throw e;
    }
  }

  @Override
  void noteCancel(Level ended, CancelException cancel) {
    epoch.cutShort();
  }

  private void leave() {
    if (isTraining()
        && !(outcome() instanceof Outcome.Finished || outcome() instanceof Outcome.Stopped)) {
      fit().giveUp();
    }
  }

  void batchDone() {
    if (isTraining()) {
      epoch.trained(batches == 0 ? 1 : Math.min(1, (index + 1.0) / batches));
      fit().batchDone();
    }
  }
}
