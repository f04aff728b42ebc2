package io.antiphon.core;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One epoch: a training part, then a validation part.
public final class Epoch extends Scope {
  private final Fit fit;
  private final int index;
  private final long number;
  private long begun = System.nanoTime();
  private @Nullable Pass pass;
  private @Nullable Pass train;
  private double trained;
  private @Nullable Scores trainScores;
  private @Nullable Scores validScores;
  private final Optional<Progress.OpenEpoch> saved;
  private boolean partial;
  private boolean worked;
  private @Nullable End end;
  private final Set<RowReader> told = Collections.newSetFromMap(new IdentityHashMap<>());

  /// What is known only once the epoch is over.
  private record End(long step, double lr, double seconds) {}

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
      worked = true;
      begun -= Math.round(place.seconds() * 1e9);
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

  /// {@return the scores of the training part; empty before its `AFTER_TRAIN`, and where it was cut
  /// short}
  public Optional<Scores> trainScores() {
    return Optional.ofNullable(trainScores);
  }

  /// {@return the scores of the validation part; empty before its `AFTER_VALIDATE`, and where there
  /// is none or it was cut short}
  public Optional<Scores> validScores() {
    return Optional.ofNullable(validScores);
  }

  /// {@return whether a part of this epoch was stopped or cancelled before its end; not where its
  /// fit was planned to end within it}
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
    fit.dispatcher().meter().drain();
    Tally so = train == null ? new Tally() : train.tally();
    boolean over = pass == null ? isTrained() : !pass.isTraining();
    int batches = pass == null || over ? 0 : pass.index() + 1;
    return new Progress.OpenEpoch(
        batches,
        trained,
        over,
        partial,
        trainScores(),
        over ? 0 : so.sum(),
        over ? 0 : so.weight(),
        over ? 0 : so.samples(),
        now().seconds());
  }

  /// {@return the numbers of this epoch, final from `AFTER_EPOCH` on; so far before, for which it
  /// waits for the device}
  public Row row() {
    End at = end == null ? now() : end;
    Learner learner = fit.learner();
    return new Row(
        index,
        number,
        at.step(),
        Row.cells(learner, trainedSoFar(), validScores()),
        at.lr(),
        at.seconds(),
        partial || outcome() instanceof Outcome.Running);
  }

  /// {@return whether this epoch leaves a row: every one does, but for one that a cancel of the fit
  /// or a failure crosses before a batch of it is done}
  public boolean leavesRow() {
    return worked || !(outcome() instanceof Outcome.Running);
  }

  /// Hands the row out, once to each.
  void tell(RowReader reader) {
    if (told.add(reader)) {
      reader.row(this, row());
    }
  }

  private Optional<Scores> trainedSoFar() {
    return Optional.ofNullable(train).map(Pass::scores).or(this::trainScores);
  }

  private End now() {
    Learner learner = fit.learner();
    return new End(
        learner.stepsDone(), learningRate(learner.optimizer()), (System.nanoTime() - begun) / 1e9);
  }

  private static double learningRate(Optimizer optimizer) {
    List<ParameterGroup> groups = optimizer.groups();
    return !groups.isEmpty() && groups.getLast().hypers().contains(Hyper.LEARNING_RATE)
        ? groups.getLast().get(Hyper.LEARNING_RATE)
        : Double.NaN;
  }

  /// Notes that what comes now, though it belongs to this epoch, changes its numbers no more.
  void over() {
    if (end == null) {
      end = now();
    }
  }

  void worked() {
    worked = true;
  }

  boolean trains() {
    return fit.purpose() == Purpose.FIT || fit.purpose() == Purpose.LR_FIND;
  }

  boolean validates() {
    if (fit.purpose() == Purpose.LR_FIND || fit.learner().validData().isEmpty()) {
      return false;
    }
    if (fit.stopsAfter(Level.BATCH)) {
      cutShort();
      return false;
    }
    return true;
  }

  Pass train() {
    train = enter(Level.TRAIN, fit.learner().trainData());
    return train;
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
