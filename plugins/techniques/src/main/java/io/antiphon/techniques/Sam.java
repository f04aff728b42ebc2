package io.antiphon.techniques;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Recurrent;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.core.Weights;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Sharpness-aware minimisation (Foret et al., ICLR 2021): steps by the gradient that is found a
/// little uphill, so that what is found is flat.
///
/// A batch takes two backward passes. The first one, at the weights w, gives g; the second one, at
/// w + rho·g / (‖g‖ + 1e-12), the gradient of the step; adaptive (ASAM, Kwon et al., ICML 2021), at
/// w + rho·w²·g / (‖|w|·g‖ + 1e-12), for which the authors take a rho 10 times as large. ‖·‖ is the
/// norm of all gradients as one vector. The weights are then what they were, bit by bit.
///
/// Both passes have the same random numbers, dropout's for one. Running statistics count the first
/// one alone, and what is reported is its loss. The objective of the second pass is the loss
/// function in force, without what callbacks add to the objective of a batch. Each batch of an
/// accumulated step goes uphill for itself. A gradient that is not finite moves nothing.
public final class Sam implements Callback {
  // inside of accumulation, which weighs both passes; outside of mixed precision
  private static final Order ORDER = Order.at(-195);

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def climb(weights: List[Tensor], gradients: List[Tensor], rho: float, adaptive: bool) -> List[Tensor]:
            if adaptive:
              sizes = torch._foreach_abs(weights)
              steepness = torch._foreach_mul(gradients, sizes)
              ways = torch._foreach_mul(steepness, sizes)
            else:
              steepness = gradients
              ways = gradients
            norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(steepness, 2.)), 2.)
            size = torch.reciprocal(torch.add(norm, 1e-12))
            for i in range(torch.len(weights)):
              way = torch.nan_to_num(torch.mul(ways[i], size), 0., 0., 0.)
              torch.add_(weights[i], way, alpha=rho)
            return weights
          def add(gradients: List[Tensor], others: List[Tensor]) -> List[Tensor]:
            torch._foreach_add_(gradients, others)
            return gradients
          """);

  private final Options options;

  /// How far uphill.
  @Id("sam")
  @Summary(
      "steps by the gradient a little uphill, which makes for flat minima; two passes per batch")
  public record Options(
      @Summary("how far uphill, at least 0") double rho,
      @Summary("whether large weights go further, each by its own size") boolean adaptive)
      implements CallbackProvider {
    public Options {
      Check.atLeast("rho", rho, 0);
    }

    /// The authors' 0.05, not adaptive.
    public Options() {
      this(0.05, false);
    }

    @Override
    public Callback create() {
      return new Sam(this);
    }
  }

  public Sam(Options options) {
    this.options = options;
  }

  /// @param rho how far uphill, at least 0
  public Sam(double rho) {
    this(new Options(rho, false));
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public void check(Learner learner) {
    if (Recurrent.isIn(learner.model())) {
      throw new IllegalStateException(
          "sam runs each batch twice, which a model that remembers something from batch to batch, as"
              + " a recurrent one does, would take for two; leave it out");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    fit.wrapStep(inner -> new Twice(inner, options));
  }

  private static final class Twice implements TrainingStep.Wrapper {
    private final TrainingStep inner;
    private final Options options;
    private Runnable again = () -> {};
    private @Nullable Batch of;
    private @Nullable Turn turn;

    Twice(TrainingStep inner, Options options) {
      this.inner = inner;
      this.options = options;
    }

    @Override
    public TrainingStep inner() {
      return inner;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very batch
    public NDList predict(Batch batch, NDList inputs) {
      if (batch != of || batch.turn() != turn) { // not the next piece of it
        again = RandomStream.again();
        of = batch;
        turn = batch.turn();
      }
      return inner.predict(batch, inputs);
    }

    @Override
    public void backward(Batch batch, NDArray objective) {
      NDList weights = trained(batch.fit());
      if (weights.isEmpty()) {
        inner.backward(batch, objective);
        return;
      }
      try (NDManager scratch = batch.manager().newSubManager()) {
        NDList gradients = batch.gradients().arrays(scratch);
        NDList accumulated = Copies.of(gradients, scratch);
        NDList found = Copies.of(weights, scratch);
        batch.gradients().zero();
        inner.backward(batch, objective);
        NDList statistics = Weights.statistics(batch.fit().model());
        NDList counted = Copies.of(statistics, scratch);
        try {
          try (var _ = Autograd.off()) {
            SCRIPT.run("climb", weights, gradients, options.rho(), options.adaptive());
          }
          batch.gradients().zero();
          again.run();
          TrainingStep whole = batch.fit().step();
          Optional<NDArray> places = batch.countedPlaces(); // of all ranks, where there are some
          NDList predictions = whole.predict(batch, batch.inputs());
          NDArray loss = whole.loss(batch, predictions, batch.targets());
          places.ifPresent(batch::counted);
          inner.backward(batch, loss);
        } finally {
          Copies.write(found, weights);
          Copies.write(counted, statistics);
        }
        try (var _ = Autograd.off()) {
          SCRIPT.run("add", gradients, accumulated);
        }
      }
    }
  }

  // in the order of the gradients
  private static NDList trained(Fit fit) {
    var trained = new NDList();
    for (ParameterGroup group : fit.optimizer().groups()) {
      trained.addAll(group.trainable());
    }
    return trained;
  }
}
