package io.antiphon.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Check;
import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.torch.TorchScript;
import java.util.Optional;

/// The cross entropy of classes, in nats, from logits: PyTorch's `cross_entropy`.
///
/// Predictions are logits `[B, C]`, or `[B, …, C]` with the classes last. Targets are class indices
/// `[B]`, `[B, 1]` or `[B, …]`, integers in `[0, C)` of any numeric type; or probabilities of the
/// shape of the predictions. The index -100 leaves its place out. With label smoothing s, the
/// target is (1 - s) times the given distribution plus s / C for every class (Szegedy et al.,
/// 2016); the share of a row of numbers that are no distribution is s times their mean, so that a
/// row of zeros stays one.
///
/// The mean is over all places that are not left out; a loss per sample is the mean over all of the
/// sample's places, where those left out count as 0. An index out of range is an
/// [IllegalArgumentException] on the CPU; a GPU finds it later, and all its work after that fails.
public final class CrossEntropy implements LossFunction {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def indices(x: Tensor, y: Tensor, type: int, smoothing: float, reduction: int) -> Tensor:
            logits = torch.flatten(torch.to(x, type), 0, -2)
            return torch.cross_entropy_loss(logits, torch.flatten(torch.to(y, 4)), None, reduction, -100, smoothing)
          def probabilities(x: Tensor, y: Tensor, type: int, smoothing: float, reduction: int) -> Tensor:
            logits = torch.flatten(torch.to(x, type), 0, -2)
            p = torch.flatten(torch.to(y, type), 0, -2)
            if torch.gt(smoothing, 0.):
              p = torch.lerp(p, torch.mean(p, [-1], True), smoothing)
            return torch.cross_entropy_loss(logits, p, None, reduction, -100, 0.)
          def counted(y: Tensor) -> Tensor:
            return torch.sum(torch.ne(y, -100))
          def indices_and_counted(x: Tensor, y: Tensor, type: int) -> List[Tensor]:
            logs = torch.log_softmax(torch.flatten(torch.to(x, type), 0, -2), -1)
            loss, total = torch.nll_loss_forward(logs, torch.flatten(torch.to(y, 4)), None, 1, -100)
            return [loss, total]
          def mixed_indices(x: Tensor, y: Tensor, partners: Tensor, weights: Tensor, type: int, smoothing: float) -> Tensor:
            logs = torch.log_softmax(torch.flatten(torch.to(x, type), 0, -2), -1)
            own = torch.to(y, 4)
            both = torch.stack([torch.flatten(own), torch.flatten(torch.index_select(own, 0, partners))], 1)
            w = torch.to(weights, type)
            places = torch.floordiv(torch.numel(both), torch.numel(w))
            if torch.gt(places, 1):
              w = torch.repeat_interleave(w, places, 0)
            # looking for places that are left out would make a GPU wait
            if ops.prim.is_cuda(x):
              all = False
            else:
              all = torch.ge(int(torch.min(both)), 0)
            if all:
              picked = torch.gather(logs, -1, both)
              w = torch.div(w, torch.neg(torch.size(both, 0)))
            else:
              left = torch.eq(both, -100)
              picked = torch.gather(logs, -1, torch.masked_fill(both, left, 0))
              picked = torch.masked_fill(picked, left, 0)
              w = torch.masked_fill(w, left, 0)
              w = torch.div(w, torch.neg(torch.sum(w)))
            # a weight of 0 takes nothing from a class that is ruled out by a logit of -inf
            picked = torch.masked_fill(picked, torch.eq(w, 0), 0)
            loss = torch.dot(torch.flatten(picked), torch.flatten(w))
            if torch.gt(smoothing, 0.):
              share = torch.sum(w, [-1])
              even = torch.masked_fill(torch.mean(logs, [-1]), torch.eq(share, 0), 0)
              loss = torch.lerp(loss, torch.dot(even, share), smoothing)
            return loss
          """);

  private final double labelSmoothing;

  /// The options of a cross entropy.
  @Id("cross-entropy")
  @Summary("cross entropy of logits with class indices or probabilities")
  public record Options(
      @Summary("part of a target that all classes share, in [0, 1)") double labelSmoothing)
      implements LossProvider {
    public Options {
      Check.below("label-smoothing", labelSmoothing, 0, 1);
    }

    /// No label smoothing.
    public Options() {
      this(0);
    }

    @Override
    public LossFunction create() {
      return new CrossEntropy(this);
    }

    @Override
    public boolean suits(Goal goal) {
      return goal.hasClasses();
    }
  }

  /// A cross entropy without label smoothing.
  public CrossEntropy() {
    this(new Options());
  }

  public CrossEntropy(Options options) {
    this.labelSmoothing = options.labelSmoothing();
  }

  @Override
  public NDArray loss(NDList predictions, NDList targets) {
    return call(predictions.singletonOrThrow(), targets.singletonOrThrow(), 1);
  }

  /// {@return the number of class indices other than -100; of rows, for probabilities}
  @Override
  public Optional<NDArray> counted(NDList predictions, NDList targets) {
    NDArray x = predictions.singletonOrThrow();
    NDArray y = targets.singletonOrThrow();
    return Shapes.areClasses(x, y)
        ? Optional.of(SCRIPT.call(x.getManager(), "counted", y).head())
        : Optional.empty();
  }

  @Override
  public Counted lossAndCounted(NDList predictions, NDList targets) {
    NDArray x = predictions.singletonOrThrow();
    NDArray y = targets.singletonOrThrow();
    if (labelSmoothing > 0 || !Shapes.areClasses(x, y)) {
      return LossFunction.super.lossAndCounted(predictions, targets);
    }
    NDList both = call("indices_and_counted", x, y, Shapes.type(x));
    return new Counted(both.get(0), Optional.of(both.get(1)));
  }

  @Override
  public NDArray perSample(NDList predictions, NDList targets) {
    NDArray x = predictions.singletonOrThrow();
    NDArray losses = call(x, targets.singletonOrThrow(), 0);
    return Shapes.perSample(losses, x.getShape().get(0));
  }

  /// {@return for class indices, the mixed loss from one softmax; for probabilities, as by default}
  @Override
  public NDArray mixed(NDList predictions, NDList targets, NDArray partners, NDArray weights) {
    NDArray x = predictions.singletonOrThrow();
    NDArray y = targets.singletonOrThrow();
    return Shapes.areClasses(x, y)
        ? call("mixed_indices", x, y, partners, weights, Shapes.type(x), labelSmoothing).head()
        : LossFunction.super.mixed(predictions, targets, partners, weights);
  }

  private NDArray call(NDArray x, NDArray y, int reduction) {
    String function = Shapes.areClasses(x, y) ? "indices" : "probabilities";
    return call(function, x, y, Shapes.type(x), labelSmoothing, reduction).head();
  }

  private static NDList call(String function, NDArray x, Object... more) {
    var arguments = new Object[1 + more.length];
    arguments[0] = x;
    System.arraycopy(more, 0, arguments, 1, more.length);
    try {
      return SCRIPT.call(x.getManager(), function, arguments);
    } catch (IllegalArgumentException e) {
      if (String.valueOf(e.getMessage()).contains("out of bounds")) {
        throw new IllegalArgumentException(
            ("a target is no class index in [0, %d), which is what predictions of shape %s "
                    + "need; count the classes of the data from 0")
                .formatted(x.getShape().get(x.getShape().dimension() - 1), x.getShape()),
            e);
      }
      throw e;
    }
  }

  @Override
  public boolean hasPerSample() {
    return true;
  }

  @Override
  public boolean hasIntegerTargets() {
    return true;
  }

  @Override
  public String toString() {
    return labelSmoothing == 0
        ? "cross-entropy"
        : "cross-entropy (label-smoothing %s)".formatted(labelSmoothing);
  }
}
