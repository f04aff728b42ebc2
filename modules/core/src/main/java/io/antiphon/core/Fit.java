package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.antiphon.torch.GraphMemory;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One run of the loop: several epochs of training and validation, or a validation alone.
public final class Fit extends Scope {
  private final Learner learner;
  private final Purpose purpose;
  private final Dispatcher dispatcher;
  private final ParameterStore parameters;
  private final Ranks ranks;
  private final GraphMemory graphMemory = new GraphMemory();

  /// A number of epochs: those that a number of steps takes.
  static final int AS_MANY_AS_IT_TAKES = Integer.MAX_VALUE;

  private int epochs;
  private long lastStep;
  private long firstStep; // of the current epoch
  private int idle; // epochs without a step
  private boolean givenUp; // a training part was, whose gradients are not the next one's
  private int opened;
  private @Nullable Epoch epoch;
  private long trainIter;
  private long waits;
  private final Set<Level> openLevels = EnumSet.noneOf(Level.class);
  private @Nullable Level asked; // of this process
  private @Nullable Level stopLevel; // of all
  private boolean paused;
  private Outcome stop = new Outcome.Finished();
  private final List<Runnable> whenSettled = new ArrayList<>();
  private final Progress.Extent length;
  private boolean settled;
  private Progress.Scored lastScored = new Progress.Scored(Optional.empty(), Optional.empty());
  private Optional<Progress.OpenEpoch> begun = Optional.empty();
  private boolean resumed;

  private final boolean first;
  private final boolean last;

  /// @param steps after how many training batches the last epoch's training ends at the latest
  /// @param first whether a training begins with it
  /// @param last whether a training ends with it
  Fit(
      Learner learner,
      Purpose purpose,
      Dispatcher dispatcher,
      int epochs,
      long steps,
      boolean first,
      boolean last) {
    super(null, Level.FIT, null);
    this.first = first;
    this.last = last;
    this.learner = learner;
    this.purpose = purpose;
    this.dispatcher = dispatcher;
    this.epochs = epochs;
    this.lastStep = steps;
    this.length = new Progress.Extent(epochs, steps);
    this.ranks = purpose == Purpose.PREDICT ? Ranks.ALONE : learner.ranks();
    this.parameters = new ParameterStore(learner.manager(), false);
    own(graphMemory);
    graphMemory.keep(learner.manager());
    for (Parameter parameter : learner.model().getParameters().values()) {
      graphMemory.keep(parameter.getArray().getManager());
    }
  }

  @Override
  public Fit fit() {
    return this;
  }

  /// {@return the learner that fits}
  public Learner learner() {
    return learner;
  }

  /// {@return the processes that train together; a prediction is everybody's own}
  public Ranks ranks() {
    return ranks;
  }

  /// {@return why the loop runs}
  public Purpose purpose() {
    return purpose;
  }

  /// {@return whether a training begins with this: it does, unless [Learner#together] makes this a
  /// later one of several}
  public boolean isFirst() {
    return first;
  }

  /// {@return whether a training ends with this: it does, unless [Learner#together] has others
  /// follow; from `AFTER_FIT` on it does too if this did not run to its end}
  public boolean isLast() {
    return last || !(isOpen(Level.FIT) || outcome().isFinished());
  }

