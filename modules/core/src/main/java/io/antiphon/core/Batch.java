package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Gradients;
import io.antiphon.torch.Memory;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One batch on its way through the model.
///
/// What is not there yet throws; nothing is ever left over from the batch before. Arrays made from
/// the batch's own belong to it and are closed with it. Mind that a result belongs to the manager
/// of an operation's first operand: write `input.mul(weight)` rather than `weight.mul(input)`.
public final class Batch extends Scope {
  static final List<Turn> ONE_TURN = List.of(Turn.ALL);

  private final Pass pass;
  private final int index;
  private final int size;
  private final Samples.Part part;
  private NDList inputs;
  private NDList targets;
  private @Nullable NDList predictions;
  private @Nullable NDArray loss;
  private @Nullable NDArray objective;
  private double lossValue = Double.NaN;
  private @Nullable NDArray counted;
  private boolean lossRead;
  private final long waitsBefore;
  private @Nullable StepResult stepResult;
  private Turn turn = Turn.ALL;
  private Map<String, NDArray> reports = Map.of();
  private Map<Class<? extends Block>, NDList> outputs = Map.of();

  Batch(Pass pass, int index, NDManager manager, Samples samples) {
    super(pass, Level.BATCH, manager);
    this.pass = pass;
    this.index = index;
    this.size = samples.size();
    this.part = samples.part();
    this.inputs = samples.inputs();
    this.targets = samples.targets();
    this.waitsBefore = pass.fit().waits();
    own(pass::batchDone);
  }

  @Override
  public Fit fit() {
    return pass.fit();
  }

  /// {@return the enclosing pass}
  public Pass pass() {
    return pass;
  }

  /// {@return whether this batch trains}
  public boolean isTraining() {
    return pass.isTraining();
  }

  /// {@return the index in the pass, from 0}
  public int index() {
    return index;
  }

  /// {@return the turn of the training step that is taken, or was taken last; [Turn#ALL] for a step
  /// without several}
  public Turn turn() {
    return turn;
  }

  /// {@return the number of samples that the loader gave this process, B}
  public int size() {
    return size;
  }

  /// {@return the number of samples of the whole batch, of which several processes may have a part
  /// each; B where there is one process}
  public int wholeSize() {
    return part.whole();
  }

  /// {@return how many of this process's samples count: B, but for 0 on one that has no row of a
  /// small batch and computes the first one for nothing}
  public int rows() {
    return part.rows();
  }

  /// {@return what the model gets, `[B, …]` each}
  public NDList inputs() {
    return inputs;
  }

  /// Replaces what the model gets.
  public void inputs(NDList inputs) {
    change();
    this.inputs = inputs;
  }

  /// {@return what the loss compares with, `[B, …]` each; empty if unknown}
  public NDList targets() {
    return targets;
  }

  /// Replaces what the loss compares with.
  public void targets(NDList targets) {
    change();
    this.targets = targets;
  }

  /// {@return what the model gave, `[B, …]` each}
  ///
  /// @throws IllegalStateException before `AFTER_PRED`
  public NDList predictions() {
    return there(predictions, "predictions are", Event.AFTER_PRED);
  }

  /// Replaces what the model gave.
  public void predictions(NDList predictions) {
    change();
    this.predictions = predictions;
  }

  /// {@return what the last block of some kind gave in this batch, `[B, …]` each, with its graph in
  /// training}
  ///
  /// @param kind as [Scope#keepOutputs] was told
  /// @throws IllegalStateException if it was not, or no such block has run yet
  public NDList outputs(Class<? extends Block> kind) {
    NDList kept = outputs.get(kind);
    if (kept == null) {
      throw new IllegalStateException(
          ("no output of a %1$s was kept in this batch; call keepOutputs(%1$s.class) on the fit at"
                  + " BEFORE_FIT, and ask once the model, which must have such a block, has run")
              .formatted(kind.getSimpleName()));
    }
    return kept;
  }

  void keep(Class<? extends Block> kind, NDList given) {
    if (outputs.isEmpty()) {
      outputs = new HashMap<>();
    }
    outputs.put(kind, given);
  }

