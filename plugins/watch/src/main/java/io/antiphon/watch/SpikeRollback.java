package io.antiphon.watch;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Goes back some steps when the loss spikes or is no number, lowers the learning rate, and goes on
/// with the next batch.
///
/// A loss spikes that is more than some times the mean of the last ones; of a negative mean, by as
/// much above it. A ring of copies in memory, on the learner's device, has the model at some steps,
/// with what the optimizer and those callbacks remember that follow its weights
/// ([Stateful#followsWeights]); the youngest that is old enough is brought back, or the oldest.
/// Counts of steps and epochs go on. The learning rate is multiplied by a factor from then on,
/// whatever a schedule says. Which batches are trained on stays: those of the spike are not seen
/// again in the epoch. After as many rollbacks as are allowed, the next spike cancels the fit.
///
/// Copies are not in checkpoints, which would be some times as large: a run that goes on has the
/// factor and the losses, and a ring that fills anew. A spike right after goes back no further than
/// to where the run went on.
public final class SpikeRollback implements Callback, Stateful<SpikeRollback.State> {
  private static final System.Logger LOG = System.getLogger(SpikeRollback.class.getName());

  // over what a schedule and weight averaging set
  private static final Order ORDER = Order.at(606);

  private final Options options;
  private final Deque<Kept> ring = new ArrayDeque<>();
  private final Deque<Double> losses = new ArrayDeque<>();
  private double factor = 1;
  private int rollbacks;

  /// What a spike is, and what is done about it.
  @Id("spike-rollback")
  @Summary(
      "goes back some steps when the loss spikes, and on at a lower rate; waits for the device")
  public record Options(
      @Summary("a loss spikes above this many times the mean of the last ones, above 1")
          double ratio,
      @Summary("the mean of how many losses, at least 1; none spikes before there are so many")
          int window,
      @Summary("how many steps to go back at least, at least 1") int back,
      @Summary("every how many steps a copy is made, at least 1") int every,
      @Summary("what the learning rate is multiplied by at each rollback, in (0, 1]") double lower,
      @Summary("how many rollbacks there may be in a fit, at least 0") int most)
      implements CallbackProvider {
    public Options {
      Check.above("ratio", ratio, 1);
      Check.atLeast("window", window, 1);
      Check.atLeast("back", back, 1);
      Check.atLeast("every", every, 1);
      Check.upTo("lower", lower, 0, 1);
      Check.atLeast("most", most, 0);
    }

    /// Twice the mean of the last ten; twenty steps back, of which every tenth is kept; half the
    /// rate; three times at most.
    public Options() {
      this(2, 10, 20, 10, 0.5, 3);
    }

    /// {@return the same with another ratio}
    public Options ratio(double ratio) {
      return new Options(ratio, window, back, every, lower, most);
    }

    /// {@return the same with a mean of another number of losses}
    public Options window(int window) {
      return new Options(ratio, window, back, every, lower, most);
    }

    /// {@return the same with another way back}
    public Options back(int back) {
      return new Options(ratio, window, back, every, lower, most);
    }

    /// {@return the same with copies of other steps}
    public Options every(int every) {
      return new Options(ratio, window, back, every, lower, most);
    }

    /// {@return the same with another factor on the learning rate}
    public Options lower(double lower) {
      return new Options(ratio, window, back, every, lower, most);
    }

    /// {@return the same with another number of rollbacks}
    public Options most(int most) {
      return new Options(ratio, window, back, every, lower, most);
    }

    @Override
    public Callback create() {
      return new SpikeRollback(this);
    }
  }

  /// What the callback remembers in a fit.
  ///
  /// @param factor what the learning rate is multiplied by
  /// @param rollbacks how many there were
  /// @param losses the last losses, the oldest first
  public record State(double factor, int rollbacks, List<Double> losses) {
    public State {
      losses = List.copyOf(losses);
    }
  }

  /// A copy.
  ///
  /// @param step the fit's step before which it was made
  private record Kept(long step, NDManager owner, NDList arrays, List<Memory<?>> memories) {
    static Kept of(Learner learner, long step) {
      NDManager owner = NDManager.newBaseManager(learner.device());
      owner.setName("spike-rollback");
      var memories = new ArrayList<Memory<?>>();
      for (Optimizer part : learner.optimizer().parts()) {
        if (part instanceof Stateful<?> stateful) {
          memories.add(Memory.of(stateful, owner));
        }
      }
      for (Callback callback : learner.callbacks()) {
        if (callback instanceof Stateful<?> stateful && stateful.followsWeights()) {
          memories.add(Memory.of(stateful, owner));
        }
      }
      return new Kept(step, owner, Copies.of(model(learner), owner), memories);
    }