  /// {@return the number of epochs to run; where steps are counted, as many as they take with the
  /// data in force}
  public int epochs() {
    if (epochs != AS_MANY_AS_IT_TAKES) {
      return epochs;
    }
    boolean open =
        epoch != null && !epoch.isTrained() && (epoch.pass() == null || isOpen(Level.TRAIN));
    long left = Math.max(0, lastStep - (open ? firstStep : trainIter));
    long more = Math.ceilDiv(left, Math.max(1, learner.trainData().batches()));
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, (open ? opened - 1 : opened) + more));
  }

  /// Changes the number of epochs to run; they are whole ones then.
  public void epochs(int epochs) {
    change();
    this.epochs = epochs;
    lastStep = Long.MAX_VALUE;
  }

  /// {@return the number of training batches that are planned, with those that are done}
  public long steps() {
    return epochs == AS_MANY_AS_IT_TAKES
        ? lastStep
        : Math.min(lastStep, (long) epochs * learner.trainData().batches());
  }

  /// {@return the index of the current epoch in this fit, from 0; -1 before the first}
  public int epochIndex() {
    return opened - 1;
  }

  /// {@return the number of training batches before the current one, in this fit}
  public long trainIter() {
    return trainIter;
  }

  /// {@return the fraction of the training that is done, in [0, 1], as a function of whole batches}
  public double pctTrain() {
    if (lastStep < Long.MAX_VALUE) {
      long steps = steps(); // fewer where data are shortened
      return steps == 0 ? 1 : Math.min(1, (double) trainIter / steps);
    }
    return epoch == null
        ? (double) opened / Math.max(1, epochs)
        : Math.min(1, (epochIndex() + epoch.trainedFraction()) / epochs);
  }

  /// {@return the smoothed training loss of this fit (debiased exponential average, beta 0.98, as
  /// in fastai); waits for the device}
  ///
  /// Losses that are not finite, and batches of which nothing counts, are left out of it; it is NaN
  /// before the first batch was recorded, and after such a one until the next.
  public double smoothLoss() {
    countWait();
    return dispatcher.meter().smoothLoss();
  }

  /// {@return the losses of this fit's training batches, in order, NaN where nothing counted; waits
  /// for the device}
  ///
  /// @param from the index of the first one to give, among those that have a loss, from 0
  public double[] losses(int from) {
    countWait();
    return dispatcher.meter().losses(from);
  }

  /// How often callbacks asked for a loss as a number.
  long waits() {
    return waits;
  }

  void countWait() {
    waits++;
  }

  /// {@return the seed of the run}
  public long seed() {
    return learner.seed();
  }

  /// {@return the model in force}
  public Block model() {
    return learner.model();
  }

  /// {@return the loss function in force}
  public LossFunction lossFunction() {
    return learner.lossFunction();
  }

  /// {@return the optimizer in force}
  public Optimizer optimizer() {
    return learner.optimizer();
  }

  /// {@return the training step in force}
  public TrainingStep step() {
    return learner.parts().step.get();
  }

  /// {@return the callbacks of this run in their order, observers last}
  public List<Callback> callbacks() {
    return dispatcher.ordered();
  }

  /// Ends the fit soon, and normally: every open level closes as if it were over, so that the
  /// history keeps its row.
  ///
  /// A stop after a batch is an interruption: a fit that is saved then goes on later. A stop after
  /// an epoch is a decision, which a saved fit keeps.
  ///
  /// @param level [Level#BATCH]: after the current batch, without the validation that would follow;
  ///   [Level#EPOCH]: after the current epoch, with its validation
  /// @param why the reason, as a phrase for the log
  public void stopAfter(Level level, String why) {
    if (level != Level.BATCH && level != Level.EPOCH) {
      throw new IllegalArgumentException(
          "a fit stops after a BATCH or an EPOCH, not after " + level);
    }
    fit().dispatcher().refuseObserver();
    if (asked == null || level == Level.BATCH || paused) {
      stop(level, why);
    }
  }

  /// Ends the fit after the current epoch as [#stopAfter] does, but as an interruption: a fit that
  /// is saved then goes on later, with its next epoch. Whoever asks for a stop has precedence.
  ///
  /// @param why the reason, as a phrase for the log
  public void pauseAfterEpoch(String why) {
    dispatcher.refuseObserver();
    if (asked == null && stopLevel == null) {
      stop(Level.EPOCH, why);
      paused = true;
    }
  }

  private void stop(Level level, String why) {
    asked = level;
    stopLevel = ranks.size() == 1 ? level : stopLevel;
    paused = false;
    Callback current = dispatcher.current();
    stop = new Outcome.Stopped(current == null ? "" : current.name(), why);
  }

  /// {@return whether someone asked to end the fit after the current batch or epoch, or sooner}
  ///
  /// @param level [Level#BATCH] or [Level#EPOCH]
  public boolean stopsAfter(Level level) {
    return stopLevel == Level.BATCH || (stopLevel != null && stopLevel == level);
  }

  /// Does something as soon as the innermost open batch or epoch has ended, with all its events and
  /// cleanups, and before the next one begins: the moment at which [Learner#save] can save. If an
  /// exception ends the fit before, it is not done.
  public void whenSettled(Runnable action) {
    dispatcher.refuseObserver();
    whenSettled.add(action);
  }

  /// {@return whether this goes on a fit that was saved when it was open, see [Learner#load]}
  public boolean isResumed() {
    return resumed;
  }

  void settle() {
    if (whenSettled.isEmpty()) {
      return;
    }
    List<Runnable> actions = List.copyOf(whenSettled);
    whenSettled.clear();
    settled = true;
    try {
      actions.forEach(Runnable::run);
    } finally {
      settled = false;
    }
  }

  boolean isSettled() {
    return settled;
  }

  /// {@return where this is, between two batches or epochs}
  Progress.OpenFit progress(NDManager owner) {
    Epoch current = isOpen(Level.EPOCH) ? epoch : null;
    double[] losses = dispatcher.meter().losses(0);
    return new Progress.OpenFit(
        length,
        new Progress.Extent(epochs, lastStep),
        current == null ? opened : opened - 1,
        trainIter,
        stopLevel == Level.EPOCH && !paused ? Optional.of(stop) : Optional.empty(),
        lastScored(),
        current == null ? Optional.empty() : Optional.of(current.progress()),
        losses.length == 0 ? new NDList() : new NDList(owner.create(losses)));
  }

  /// {@return what the last epoch scored, of which something is over}
  Progress.Scored lastScored() {
    return epoch == null
        ? lastScored
        : new Progress.Scored(epoch.trainScores(), epoch.validScores());
  }

  /// Goes on where another fit was.
  void goOn(Progress.OpenFit saved) {
    resumed = true;
    if (length.equals(saved.length())) { // else someone wants another length
      epochs = saved.now().epochs();
      lastStep = saved.now().steps();
    }
    opened = saved.begun();
    trainIter = saved.steps();
    saved
        .stop()
        .ifPresent(why -> {
          asked = Level.EPOCH;
          stopLevel = asked;
          stop = why;
        });
    lastScored = saved.last();
    begun = saved.epoch();
    dispatcher
        .meter()
        .goOn(saved.losses().isEmpty() ? new double[0] : saved.losses().head().toDoubleArray());
  }

  void giveUp() {
    givenUp = true;
  }

  boolean takeGivenUp() {
    boolean was = givenUp;
    givenUp = false;
    return was;
  }

  boolean isTrained() {
    return trainIter >= lastStep;
  }

  Outcome stop() {
    return stop;
  }

  /// Where several processes train, lets all stop at the same batch if one was asked to.
  void agree() {
    if (ranks.size() == 1 || stopLevel == Level.BATCH) {
      return;
    }
    Pass pass = epoch == null ? null : epoch.pass();
    long place = 2 * (trainIter + (pass == null || pass.isTraining() ? 0 : pass.index() + 1L));
    double[] asking =
        ranks.meet(
            "next batch" + place(),
            place,
            asked == Level.BATCH ? 1 : 0,
            asked == Level.EPOCH && !paused ? 1 : 0,
            asked == Level.EPOCH && paused ? 1 : 0);
    Level agreed =
        asking[0] > 0 ? Level.BATCH : asking[1] + asking[2] > 0 ? Level.EPOCH : stopLevel;
    if (agreed != null && asked == null && stopLevel == null) {
      stop = new Outcome.Stopped("", "another process was asked to");
    }
    if (asking[0] + asking[1] > 0) {
      paused = false;
    } else if (asking[2] > 0) {
      paused = true;
    }
    stopLevel = agreed;
  }

  /// {@return whether a step is half accumulated that several processes make together: a stop waits
  /// for it, so that all of it can be saved}
  boolean isWithinStep() {
    if (ranks.size() == 1) {
      return false;
    }
    long[] gradients = {learner.hasGradients() ? 1 : 0};
    ranks.max(gradients, "gradients of a step");
    return gradients[0] > 0;
  }

  /// {@return whether several processes have a part each of the batches of a pass}
  ///
  /// @param training of one that trains; else of one that scores, for which metrics must add up
  boolean shares(boolean training) {
    return ranks.size() > 1 && (training || learner.metrics().stream().allMatch(Metric::addsUp));
  }

  boolean hasNext() {
    agree();
    // an epoch that is gone on with may have only its validation left
    boolean more = opened < epochs && (begun.isPresent() || !isTrained()) && !isIdle();
    if (stopLevel != null && (more || (epoch != null && epoch.isPartial()))) {
      stopped(stop);
    }
    return more && stopLevel == null;
  }

  // Counted steps that do not come would never end.
  private boolean isIdle() {
    if (epochs != AS_MANY_AS_IT_TAKES || epoch == null) {
      return false;
    }
    idle += trainIter == firstStep ? 1 : 0;
    return idle >= Math.max(1, Math.ceilDiv(lastStep, Math.max(1, learner.trainData().batches())));
  }

  Epoch next() {
    firstStep = trainIter - begun.map(Progress.OpenEpoch::batches).orElse(0);
    epoch = new Epoch(this, opened++, begun);
    begun = Optional.empty();
    return epoch;
  }

  void batchDone() {
    trainIter++;
    learner.stepDone();
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /// {@return what keeps memory that the batch's graph may read}
  GraphMemory graphMemory() {
    return graphMemory;
  }

  ParameterStore parameters() {
    return parameters;
  }

  @Nullable Epoch epoch() {
    return epoch;
  }

  void opened(Level level) {
    openLevels.add(level);
  }

  void over(Level level) {
    openLevels.remove(level);
    if (level == Level.EPOCH && epoch != null) {
      epoch.over();
    }
  }

  boolean isOpen(Level level) {
    return openLevels.contains(level);
  }

  /// {@return where the run is, for messages: ` (epoch 2, batch 31)`}
  String place() {
    if (epoch == null) {
      return "";
    }
    Pass pass = epoch.pass();
    String batch = pass == null || pass.index() < 0 ? "" : ", batch " + pass.index();
    String part = pass == null || pass.isTraining() ? "" : ", validation";
    return " (epoch %d%s%s)".formatted(epoch.index(), part, batch);
  }
}
