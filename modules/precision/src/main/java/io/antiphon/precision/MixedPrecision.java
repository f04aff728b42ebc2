package io.antiphon.precision;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Capabilities;
import java.lang.System.Logger;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Mixed precision: matrix products and convolutions compute in bfloat16 or float16, in training
/// and validation; weights, gradients of weights and the optimizer stay in float32.
///
/// libtorch's autocast is on from `BEFORE_BATCH` through the loss, in each turn of a step.
/// Everybody else sees predictions and losses in float32. With float16 the objective is multiplied
/// by a loss scale before the backward pass; gradients are divided by it before any other
/// callback's `BEFORE_STEP`, and a step whose gradients are not finite is left out:
/// [io.antiphon.core.StepResult.Skipped], which waits for the device once per step. bfloat16 needs
/// no scale and never waits. Between the backward pass and `BEFORE_STEP` float16 gradients are
/// scaled ones.
///
/// Gradients may accumulate over batches that are cancelled before their step or in `BEFORE_STEP`,
/// and a training step may keep a part of them: they are brought to one scale before each backward
/// pass.
///
/// A type proves itself: at the first batch of training of each run, an audit computes it in
/// float32 too, with the same random numbers, and compares the loss and every layer's gradient. A
/// type that differs by more than rounding explains is refused by an
/// [UnsupportedOperationException] that names the layer; [Type#AUTO] falls back to float32 and
/// warns. It costs three passes there and back, once per run, and the memory of one copy of the
/// model and four of its gradients.
///
/// Where a block or a loss calls something that does not work in the narrow type, the fit ends with
/// an [UnsupportedOperationException] that names it.
public final class MixedPrecision implements Callback, Stateful<MixedPrecision.State> {
  private static final Logger LOGGER = System.getLogger(MixedPrecision.class.getName());

  private final Options options;
  private final Function<Device, Capabilities> devices;
  private final LossScale scale;
  private @Nullable Capabilities capabilities;
  private DataType type = DataType.FLOAT32;
  private boolean entered;
  private boolean audited;
  private Optional<DataType> proven = Optional.empty(); // by the audit of this fit
  private @Nullable Autocast autocast;

  /// The type to compute in.
  public enum Type {
    /// bfloat16 if the device is fast in it, else float16 if a GPU is fast in that, else float32.
    AUTO,
    /// bfloat16: the range of float32, 8 bits of precision.
    BF16,
    /// float16: 11 bits of precision, values up to 65,504, with a loss scale.
    FP16
  }