  /// {@return the mean loss of the batch as it is reported, `[]`, on the device}
  ///
  /// @throws IllegalStateException before `AFTER_LOSS`, and for a batch without targets
  public NDArray loss() {
    return there(loss, "loss is", Event.AFTER_LOSS);
  }

  /// Replaces the loss, both what is reported and what is differentiated.
  ///
  /// @param loss the mean over the batch, `[]` or `[1]`
  /// @throws IllegalArgumentException if it has more than one element
  public void loss(NDArray loss) {
    change();
    if (loss.size() != 1) {
      throw new IllegalArgumentException(
          "the loss of a batch is one number, not an array of shape %s; take its mean"
              .formatted(loss.getShape()));
    }
    this.loss = loss;
    this.objective = null;
    this.lossRead = false;
  }

  /// {@return whether the loss is there}
  public boolean hasLoss() {
    return loss != null;
  }

  /// {@return what the backward pass differentiates, `[]`: the loss unless replaced}
  ///
  /// @throws IllegalStateException before `AFTER_LOSS`
  public NDArray objective() {
    return objective == null ? loss() : objective;
  }

  /// Replaces what the backward pass differentiates, and leaves alone what is reported: a penalty,
  /// a scale.
  public void objective(NDArray objective) {
    change();
    loss();
    this.objective = objective;
  }

  /// {@return how many places the loss is the mean over: the number of samples, unless the loss
  /// leaves some out; read from the device, for which it waits}
  public double counted() {
    if (counted != null) {
      fit().countWait();
    }
    return readCounted();
  }

  /// Says how many places the loss is the mean over. The batch weighs by it in the mean of its
  /// pass: nothing at 0.
  ///
  /// @param places a number, `[]`, on the device
  public void counted(NDArray places) {
    change();
    counted = places;
  }

  /// {@return how many places the loss is the mean over, `[]`, on the device; nothing if all
  /// samples count}
  public Optional<NDArray> countedPlaces() {
    return Optional.ofNullable(counted);
  }

  double readCounted() {
    return counted == null ? part.whole() : Memory.number(counted);
  }

  /// {@return the loss as a number; read once from the device, for which it waits}
  ///
  /// @throws IllegalStateException before `AFTER_LOSS`
  public double lossValue() {
    fit().countWait();
    return readLoss();
  }

  double readLoss() {
    if (!lossRead) {
      lossValue = Memory.number(loss());
      lossRead = true;
    }
    return lossValue;
  }

  /// {@return whether a callback has asked for [#lossValue], [Fit#smoothLoss] or [Fit#losses] since
  /// this batch began, and so waited for the device}
  public boolean waited() {
    return fit().waits() != waitsBefore;
  }

  /// Reports a number by its name: a part of the loss, say. Its mean over the samples of the pass
  /// is among the epoch's numbers, as `train_` and the name for the training part, as the name
  /// itself for the validation. It stays on the device until the pass is over, so the loop does not
  /// wait.
  ///
  /// @param name one of those that the step or a callback announces ([Reporting#reports])
  /// @param value the mean over the batch, `[]` or `[1]`; reported again for this batch, the last
  ///   one counts
  /// @throws IllegalArgumentException if the name is not announced, or this is more than one number
  public void report(String name, NDArray value) {
    change();
    if (!fit().learner().reports().contains(name)) {
      throw new IllegalArgumentException(
          ("'%s' is reported, but not announced, so no table has a column for it; let reports() of"
                  + " the training step or of the callback name it (announced are %s)")
              .formatted(name, fit().learner().reports()));
    }
    if (value.size() != 1) {
      throw new IllegalArgumentException(
          "what is reported as '%s' is one number, not an array of shape %s; take its mean"
              .formatted(name, value.getShape()));
    }
    if (reports.isEmpty()) {
      reports = new LinkedHashMap<>();
    }
    reports.put(name, value);
  }

  Map<String, NDArray> reports() {
    return reports;
  }

  void reportLoss() {
    if (!turn.isWhole()) {
      report(turn.lossName(), loss());
    }
  }

