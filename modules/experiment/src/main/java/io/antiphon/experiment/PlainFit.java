package io.antiphon.experiment;

import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.OptionalDouble;

/// Fits for some epochs at a constant learning rate.
@Id(PlainFit.ID)
@Summary("fits for some epochs at a constant learning rate")
public record PlainFit(
    @Summary("how long: 5 epochs (or 5), 500 steps") Length epochs,
    @Summary("learning rate, at least 0; null for the optimizer's own") OptionalDouble lr)
    implements PolicyProvider, PolicyProvider.Policy {
  static final String ID = "fit";

  public PlainFit {
    epochs.checkRun("epochs");
    lr.ifPresent(rate -> Check.atLeast("lr", rate, 0));
  }

  /// Five epochs at the optimizer's learning rate.
  public PlainFit() {
    this(Length.epochs(5), OptionalDouble.empty());
  }

  @Override
  public Policy create() {
    return this;
  }

  @Override
  public FitResult fit(Learner learner) {
    lr.ifPresent(rate -> learner.optimizer().set(Hyper.LEARNING_RATE, rate));
    return learner.fit(epochs);
  }

  @Override
  public List<List<Callback>> callbacks(Learner learner) {
    epochs.toRun("epochs", learner.trainData().batches());
    return List.of(List.of());
  }

  @Override
  public String explain(Learner learner) {
    int perEpoch = learner.trainData().batches();
    return "%s of %,d steps: %,d steps".formatted(epochs, perEpoch, epochs.toSteps(perEpoch));
  }
}
