package io.antiphon.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Stateful;
import io.antiphon.core.Weights;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/// Stochastic weight averaging (Izmailov et al., "Averaging Weights Leads to Wider Optima and
/// Better Generalization", UAI 2018), with the rules of PyTorch's `swa_utils` and Lightning's
/// defaults.
///
/// From some part of the run on, the mean of the weights at the end of each epoch is kept: average
/// ← average + (weight − average) / (n + 1). With a rate of its own, the learning rate of every
/// group goes there from the one in force, along a cosine or a line, an epoch a step, and stays; it
/// lies over what a schedule says.
///
/// After the training of the last epoch the averages are the model's weights, and its running
/// statistics are computed anew from one pass over the training data, as the mean over its batches.
/// So the last validation, and whoever saves the model or looks for the best epoch, sees what the
/// fit leaves. A fit that ends sooner, but not by an exception, leaves the averages too.
public final class Swa implements Callback, Stateful<Swa.State> {
  // over what a schedule sets
  private static final Order ORDER = Order.at(605);

  private final Options options;
  private final Kept averages = new Kept("swa");
  private final Kept statistics = new Kept("swa-statistics");
  private int averaged;
  private boolean given;
  private List<Double> rates = List.of();
  private int rated;

  /// How a learning rate goes to the one of averaging.
  public enum Anneal {
    /// Half a cosine wave.
    COSINE,
    /// A line.
    LINEAR
  }

  /// From when on is averaged, and at what rate.
  @Id("swa")
  @Summary("ends with the mean of the weights of the last epochs")
  public record Options(
      @Summary("from when on weights are averaged: 0.8 of the run, 5 epochs") Length start,
      @Summary("learning rate from then on, at least 0; null to leave it as it is")
          OptionalDouble lr,
      @Summary("how many epochs the learning rate takes to get there, at least 0") int annealEpochs,
      @Summary("how it gets there") Anneal anneal,
      @Summary("whether running statistics are computed anew for the averages") boolean renewNorms)
      implements CallbackProvider {
    public Options {
      lr.ifPresent(rate -> Check.atLeast("lr", rate, 0));
      Check.atLeast("anneal-epochs", annealEpochs, 0);
    }

    /// The last fifth of the run, at the learning rate that there is.
    public Options() {
      this(Length.ofRun(0.8), OptionalDouble.empty(), 10, Anneal.COSINE, true);
    }

    /// {@return the same from another time on}
    public Options start(Length start) {
      return new Options(start, lr, annealEpochs, anneal, renewNorms);
    }

    /// {@return the same at a learning rate of its own}
    public Options lr(double lr) {
      return new Options(start, OptionalDouble.of(lr), annealEpochs, anneal, renewNorms);
    }

    /// {@return the same with another number of epochs to get to the learning rate}
    public Options annealEpochs(int annealEpochs) {
      return new Options(start, lr, annealEpochs, anneal, renewNorms);
    }

    /// {@return the same with another way to the learning rate}
    public Options anneal(Anneal anneal) {
      return new Options(start, lr, annealEpochs, anneal, renewNorms);
    }

    /// {@return the same with or without running statistics computed anew}
    public Options renewNorms(boolean renewNorms) {
      return new Options(start, lr, annealEpochs, anneal, renewNorms);
    }

    @Override
    public Callback create() {
      return new Swa(this);
    }
  }

  /// What the callback remembers.
  ///
  /// @param averaged how many epochs' weights are averaged
  /// @param given whether the averages are the model's weights
  /// @param rates the groups' learning rates before the callback's own, empty before
  /// @param rated how many epochs of the callback's own learning rate have begun
  /// @param averages the averages of the model's weights, in its order; empty before the first
  /// @param statistics the running statistics with which the fit began
  public record State(
      int averaged,
      boolean given,
      List<Double> rates,
      int rated,
      NDList averages,
      NDList statistics) {
    public State {
      rates = List.copyOf(rates);
    }
  }

