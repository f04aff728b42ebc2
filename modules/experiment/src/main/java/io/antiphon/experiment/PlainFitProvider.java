package io.antiphon.experiment;

import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.OptionalDouble;

/// Provides the plain way to fit: some epochs at the optimizer's own learning rate.
@Id(PlainFitProvider.ID)
@Summary("fits for some epochs at a constant learning rate")
public final class PlainFitProvider implements PolicyProvider<PlainFitProvider.Options> {
  static final String ID = "fit";

  /// The service loader makes providers.
  public PlainFitProvider() {}

  /// @param epochs how long, in epochs or steps
  /// @param lr the learning rate, at least 0; without one, the optimizer's own
  public record Options(
      @Summary("how long: 5 epochs (or 5), 500 steps") Length epochs,
      @Summary("learning rate, at least 0; null for the optimizer's own") OptionalDouble lr) {
    /// @throws IllegalArgumentException if a value is out of range
    public Options {
      epochs.checkRun("epochs");
      if (lr.isPresent()
          && !(lr.getAsDouble() >= 0 && lr.getAsDouble() < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("lr is " + lr.getAsDouble() + ", not 0 or more");
      }
    }
  }

  /// {@return five epochs at the optimizer's learning rate}
  @Override
  public Options defaults() {
    return new Options(Length.epochs(5), OptionalDouble.empty());
  }

  @Override
  public Policy create(Options options) {
    return new Plain(options);
  }

  private record Plain(Options options) implements Policy {
    @Override
    public FitResult fit(Learner learner) {
      options.lr.ifPresent(lr -> learner.optimizer().set(Hyper.LEARNING_RATE, lr));
      return learner.fit(options.epochs);
    }

    @Override
    public List<List<Callback>> callbacks(Learner learner) {
      options.epochs.toRun("epochs", learner.trainData().batches());
      return List.of(List.of());
    }

    @Override
    public String explain(Learner learner) {
      int perEpoch = learner.trainData().batches();
      return "%s of %,d steps: %,d steps"
          .formatted(options.epochs, perEpoch, options.epochs.toSteps(perEpoch));
    }
  }
}
