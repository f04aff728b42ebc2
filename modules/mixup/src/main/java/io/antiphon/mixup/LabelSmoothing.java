package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Order;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Label smoothing: trains towards (1 − s) times the target plus s / C for each of C classes
/// (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016).
///
/// It lies over the loss function in training, so it goes with MixUp and its kin, and a batch's own
/// targets stay. The loss must be one of classes that takes probabilities too, as `cross-entropy`
/// does: class indices `[B, …]` become probabilities `[B, …, C]`; probabilities are smoothed. The
/// index -100, which such losses leave out, stays without any probability.
public final class LabelSmoothing implements Callback {
  private final Tunable smoothing;

  /// The options of label smoothing.
  @Id("label-smoothing")
  @Summary("gives a part of each target to all classes")
  public record Options(
      @Summary("part of a target that all classes share, in [0, 1]") double smoothing)
      implements CallbackProvider {
    public Options {
      Check.within("smoothing", smoothing, 0, 1);
    }

    /// Smoothing 0.1.
    public Options() {
      this(0.1);
    }

    @Override
    public Callback create() {
      return new LabelSmoothing(this);
    }
  }

  /// Label smoothing of 0.1.
  public LabelSmoothing() {
    this(new Options());
  }

  public LabelSmoothing(Options options) {
    this.smoothing = new Tunable("smoothing", options.smoothing(), 0, 1);
  }

  /// {@return the part of a target that all classes share, in [0, 1]}
  public Tunable smoothing() {
    return smoothing;
  }

  @Override
  public List<Tunable> tunables() {
    return List.of(smoothing);
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
    LossFunction loss = fit.lossFunction();
    if (!loss.hasIntegerTargets()) {
      throw new IllegalArgumentException(
          "label smoothing is for losses of classes, but loss '%s' compares numbers; leave one of them out"
              .formatted(loss));
    }
    if (!loss.hasPerSample()) {
      throw new IllegalArgumentException(
          ("label smoothing needs a loss that takes probabilities as well as classes, such as"
                  + " 'cross-entropy', not '%s'")
              .formatted(loss));
    }
  }

  @Override
  public void beforeTrain(Pass pass) {
    pass.wrapLoss(this::over);
  }

  /// {@return a loss with smoothed targets}
  LossFunction over(LossFunction loss) {
    return new Smoothed(loss, smoothing);
  }

  private record Smoothed(LossFunction inner, Tunable smoothing) implements LossFunction.Wrapper {
    @Override
    public NDArray loss(NDList predictions, NDList targets) {
      return inner.loss(predictions, smoothed(predictions, targets, true));
    }

    @Override
    public NDArray perSample(NDList predictions, NDList targets) {
      return inner.perSample(predictions, smoothed(predictions, targets, false));
    }

    @Override
    public NDArray mixed(NDList predictions, NDList targets, NDArray partners, NDArray weights) {
      NDList smoothed = smoothed(predictions, targets, false);
      NDArray loss = inner.mixed(predictions, smoothed, partners, weights);
      return targets.size() == 1 && Targets.areClasses(inner, predictions, targets, 0)
          ? loss.mul(
              Scripts.call(
                  predictions.head().getManager(),
                  "normalizer",
                  smoothed.head(),
                  partners,
                  weights))
          : loss;
    }

    private NDList smoothed(NDList predictions, NDList targets, boolean whole) {
      var smoothed = new NDList(targets.size());
      for (int i = 0; i < targets.size(); i++) {
        NDArray prediction = Targets.of(predictions, i);
        smoothed.add(
            Targets.areClasses(inner, predictions, targets, i)
                ? Targets.distribution(prediction, targets.get(i), smoothing.get(), whole)
                : Scripts.call(
                    prediction.getManager(),
                    "smoothed",
                    targets.get(i),
                    prediction,
                    smoothing.get()));
      }
      return smoothed;
    }

    @Override
    public String toString() {
      return inner + ", labels smoothed by " + smoothing.get();
    }
  }
}
