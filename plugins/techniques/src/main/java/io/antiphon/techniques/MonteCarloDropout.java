package io.antiphon.techniques;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Purpose;
import io.antiphon.core.Recurrent;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.models.Dropout;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.Set;

/// Lets dropout drop in validation and prediction, too, and predicts the mean of several passes
/// (Gal and Ghahramani, "Dropout as a Bayesian Approximation", ICML 2016). Norms compute as in
/// validation.
///
/// The mean is that of probabilities where the loss compares with classes: predictions are then
/// logarithms of mean probabilities, which are logits as good as any, the classes last. Else it is
/// that of the outputs. It joins runs of validation and prediction, not fits: `learner.validate(new
/// MonteCarloDropout(20))`.
public final class MonteCarloDropout implements Callback {
  private static final System.Logger LOG = System.getLogger(MonteCarloDropout.class.getName());

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def mean(outputs: List[Tensor], classes: bool) -> Tensor:
            all = torch.stack(outputs)
            if classes:
              all = torch.log_softmax(all, -1)
              return torch.sub(torch.logsumexp(all, [0]), torch.log(float(torch.len(outputs))))
            return torch.mean(all, [0])
          """);

  private final int passes;

  /// How many passes.
  @Id("monte-carlo-dropout")
  @Summary("validates and predicts with the mean of several passes in which dropout drops")
  public record Options(@Summary("how many passes are made of each batch, at least 1") int passes)
      implements CallbackProvider {
    public Options {
      Check.atLeast("passes", passes, 1);
    }

    /// Ten passes.
    public Options() {
      this(10);
    }

    @Override
    public Callback create() {
      return new MonteCarloDropout(passes);
    }
  }

  /// @param passes how many passes are made of each batch, at least 1
  public MonteCarloDropout(int passes) {
    this.passes = Check.atLeast("passes", passes, 1);
  }

  /// {@return runs of validation and prediction}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.VALIDATE, Purpose.PREDICT);
  }

  @Override
  public void check(Learner learner) {
    if (Recurrent.isIn(learner.model())) {
      throw new IllegalStateException(
          "monte-carlo-dropout runs each batch several times, which a model that remembers something"
              + " from batch to batch, as a recurrent one does, would take for several; leave it out");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    if (!drops(fit.model())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "monte-carlo-dropout: the model has no dropout layers, so all passes are the same");
    }
    fit.hook(
        block -> block instanceof Dropout,
        (batch, block, inputs, training, inner) -> inner.run(inputs, true));
    fit.wrapStep(inner -> new Mean(inner, passes));
  }

  private static boolean drops(Block block) {
    return block instanceof Dropout
        || block.getChildren().values().stream().anyMatch(MonteCarloDropout::drops);
  }

  private record Mean(TrainingStep inner, int passes) implements TrainingStep.Wrapper {
    @Override
    public NDList predict(Batch batch, NDList inputs) {
      NDList first = inner.predict(batch, inputs);
      var columns = first.stream().map(each -> new NDList(each)).toList();
      for (int pass = 1; pass < passes; pass++) {
        NDList outputs = inner.predict(batch, inputs);
        for (int i = 0; i < columns.size(); i++) {
          columns.get(i).add(outputs.get(i));
        }
      }
      var mean = new NDList();
      for (NDList column : columns) {
        boolean classes =
            batch.fit().lossFunction().hasIntegerTargets()
                && column.head().getShape().dimension() >= 2;
        NDArray of = SCRIPT.call(batch.manager(), "mean", column, classes).head();
        mean.add(of);
      }
      return mean;
    }
  }
}
