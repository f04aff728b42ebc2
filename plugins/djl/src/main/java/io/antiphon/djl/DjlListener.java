package io.antiphon.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.listener.EarlyStoppingListener.EarlyStoppedException;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import ai.djl.util.PairList;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// DJL's training listeners in this loop: they are told of batches, epochs and the fit, with a
/// `Trainer` whose model, loss, evaluators and metrics are those of the learner.
///
/// A listener that stops early ends the fit after the epoch. `onTrainingBatch` comes after the
/// step, `onTrainingEnd` on every way out. What it cannot give:
///
/// - to train by the trainer: whoever calls `trainer.step()`, `forward` or a gradient collector in
///   a listener trains beside the loop;
/// - to go on from a checkpoint: listeners begin anew where a run goes on;
/// - speed: evaluators compute on the host after each batch, for which they wait for the device.
public final class DjlListener implements Callback {
  private final TrainingListener[] listeners;
  private final List<Evaluator> evaluators;
  private @Nullable Model model;
  private @Nullable Trainer trainer;

  private DjlListener(List<Evaluator> evaluators, TrainingListener... listeners) {
    this.evaluators = List.copyOf(evaluators);
    this.listeners = listeners.clone();
  }

  /// {@return a callback that tells listeners; `TrainingListener.Defaults` has sets of them}
  public static DjlListener of(TrainingListener... listeners) {
    return new DjlListener(List.of(), listeners);
  }

  /// {@return the same with evaluators, which an `EvaluatorTrainingListener` among the listeners
  /// feeds}
  public DjlListener evaluators(Evaluator... evaluators) {
    return new DjlListener(List.of(evaluators), listeners);
  }

  @Override
  public Order order() {
    return Order.TRACK;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  /// {@return DJL's trainer of the run that goes on}
  ///
  /// @throws IllegalStateException outside a fit
  public Trainer trainer() {
    Trainer current = trainer;
    if (current == null) {
      throw new IllegalStateException("there is a trainer in a fit only");
    }
    return current;
  }

  @Override
  public void beforeFit(Fit fit) {
    Learner learner = fit.learner();
    Device device = learner.device();
    var config =
        new DefaultTrainingConfig(new Reported(learner)) {
          @Override
          public PairList<Initializer, Predicate<Parameter>> getInitializers() {
            return new PairList<>(); // the model has its weights
          }
        };
    config.optDevices(new Device[] {device});
    config.addEvaluators(evaluators);
    config.addTrainingListeners(listeners);
    Model of = Model.newInstance("antiphon", device);
    model = of;
    of.setBlock(learner.model());
    Trainer made = of.newTrainer(config); // tells the listeners that training begins
    made.setMetrics(new Metrics());
    trainer = made;
  }

  @Override
  public void afterBatch(Batch batch) {
    if (!batch.hasLoss()) {
      return; // it was cancelled before anything was computed
    }
    Device device = batch.fit().learner().device();
    var data =
        new TrainingListener.BatchData(
            new ai.djl.training.dataset.Batch(
                batch.manager(),
                batch.inputs(),
                batch.targets(),
                batch.size(),
                Batchifier.STACK,
                Batchifier.STACK,
                batch.index(),
                batch.pass().batches()),
            Map.of(device, batch.targets()),
            Map.of(device, batch.predictions()));
    tell(
        batch.fit(),
        listener -> {
          if (batch.isTraining()) {
            listener.onTrainingBatch(trainer(), data);
          } else {
            listener.onValidationBatch(trainer(), data);
          }
        });
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    tell(epoch.fit(), listener -> listener.onEpoch(trainer()));
  }

  private void tell(Fit fit, Consumer<TrainingListener> what) {
    try {
      trainer().notifyListeners(what);
    } catch (EarlyStoppedException e) {
      fit.stopAfter(Level.EPOCH, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    if (trainer != null) {
      trainer.close(); // tells the listeners that training ends
      trainer = null;
    }
    if (model != null) {
      model.close();
      model = null;
    }
  }

  /// The learner's loss as one of DJL's.
  private static final class Reported extends Loss {
    private final Learner learner;

    Reported(Learner learner) {
      super("Loss");
      this.learner = learner;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return learner.lossFunction().loss(predictions, labels);
    }
  }
}
