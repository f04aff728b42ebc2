package io.antiphon.techniques;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Purpose;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.models.Residual;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Leaves residual blocks out by chance while training (Huang et al., "Deep Networks with
/// Stochastic Depth", ECCV 2016): what a block adds to its input is dropped, for each sample by
/// itself, and else divided by the probability that it is not, so that nothing changes in
/// validation.
///
/// The probability grows in a line from the first block to the last, whose is the rate; or it is
/// the rate for all. Blocks that change shapes always run. Blocks of one's own join as a
/// [Residual].
public final class StochasticDepth implements Callback {
  private static final System.Logger LOG = System.getLogger(StochasticDepth.class.getName());

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def dropped(y: Tensor, x: Tensor, rate: float) -> Tensor:
            sizes = [torch.size(x, 0)]
            for i in range(torch.sub(torch.dim(x), 1)):
              sizes.append(1)
            kept = torch.bernoulli(torch.new_full(x, sizes, torch.sub(1.0, rate)))
            if torch.lt(rate, 1.0):
              kept = torch.div(kept, torch.sub(1.0, rate))
            return torch.addcmul(x, torch.sub(y, x), kept, value=1.)
          """);

  private final Tunable rate;
  private final Growth growth;

  /// How the probability to be left out goes from the first block to the last.
  public enum Growth {
    /// From rate / n for the first of n blocks to the rate.
    LINEAR,
    /// The rate for all.
    UNIFORM
  }

  /// How often.
  @Id("stochastic-depth")
  @Summary("leaves residual blocks out by chance while training, the later ones more often")
  public record Options(
      @Summary("probability of the last block to be left out, in [0, 1]") double rate,
      @Summary("how it grows from the first block to the last") Growth growth)
      implements CallbackProvider {
    public Options {
      Check.within("rate", rate, 0, 1);
    }

    /// A fifth, growing in a line.
    public Options() {
      this(0.2, Growth.LINEAR);
    }

    @Override
    public Callback create() {
      return new StochasticDepth(rate, growth);
    }
  }

  /// @param rate the probability of the last block to be left out, in [0, 1]
  public StochasticDepth(double rate, Growth growth) {
    this.rate = new Tunable("rate", rate, 0, 1);
    this.growth = growth;
  }

  /// {@return the probability of the last block to be left out, in [0, 1]}
  public Tunable rate() {
    return rate;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(rate);
  }

  /// {@return fits, and probes of learning rates, which must see what a fit sees}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  @Override
  public void beforeFit(Fit fit) {
    List<Block> blocks =
        Layer.of(fit.model(), List.of()).stream()
            .map(Layer::block)
            .filter(block -> block instanceof Residual residual && residual.addsItsInput())
            .toList();
    if (blocks.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "stochastic-depth: the model has no residual blocks that add their input, so this changes"
              + " nothing; preact-resnet has some");
    }
    for (int i = 0; i < blocks.size(); i++) {
      double part = growth == Growth.UNIFORM ? 1 : (i + 1.0) / blocks.size();
      fit.hook(
          blocks.get(i),
          (batch, block, inputs, training, inner) -> {
            NDList outputs = inner.run(inputs, training);
            return training && rate.get() > 0 ? dropped(outputs, inputs, part) : outputs;
          });
    }
  }

  private NDList dropped(NDList outputs, NDList inputs, double part) {
    NDArray y = outputs.singletonOrThrow();
    NDArray x = inputs.singletonOrThrow();
    return RandomStream.draw(() -> SCRIPT.call(y.getManager(), "dropped", y, x, part * rate.get()));
  }
}