  /// How to compute.
  @Id("mixed-precision")
  @Summary("computes layers in bfloat16 or float16, keeps weights in float32")
  public record Options(
      @Summary("type to compute in") Type type,
      @Summary("loss scale of fp16 at the start, above 0") double initScale,
      @Summary("factor on the loss scale after growth-interval good steps, 1 or more")
          double growth,
      @Summary("factor on the loss scale after an overflow, in (0, 1)") double backoff,
      @Summary("good steps in a row before the loss scale grows, 1 or more") int growthInterval,
      @Summary("give images to the model with channels last in memory, which is faster")
          boolean channelsLast,
      @Summary("compares loss and gradients of each fit's first batch with those of float32")
          boolean audit)
      implements CallbackProvider {
    public Options {
      Check.above("init-scale", (float) initScale, 0);
      Check.atLeast("growth", growth, 1);
      Check.between("backoff", backoff, 0, 1);
      Check.atLeast("growth-interval", growthInterval, 1);
    }

    /// The best type of the device; channels last; loss scale 65,536, doubled after 2,000 good
    /// steps, halved at an overflow; with an audit.
    public Options() {
      this(Type.AUTO);
    }

    /// As [#Options()], of the given type.
    public Options(Type type) {
      this(type, 65_536, 2, 0.5, 2000, true, true);
    }

    /// {@return these options of another type}
    public Options type(Type type) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with another loss scale at the start}
    public Options initScale(double initScale) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with another factor by which the loss scale grows}
    public Options growth(double growth) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with another factor on the loss scale after an overflow}
    public Options backoff(double backoff) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with another number of good steps before the loss scale grows}
    public Options growthInterval(int growthInterval) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with images channels last or not}
    public Options channelsLast(boolean channelsLast) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    /// {@return these options with an audit or without}
    public Options audit(boolean audit) {
      return new Options(type, initScale, growth, backoff, growthInterval, channelsLast, audit);
    }

    @Override
    public Callback create() {
      return new MixedPrecision(this);
    }
  }

  /// What a run remembers.
  ///
  /// @param lossScale the factor on the loss of float16
  /// @param goodSteps the steps since it last changed
  /// @param held what the gradients that are kept over batches are multiplied by, for each turn of
  ///   the training step that has some
  /// @param proven the type that the audit left; empty before it
  public record State(
      double lossScale, long goodSteps, Map<String, Double> held, Optional<String> proven) {
    public State {
      held = Map.copyOf(held);
    }
  }

  /// Computes in the best type of the device.
  public MixedPrecision() {
    this(new Options());
  }

  /// Computes in a type, with the usual loss scale.
  public MixedPrecision(Type type) {
    this(new Options(type));
  }

  public MixedPrecision(Options options) {
    this(options, Capabilities::of);
  }

  MixedPrecision(Options options, Function<Device, Capabilities> devices) {
    this.options = options;
    this.devices = devices;
    this.scale = new LossScale(options);
  }

  @Override
  public Order order() {
    return Order.PRECISION;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public boolean waitsForDevice() {
    return options.type() == Type.FP16;
  }

  @Override
  public String explain(Learner learner) {
    Device device = learner.device();
    try {
      return "%s on %s, which is fast in %s"
          .formatted(choose(device), device, Capabilities.names(capabilities(device).fastTypes()));
    } catch (UnsupportedOperationException e) {
      return "refused: " + e.getMessage();
    }
  }

  /// {@return the type in force in the current or last run: bfloat16, float16, or float32 where
  /// [Type#AUTO] found nothing better}
  public DataType type() {
    return type;
  }

  /// {@return the present loss scale of float16}
  public double lossScale() {
    return scale.value();
  }

  @Override
  public void beforeFit(Fit fit) {
    enter(fit);
  }

  /// Takes its place in a run, from the start or from the batch after it was added.
  private void enter(Fit fit) {
    if (entered) {
      return;
    }
    Device device = fit.learner().device();
    Optional<DataType> known = fit.isResumed() ? proven : Optional.empty();
    type = known.filter(capabilities(device).types()::contains).orElseGet(() -> choose(device));
    scale.begin(type == DataType.FLOAT16, fit.isResumed());
    tell(device);
    if (type != DataType.FLOAT32) {
      fit.wrapStep(inner -> new MixedStep(inner, this, options.channelsLast(), scale));
    }
    audited = !options.audit() || known.isPresent();
    proven = known;
    entered = true;
  }

  private DataType choose(Device device) {
    Capabilities able = capabilities(device);
    DataType wanted =
        switch (options.type()) {
          case BF16 -> DataType.BFLOAT16;
          case FP16 -> DataType.FLOAT16;
          case AUTO -> best(able);
        };
    if (!able.types().contains(wanted)) {
      throw new UnsupportedOperationException(
          "%s cannot train in %s; it can in %s, and is fast in %s"
              .formatted(
                  device,
                  wanted,
                  Capabilities.names(able.types()),
                  Capabilities.names(able.fastTypes())));
    }
    return wanted;
  }

  private static DataType best(Capabilities able) {
    if (able.fastTypes().contains(DataType.BFLOAT16)) {
      return DataType.BFLOAT16;
    }
    if (able.device().isGpu() && able.fastTypes().contains(DataType.FLOAT16)) {
      return DataType.FLOAT16;
    }
    return DataType.FLOAT32;
  }

  /// Compares the first batch of training in a run with float32.
  void audit(MixedStep step, Batch batch, NDList inputs) {
    if (audited || type == DataType.FLOAT32) {
      return;
    }
    audited = true;
    boolean isAuto = options.type() == Type.AUTO;
    Optional<String> wrong;
    try {
      wrong = Audit.of(step, batch, inputs, type, scale.value());
    } catch (UnsupportedOperationException e) {
      if (!isAuto) {
        throw e;
      }
      wrong = Optional.of(String.valueOf(e.getMessage()));
    }
    proven = Optional.of(type);
    long[] anywhere = {wrong.isPresent() ? 1 : 0};
    batch.fit().ranks().max(anywhere, "audit of " + type);
    if (anywhere[0] == 0) {
      return;
    }
    wrong = wrong.or(() -> Optional.of("another process found " + type + " to be wrong"));
    if (!isAuto) {
      throw new UnsupportedOperationException(
          "%s; train it without mixed-precision, or in %s, or without this audit (audit: false) if the difference is meant"
              .formatted(wrong.get(), type == DataType.BFLOAT16 ? "fp16" : "bf16"));
    }
    LOGGER.log(
        Logger.Level.WARNING, "mixed-precision: %s; so float32 it is".formatted(wrong.get()));
    type = DataType.FLOAT32;
    proven = Optional.of(type);
    scale.begin(false, false);
    leave();
  }

  private void tell(Device device) {
    if (type == DataType.FLOAT32) {
      LOGGER.log(
          Logger.Level.INFO,
          "mixed-precision: %s is fast in no narrow type, so float32 it is".formatted(device));
    } else if (!capabilities(device).fastTypes().contains(type)) {
      LOGGER.log(
          Logger.Level.WARNING,
          "mixed-precision: %s has no instructions for %s and may be slower in it than in float32"
              .formatted(device, type));
    }
  }

  private Capabilities capabilities(Device device) {
    Capabilities known = capabilities;
    if (known == null || !known.device().equals(device)) {
      known = devices.apply(device);
      capabilities = known;
    }
    return known;
  }

  @Override
  public void beforeBatch(Batch batch) {
    enter(batch.fit());
    autocast(batch);
  }

  /// {@return autocast for a pass after the loss, as of a step that runs a batch again}
  Autocast again(Batch batch) {
    return Autocast.on(batch.fit().learner().device(), type);
  }

  /// Turns autocast on until the loss: before the batch, and again in each further turn.
  void autocast(Batch batch) {
    if (type != DataType.FLOAT32 && autocast == null) {
      autocast = batch.own(Autocast.on(batch.fit().learner().device(), type));
    }
  }

  @Override
  public void afterPred(Batch batch) {
    if (!batch.fit().step().hasLoss(batch)) {
      leave(); // no loss will follow
    }
  }

  @Override
  public void afterLoss(Batch batch) {
    leave();
  }

  @Override
  public void afterCancelBatch(Batch batch) {
    leave();
  }

  @Override
  public void cleanupBatch(Batch batch) {
    leave();
  }

  private void leave() {
    Autocast open = autocast;
    autocast = null; // closed once, also where closing tells of scopes that a block left open
    if (open != null) {
      open.close();
    }
  }

  /// Whatever the step does with gradients that are there, they have the scale of those to come.
  @Override
  public void beforeBackward(Batch batch) {
    scale.expect(batch);
  }

  @Override
  public void beforeStep(Batch batch) {
    scale.unscale(batch);
  }

  @Override
  public void afterCancelStep(Batch batch) {
    if (scale.overflowed()) {
      var _ = scale.backOff();
    }
  }

  @Override
  public void cleanupStep(Batch batch) {
    scale.endStep();
  }

  @Override
  public void cleanupFit(Fit fit) {
    leave();
    entered = false;
  }

  @Override
  public State state(NDManager manager) {
    return new State(
        scale.value(), scale.goodSteps(), scale.held(), proven.map(DataType::toString));
  }

  @Override
  public void restore(State state) {
    if (!(state.lossScale() > 0 && Double.isFinite(state.lossScale()))) {
      throw new IllegalArgumentException(
          "the loss scale to restore is %s; it must be above 0".formatted(state.lossScale()));
    }
    scale.set(state.lossScale(), state.goodSteps(), state.held());
    proven = state.proven().map(name -> DataType.valueOf(name.toUpperCase(Locale.ROOT)));
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public int stateVersion() {
    return 2;
  }

  /// {@return true: gradients of a time have the scale of that time}
  @Override
  public boolean followsWeights() {
    return true;
  }
}