    void bringBack(Learner learner) {
      Copies.write(arrays, model(learner));
      memories.forEach(Memory::bringBack);
      learner.gradients().zero();
    }

    void close() {
      owner.close();
    }

    private static NDList model(Learner learner) {
      var all = new NDList();
      for (Parameter parameter : learner.model().getParameters().values()) {
        all.add(parameter.getArray());
      }
      return all;
    }
  }

  private record Memory<S extends Record>(Stateful<S> of, S state) {
    static <S extends Record> Memory<S> of(Stateful<S> stateful, NDManager owner) {
      return new Memory<>(stateful, stateful.state(owner));
    }

    void bringBack() {
      of.restore(state);
    }
  }

  public SpikeRollback(Options options) {
    this.options = options;
  }

  /// {@return how many rollbacks there were in this fit}
  public int rollbacks() {
    return rollbacks;
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  @Override
  public String explain(Learner learner) {
    return "keeps up to %d copies of the model and of what the optimizer remembers"
        .formatted(most());
  }

  private int most() {
    return Math.ceilDiv(options.back(), options.every()) + 1;
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (!batch.isTraining()) {
      return;
    }
    long step = batch.fit().trainIter();
    if (ring.isEmpty() || step % options.every() == 0) {
      keep(batch.fit().learner(), step);
    }
    if (factor != 1) {
      for (ParameterGroup group : batch.fit().optimizer().having(Hyper.LEARNING_RATE)) {
        batch.set(group, Hyper.LEARNING_RATE, group.get(Hyper.LEARNING_RATE) * factor);
      }
    }
  }

  private void keep(Learner learner, long step) {
    if (ring.size() == most()) {
      ring.removeFirst().close();
    }
    ring.addLast(Kept.of(learner, step));
  }

  @Override
  public void afterLoss(Batch batch) {
    if (!batch.isTraining()) {
      return;
    }
    double loss = batch.lossValue();
    if (!spikes(loss)) {
      losses.addLast(loss);
      if (losses.size() > options.window()) {
        losses.removeFirst();
      }
      return;
    }
    if (rollbacks >= options.most()) {
      throw new CancelFitException("the loss is %s, after %d rollbacks".formatted(loss, rollbacks));
    }
    rollBack(batch, loss);
  }

  private boolean spikes(double loss) {
    if (!Double.isFinite(loss)) {
      return true;
    }
    double sum = 0;
    for (double each : losses) {
      sum += each;
    }
    double mean = sum / losses.size();
    // for a positive mean: loss > ratio * mean
    return losses.size() == options.window()
        && loss - mean > (options.ratio() - 1) * Math.abs(mean);
  }

  private void rollBack(Batch batch, double loss) {
    long step = batch.fit().trainIter();
    while (ring.size() > 1 && ring.getLast().step > step - options.back()) {
      ring.removeLast().close();
    }
    Kept kept = ring.getLast();
    kept.bringBack(batch.fit().learner());
    factor *= options.lower();
    rollbacks++;
    String why =
        "the loss is %s; back from step %d to step %d, at %s of the learning rate"
            .formatted(loss, step, kept.step, factor);
    LOG.log(System.Logger.Level.WARNING, "spike-rollback: " + why);
    throw new CancelBatchException(why);
  }

  @Override
  public void cleanupFit(Fit fit) {
    ring.forEach(kept -> kept.close());
    ring.clear();
    losses.clear();
    factor = 1;
  }

  @Override
  public void check(Learner learner) {
    if (learner.step().turns().size() > 1) {
      throw new IllegalStateException(
          "spike-rollback watches one loss; leave it out where a training step has several turns");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    if (!fit.isResumed()) {
      rollbacks = 0;
    }
  }

  @Override
  public State state(NDManager owner) {
    return new State(factor, rollbacks, new ArrayList<>(losses));
  }

  @Override
  public void restore(State state) {
    factor = state.factor();
    rollbacks = state.rollbacks();
    losses.clear();
    losses.addAll(state.losses());
  }

  @Override
  public Optional<String> resumeLimit() {
    return Optional.of(
        "a spike within %d steps of where the run goes on brings back the weights of there, not older ones"
            .formatted(options.back()));
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
