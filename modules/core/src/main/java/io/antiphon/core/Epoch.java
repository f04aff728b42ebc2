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

  Epoch(Fit fit, int index) {
    super(fit, Level.EPOCH, null);
    this.fit = fit;
    this.index = index;
    this.number = fit.learner().epochsDone();
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

  boolean trains() {
    return fit.purpose() == Purpose.FIT || fit.purpose() == Purpose.LR_FIND;
  }

  boolean validates() {
    return fit.purpose() != Purpose.LR_FIND
        && fit.learner().validData().isPresent()
        && !fit.stops(Level.BATCH);
  }

  Pass train() {
    return enter(Level.TRAIN, fit.learner().trainData());
  }

  Pass validate() {
    return enter(Level.VALIDATE, fit.learner().validData().orElseThrow());
  }

  private Pass enter(Level level, DataLoader data) {
    Pass entered = new Pass(this, level, data);
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
