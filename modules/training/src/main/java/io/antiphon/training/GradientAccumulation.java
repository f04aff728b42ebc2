package io.antiphon.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Pass;
import io.antiphon.core.Stateful;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import org.jspecify.annotations.Nullable;

/// Steps once for several batches, with the gradient that one large batch would give.
///
/// Each batch weighs as many samples as it has, so the gradient of a step is the mean over all
/// samples of its batches, whatever their sizes. An epoch's last step takes what is left. A batch
/// that does not step is cancelled in `BEFORE_STEP`: clipping and whatever else changes gradients
/// there runs once per step, on the mean. Batch norm still sees the small batches.
///
/// Gradients of batches that never came to a step (a training that was cancelled or stopped in
/// between) are dropped.
public final class GradientAccumulation implements Callback, Stateful<GradientAccumulation.State> {
  // after mixed precision has divided by its loss scale, before everybody else
  private static final Order ORDER = Order.at(-190);

  private final int batches;
  private int count;
  private long samples;
  private long unit;
  private @Nullable Learner learner;
  private final Kept restored = new Kept("gradient-accumulation");

  /// How many batches make a step.
  @Id("gradient-accumulation")
  @Summary("steps once for several batches, on their mean gradient")
  public record Options(@Summary("how many batches make a step, at least 1") int batches)
      implements CallbackProvider {
    public Options {
      Check.atLeast("batches", batches, 1);
    }

    /// Four batches.
    public Options() {
      this(4);
    }

    @Override
    public Callback create() {
      return new GradientAccumulation(batches);
    }
  }

  /// What the callback remembers in the middle of a step.
  ///
  /// @param count how many batches have been added
  /// @param samples how many samples they had
  /// @param unit how many samples weigh 1
  /// @param gradients their sums, one for each trainable parameter; empty if none were added
  public record State(int count, long samples, long unit, NDList gradients) {}

  /// @param batches how many batches make a step, at least 1
  public GradientAccumulation(int batches) {
    this.batches = Check.atLeast("batches", batches, 1);
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public String explain(Learner learner) {
    int perEpoch = learner.trainData().batches();
    return "%d steps per epoch, of %d batches each"
        .formatted((perEpoch + batches - 1) / batches, Math.min(batches, perEpoch));
  }

  @Override
  public void check(Learner learner) {
    if (learner.step().turns().size() > 1) {
      throw new IllegalStateException(
          "gradient-accumulation counts the batches of one optimizer's step; leave it out where a training step has several turns");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    learner = fit.learner();
    fit.wrapStep(inner -> new Weighted(inner, this));
  }

  /// What a checkpoint has is there before anybody scales it to what comes.
  @Override
  public void beforeBatch(Batch batch) {
    if (batch.isTraining() && !restored.isEmpty()) {
      try (NDManager scratch = batch.manager().newSubManager()) {
        Copies.write(restored.arrays(), batch.gradients().arrays(scratch));
      }
      restored.drop();
    }
  }

  @Override
  public void beforeStep(Batch batch) {
    if (count < batches && !isLast(batch)) {
      throw new CancelBatchException("%d of %d batches".formatted(count, batches));
    }
    if (samples != unit) {
      batch.gradients().scale((double) unit / samples);
      unit = samples; // should this batch be cancelled after all, the next one adds to a mean
    }
  }

  private void add(int size, Runnable backward) {
    if (samples == 0) {
      unit = size;
    }
    backward.run();
    count++;
    samples += size;
  }

  private static boolean isLast(Batch batch) {
    Fit fit = batch.fit();
    return batch.index() + 1 >= batch.pass().batches() || fit.trainIter() + 1 >= fit.steps();
  }

  @Override
  public void afterStep(Batch batch) {
    clear();
  }

  @Override
  public void cleanupTrain(Pass pass) {
    if (count > 0) {
      pass.fit().learner().gradients().zero();
      clear();
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    learner = null;
    restored.drop();
  }

  private void clear() {
    count = 0;
    samples = 0;
    unit = 0;
  }

  @Override
  public State state(NDManager owner) {
    return new State(count, samples, unit, gradients(owner));
  }

  private NDList gradients(NDManager owner) {
    Learner current = learner;
    if (!restored.isEmpty()) {
      return restored.copy(owner);
    }
    if (count == 0 || current == null) {
      return new NDList();
    }
    try (NDManager scratch = current.manager().newSubManager()) {
      return Copies.of(current.gradients().arrays(scratch), owner);
    }
  }

  @Override
  public void restore(State state) {
    count = state.count();
    samples = state.samples();
    unit = state.unit();
    restored.hold(state.gradients());
  }

  /// {@return true: weights of a time have the part of a step of that time}
  @Override
  public boolean followsWeights() {
    return true;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  /// Weighs whatever is differentiated, whoever made it.
  private record Weighted(TrainingStep inner, GradientAccumulation callback)
      implements TrainingStep.Wrapper {
    @Override
    public void backward(Batch batch, NDArray objective) {
      if (batch.wholeSize() > 0) {
        callback.add(batch.wholeSize(), () -> inner.backward(batch, objective));
      }
    }

    @Override
    public void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
      double weight = (double) batch.wholeSize() / callback.unit;
      inner.differentiate(batch, weight == 1 ? objective : objective.mul(weight), keepGraph);
    }
  }
}