  /// {@return the gradients of the optimizer's parameters, of those that the turn trains}
  ///
  /// @throws IllegalStateException in validation
  public Gradients gradients() {
    if (!isTraining()) {
      throw new IllegalStateException("there are no gradients in validation");
    }
    return fit().learner().turns().gradients(turn);
  }

  /// {@return what the step did}
  ///
  /// @throws IllegalStateException before `AFTER_STEP`
  public StepResult stepResult() {
    return there(stepResult, "step's result is", Event.AFTER_STEP);
  }

  /// Runs the model in force. Inputs of another floating type than the model's parameters are cast
  /// to theirs, such as Java's doubles; whole numbers stay what they are.
  ///
  /// @return its outputs, `[B, …]` each, recorded for gradients when training
  public NDList forward(NDList inputs) {
    return forward(fit().model(), inputs);
  }

  /// Runs another block, such as one of several networks in the model.
  ///
  /// @param block initialised; a part of the model, or one of its own, which nobody trains
  /// @return its outputs, `[B, …]` each, recorded for gradients when training
  public NDList forward(Block block, NDList inputs) {
    boolean training = fit().learner().trainingMode(isTraining());
    return fit()
        .learner()
        .inputTypes()
        .fitted(block, inputs, given -> fit().step().forward(this, block, given, training));
  }

  /// Runs a block as in validation, whatever the pass: no dropout, no graph. So a student asks its
  /// teacher.
  ///
  /// @param block initialised
  /// @return its outputs, `[B, …]` each, without gradients
  public NDList evaluate(Block block, NDList inputs) {
    try (var _ = Autograd.off()) {
      return fit()
          .learner()
          .inputTypes()
          .fitted(block, inputs, given -> fit().step().forward(this, block, given, false));
    }
  }

  /// Adds the gradients of an objective to those that are there, scaled as mixed precision wants
  /// them: the way for a [TrainingStep] to differentiate. Gradients that are made in another way
  /// are taken as they are; let one backward pass do either, not both.
  ///
  /// @param objective one number, `[]` or `[1]`; its graph is freed
  /// @throws IllegalStateException in validation
  public void backward(NDArray objective) {
    backward(objective, false);
  }

  /// As [#backward(NDArray)].
  ///
  /// @param keepGraph whether another objective that shares a part of the graph comes after this
  public void backward(NDArray objective, boolean keepGraph) {
    if (!isTraining()) {
      throw new IllegalStateException("there are no gradients in validation");
    }
    fit().step().differentiate(this, objective, keepGraph);
  }

  /// Begins a turn, with nothing left over from the one before.
  ///
  /// @return what ends it
  Rest begin(Turn next) {
    turn = next;
    predictions = null;
    outputs = Map.of();
    loss = null;
    counted = null;
    objective = null;
    lossRead = false;
    stepResult = null;
    Turns turns = fit().learner().turns();
    if (!isTraining()) {
      return turns.rest(Turn.ALL);
    }
    Rest rest = turns.rest(next);
    try {
      var _ = turns.gradients(next); // before the backward pass: those that join start from zero
      return rest;
    } catch (RuntimeException | Error e) {
      rest.close();
      throw e;
    }
  }

  @Override
  void noteCancel(Level ended, CancelException cancel) {
    if (ended == Level.STEP) {
      stepResult = new StepResult.Cancelled(cancel.who(), cancel.why());
    }
  }

  /// {@return whether the step was made, whatever it did}
  boolean isStepped() {
    return stepResult != null && !(stepResult instanceof StepResult.Cancelled);
  }

  void stepResult(StepResult result) {
    stepResult = result;
  }

  Optional<NDList> predictionsSoFar() {
    return Optional.ofNullable(predictions);
  }

  Optional<StepResult> stepResultSoFar() {
    return Optional.ofNullable(stepResult);
  }

  private static <T> T there(@Nullable T value, String what, Event from) {
    if (value == null) {
      throw new IllegalStateException(
          "the batch's %s there from %s on, not before".formatted(what, from));
    }
    return value;
  }
}
