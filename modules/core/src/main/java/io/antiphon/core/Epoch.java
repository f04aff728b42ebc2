package io.antiphon.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One epoch: a training part, then a validation part.
public final class Epoch extends Scope {
  private final Fit fit;
  private final int index;
  private final long number;
  private @Nullable Pass pass;
  private double trained;
  private @Nullable Scores trainScores;
  private @Nullable Scores validScores;
  private boolean partial;
  private final Optional<Progress.OpenEpoch> saved;

  /// @param saved where it was when it was saved, if it goes on
  Epoch(Fit fit, int index, Optional<Progress.OpenEpoch> saved) {
    super(fit, Level.EPOCH, null);
    this.fit = fit;
    this.index = index;
    this.number = fit.learner().epochsDone();
    this.saved = saved;
    saved.ifPresent(place -> {
      trained = place.fraction();
      partial = place.partial();
      trainScores = place.train().orElse(null);
    });
    if (trains()) {
      own(fit.learner()::epochDone);
    }
  }

  @Override
  public Fit fit() {
    return fit;
  }

  /// {@return the index in this fit, from 0}
  public int index() {
    return index;
  }

  /// {@return the index over the learner's life, from 0}
  public long number() {
    return number;
  }

  /// {@return the scores of the training part; empty before its `AFTER_TRAIN` and where it failed}
  public Optional<Scores> trainScores() {
    return Optional.ofNullable(trainScores);
  }

  /// {@return the scores of the validation part; empty before its `AFTER_VALIDATE`, and where there
  /// is none or it was cancelled}
  public Optional<Scores> validScores() {
    return Optional.ofNullable(validScores);
  }

  /// {@return whether a part of this epoch was stopped or cancelled before its end}
  public boolean isPartial() {
    return partial;
  }

  /// {@return whether this goes on an epoch that was saved when it was open, see [Learner#load]}
  public boolean isResumed() {
    return saved.isPresent();
  }

  /// {@return whether the training part was over when this was saved}
  boolean isTrained() {
    return saved.filter(Progress.OpenEpoch::trained).isPresent();
  }

  /// {@return where this is, between two batches}
  Progress.OpenEpoch progress() {
    Meter meter = fit.dispatcher().meter();
    boolean over = pass == null ? isTrained() : !pass.isTraining();
    int batches = pass == null || over ? 0 : pass.index() + 1;
    return new Progress.OpenEpoch(
        batches,
        trained,
        over,
        partial,
        trainScores(),
        over ? 0 : meter.lossSum(),
        over ? 0 : meter.lossSamples(),
        over ? 0 : meter.samples());
  }

  boolean trains() {
    return fit.purpose() == Purpose.FIT || fit.purpose() == Purpose.LR_FIND;
  }

  boolean validates() {
    return fit.purpose() != Purpose.LR_FIND
        && fit.learner().validData().isPresent()
        && !fit.stopsAfter(Level.BATCH);
  }

  Pass train() {
    return enter(Level.TRAIN, fit.learner().trainData());
  }

  Pass validate() {
    return enter(Level.VALIDATE, fit.learner().validData().orElseThrow());
  }

  private Pass enter(Level level, DataLoader data) {
    Pass entered = new Pass(this, level, data, level == Level.TRAIN ? saved : Optional.empty());
    pass = entered;
    return entered;
  }

  void scored(Pass scored, Scores scores) {
    if (scored.isTraining()) {
      trainScores = scores;
    } else {
      validScores = scores;
    }
  }

  @Override
  void noteCancel(Level ended, CancelException cancel) {
    cutShort();
  }

  void cutShort() {
    partial = true;
  }

  void trained(double fraction) {
    trained = fraction;
  }

  double trainedFraction() {
    return trained;
  }

  @Nullable Pass pass() {
    return pass;
  }
}
