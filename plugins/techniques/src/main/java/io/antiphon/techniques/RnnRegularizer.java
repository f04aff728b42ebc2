package io.antiphon.techniques;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Purpose;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.models.Dropout;
import io.antiphon.models.RecurrentLayers;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Penalises what the last recurrent layers of a model give (Merity et al., "Revisiting Activation
/// Regularization for Language RNNs", 2017), as fastai's `RNNRegularizer`.
///
/// To what is differentiated, not to what is reported, it adds alpha times the mean of the squares
/// of the activations, after the dropout that follows if there is one (AR), and beta times the mean
/// of the squares of their differences from place to place, before it (TAR).
public final class RnnRegularizer implements Callback {
  private static final System.Logger LOG = System.getLogger(RnnRegularizer.class.getName());

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def penalised(objective: Tensor, raw: Tensor, dropped: Tensor, alpha: float, beta: float) -> Tensor:
            sum = objective
            if torch.ne(alpha, 0.0):
              sum = torch.add(sum, torch.mean(torch.square(torch.type_as(dropped, objective))), alpha=alpha)
            if torch.__and__(torch.ne(beta, 0.0), torch.gt(torch.size(raw, 1), 1)):
              change = torch.diff(torch.type_as(raw, objective), 1, 1)
              sum = torch.add(sum, torch.mean(torch.square(change)), alpha=beta)
            return sum
          """);

  private final double alpha;
  private final double beta;
  private @Nullable NDArray raw;
  private @Nullable NDArray dropped;

  /// How much is penalised.
  @Id("rnn-regularizer")
  @Summary("penalises large activations of recurrent layers, and large changes from place to place")
  public record Options(
      @Summary("of the mean square of activations, at least 0") double alpha,
      @Summary("of the mean square of their changes, at least 0") double beta)
      implements CallbackProvider {
    public Options {
      Check.atLeast("alpha", alpha, 0);
      Check.atLeast("beta", beta, 0);
    }

    /// An alpha of 2 and a beta of 1, as in fastai's book.
    public Options() {
      this(2, 1);
    }

    @Override
    public Callback create() {
      return new RnnRegularizer(alpha, beta);
    }
  }

  /// @param alpha of the mean square of activations, at least 0
  /// @param beta of the mean square of their changes from place to place, at least 0
  public RnnRegularizer(double alpha, double beta) {
    this.alpha = Check.atLeast("alpha", alpha, 0);
    this.beta = Check.atLeast("beta", beta, 0);
  }

  /// {@return fits, and probes of learning rates, which must see what a fit sees}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  @Override
  public void beforeFit(Fit fit) {
    List<Block> blocks = Layer.of(fit.model(), List.of()).stream().map(Layer::block).toList();
    int last = blocks.size() - 1;
    while (last >= 0 && !(blocks.get(last) instanceof RecurrentLayers)) {
      last--;
    }
    if (last < 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "rnn-regularizer: the model has no recurrent layers, so this changes nothing; rnn has some");
      return;
    }
    fit.hook(
        blocks.get(last),
        BlockHook.looking((batch, block, outputs) -> {
          raw = outputs.head();
          dropped = raw;
        }));
    if (last + 1 < blocks.size() && blocks.get(last + 1) instanceof Dropout) {
      fit.hook(
          blocks.get(last + 1),
          BlockHook.looking((batch, block, outputs) -> dropped = outputs.head()));
    }
  }

  @Override
  public void afterLoss(Batch batch) {
    NDArray before = raw;
    NDArray after = dropped;
    if (batch.isTraining() && before != null && after != null) {
      batch.objective(
          SCRIPT
              .call(batch.manager(), "penalised", batch.objective(), before, after, alpha, beta)
              .head());
    }
  }

  @Override
  public void cleanupBatch(Batch batch) {
    raw = null;
    dropped = null;
  }
}
