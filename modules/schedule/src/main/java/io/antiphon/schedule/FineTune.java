package io.antiphon.schedule;

import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Splitter;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.Optional;

/// Fine-tunes a pretrained model as fastai's `fine_tune`: first the last part alone, the others
/// frozen, by a one-cycle whose learning rate is greatest at 0.99 of it; then everything, at half
/// the learning rate and less for the earlier parts, by a second one-cycle.
///
/// With b the learning rate: `one-cycle(freeze-epochs, slice(b), warm-up 0.99)`, then
/// `one-cycle(epochs, slice(b / 2 / lr-mult, b / 2), warm-up, div)`. The second fit is left out if
/// the first one was stopped or cancelled. Whatever happens, nothing is left frozen.
@Id("fine-tune")
@Summary("trains the last part of a pretrained model, then all of it, the earlier parts slower")
public record FineTune(
    @Summary("how long everything is trained: 5 epochs (or 5), 500 steps") Length epochs,
    @Summary("learning rate of the last part while it is trained alone, greater than 0") double lr,
    @Summary("how long the last part alone is trained: 1 epoch (or 1), 100 steps")
        Length freezeEpochs,
    @Summary("by how much the first part learns slower than the last, at least 1") double lrMult,
    @Summary(
            "when the learning rate is greatest, once everything is trained: 0.3 of the run, 1 epoch")
        Length warmUp,
    @Summary("by how much the first learning rate is lower, once everything is trained; at least 1")
        double div,
    @Summary("how many layers at the model's output are the part that is trained first, at least 1")
        int head,
    @Summary("whether norms of frozen parts are trained all the same") Norms norms)
    implements PolicyProvider.Policy, PolicyProvider {

  public FineTune {
    epochs.checkRun("epochs");
    freezeEpochs.checkRun("freeze-epochs");
    Check.above("lr", lr, 0);
    Check.atLeast("lr-mult", lrMult, 1);
    Check.atLeast("div", div, 1);
    Check.atLeast("head", head, 1);
  }

  /// Five epochs after one of the last part alone, the rest as in fastai.
  public FineTune() {
    this(Length.epochs(5), 2e-3, Length.epochs(1), 100, Length.ofRun(0.3), 5, 1, Norms.TRAIN);
  }

  /// {@return fastai's fine-tuning}
  ///
  /// @param epochs how many epochs everything is trained
  public static FineTune of(double epochs) {
    return new FineTune().epochs(Length.epochs(epochs));
  }

  /// {@return the same with another length of the second fit}
  public FineTune epochs(Length epochs) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same at another learning rate}
  public FineTune lr(double lr) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with another length of the first fit}
  public FineTune freezeEpochs(Length freezeEpochs) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with another ratio of the last part's rate to the first one's}
  public FineTune lrMult(double lrMult) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with the second fit's learning rate greatest at another time}
  public FineTune warmUp(Length warmUp) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with another divisor of the second fit's first learning rate}
  public FineTune div(double div) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with another number of layers in the head}
  public FineTune head(int head) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  /// {@return the same with another rule for norms}
  public FineTune norms(Norms norms) {
    return new FineTune(epochs, lr, freezeEpochs, lrMult, warmUp, div, head, norms);
  }

  @Override
  public Optional<Splitter> splitter() {
    return Optional.of(Parts.by("head", head, Parts.head(head)));
  }

  /// Fits twice.
  ///
  /// @return the second fit's result, or the first one's if that was stopped or cancelled, with the
  ///   epochs of both
  /// @throws IllegalStateException if the learner's model has only one part
  @Override
  public FitResult fit(Learner learner) {
    callbacks(learner); // what cannot be is told before the first of both fits
    return learner.together(2, () -> both(learner));
  }

  private FitResult both(Learner learner) {
    FitResult first;
    Freezing.to(learner, -1, norms);
    try {
      first = frozen().fit(learner);
    } finally {
      Freezing.none(learner);
    }
    if (!first.outcome().isFinished()) {
      return first;
    }
    FitResult second = unfrozen().fit(learner);
    return new FitResult(
        second.outcome(), first.epochs() + second.epochs(), second.train(), second.valid());
  }

  @Override
  public List<List<Callback>> callbacks(Learner learner) {
    List<String> parts = Parts.of(learner);
    if (parts.size() < 2) {
      throw new IllegalStateException(
          "fine-tuning needs a model in at least 2 parts, and this learner has %s; give its builder a"
                  .formatted(parts)
              + " splitter, Parts.head(1) for one");
    }
    freezeEpochs.toRun("freeze-epochs", learner.trainData().batches());
    return List.of(List.of(frozen().scheduler(learner)), unfrozen().callbacks(learner).getFirst());
  }

  private OneCycle frozen() {
    return OneCycle.of(freezeEpochs, Optional.of(Rates.slice(lr))).warmUp(Length.ofRun(0.99));
  }

  private OneCycle unfrozen() {
    Rates rates = Rates.slice(lr / 2 / lrMult, lr / 2);
    return OneCycle.of(epochs, Optional.of(rates)).warmUp(warmUp).div(div, 1e5);
  }

  @Override
  public String explain(Learner learner) {
    return "fine-tune, first with everything but '%s' frozen%n%s%nfine-tune, then everything%n%s"
        .formatted(
            Parts.of(learner).getLast(), frozen().explain(learner), unfrozen().explain(learner));
  }

  @Override
  public Policy create() {
    return this;
  }
}