  public Swa(Options options) {
    this.options = options;
  }

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public String explain(Learner learner) {
    return "averages weights from %s on%s"
        .formatted(
            options.start(),
            options.lr().isPresent()
                ? ", at a learning rate of " + options.lr().getAsDouble()
                : "");
  }

  @Override
  public void beforeFit(Fit fit) {
    if (!fit.isResumed()) {
      statistics.hold(Weights.statistics(fit.model()));
    }
  }

  @Override
  public void beforeTrain(Pass pass) {
    if (options.lr().isPresent() && !pass.isResumed() && pass.fit().pctTrain() >= start(pass)) {
      rated++;
    }
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (rated > 0 && batch.isTraining()) {
      setRates(batch.pass().epoch());
    }
  }

  // over what others set for the whole fit, whoever came first
  private void setRates(Epoch epoch) {
    List<ParameterGroup> groups = epoch.fit().optimizer().having(Hyper.LEARNING_RATE);
    if (rates.isEmpty()) {
      var found = new ArrayList<Double>();
      groups.forEach(group -> found.add(group.get(Hyper.LEARNING_RATE)));
      rates = List.copyOf(found);
    }
    double way =
        options.annealEpochs() == 0
            ? 1
            : Math.min(1, (rated - 1) / (double) options.annealEpochs());
    double part = options.anneal() == Anneal.LINEAR ? way : (1 - Math.cos(Math.PI * way)) / 2;
    for (int i = 0; i < groups.size(); i++) {
      double from = rates.get(i);
      double to = options.lr().orElse(from);
      epoch.set(groups.get(i), Hyper.LEARNING_RATE, from + part * (to - from));
    }
  }

  @Override
  public void afterTrain(Pass pass) {
    Fit fit = pass.fit();
    if (fit.pctTrain() <= start(pass)) {
      return;
    }
    NDList weights = weights(fit.learner());
    if (averages.isEmpty()) {
      averages.hold(weights);
    } else {
      Copies.follow(averages.arrays(), weights, 1.0 / (averaged + 1));
    }
    averaged++;
    if (fit.pctTrain() >= 1) {
      give(fit.learner());
    }
  }

  /// {@return the statistics that the fit left as they were, as those of norms that are frozen with
  /// them}
  private Set<NDArray> staying(Block model) {
    NDList now = Weights.statistics(model);
    Set<NDArray> same = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < now.size() && now.size() == statistics.arrays().size(); i++) {
      if (now.get(i).contentEquals(statistics.arrays().get(i))) {
        same.add(now.get(i));
      }
    }
    return same;
  }

  private double start(Pass pass) {
    Fit fit = pass.fit();
    return options.start().toFraction(pass.batches(), fit.steps());
  }

  @Override
  public void afterFit(Fit fit) {
    if (!given && !averages.isEmpty()) {
      give(fit.learner());
    }
  }

  private void give(Learner learner) {
    Copies.write(averages.arrays(), weights(learner));
    given = true;
    if (options.renewNorms()) {
      RunningStatistics.renew(learner, staying(learner.model()));
    }
  }

  private static NDList weights(Learner learner) {
    return Weights.learned(learner.model());
  }

  @Override
  public void cleanupFit(Fit fit) {
    averages.drop();
    statistics.drop();
    averaged = 0;
    given = false;
    rates = List.of();
    rated = 0;
  }

  @Override
  public State state(NDManager owner) {
    return new State(averaged, given, rates, rated, averages.copy(owner), statistics.copy(owner));
  }

  @Override
  public void restore(State state) {
    averaged = state.averaged();
    given = state.given();
    rates = state.rates();
    rated = state.rated();
    averages.hold(state.averages());
    statistics.hold(state.statistics());
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public int stateVersion() {
    return 2;
  }

  @Override
  public boolean followsWeights() {
    return true;
  }
}
