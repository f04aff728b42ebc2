package io.antiphon.models;

import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Gives all [Dropout] layers of a model one rate in training, which schedules may move as
/// `dropout-rate.rate`. Afterwards the layers have their own rates again.
public final class DropoutRate implements Callback {
  private static final System.Logger LOG = System.getLogger(DropoutRate.class.getName());

  private final Tunable rate;
  private final List<Dropout> layers = new ArrayList<>();

  /// The options of a dropout rate.
  @Id("dropout-rate")
  @Summary("gives all dropout layers of the model one rate, which a schedule may move")
  public record Options(@Summary("probability of each number to be dropped, in [0, 1]") double rate)
      implements CallbackProvider {
    public Options {
      new Tunable("rate", rate, 0, 1);
    }

    /// A rate of 0.5.
    public Options() {
      this(0.5);
    }

    @Override
    public Callback create() {
      return new DropoutRate(this);
    }
  }

  public DropoutRate(Options options) {
    rate = new Tunable("rate", options.rate(), 0, 1);
  }

  /// {@return the rate, in [0, 1]}
  public Tunable rate() {
    return rate;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(rate);
  }

  @Override
  public Order order() {
    return Order.TRANSFORM;
  }

  /// {@return fits, and probes of learning rates, which must see what a fit sees}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  @Override
  public void beforeFit(Fit fit) {
    layers.clear();
    addLayers(fit.model());
    if (layers.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "dropout-rate: the model has no dropout layers, so this changes nothing; mlp and cnn have"
              + " the option dropout");
    }
  }

  private void addLayers(Block block) {
    if (block instanceof Dropout layer) {
      layers.add(layer);
    }
    block.getChildren().values().forEach(this::addLayers);
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (batch.isTraining()) {
      for (Dropout layer : layers) {
        batch.set(layer.rate(), rate.get());
      }
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    layers.clear();
  }
}
