package io.antiphon.experiment;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Callback;
import io.antiphon.core.ClashException;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Ranks;
import io.antiphon.core.Splitter;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.SelfCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// An experiment whose components are made, ready to fit.
public final class Prepared implements AutoCloseable {
  private final Experiment experiment;
  private final NDManager manager;
  private final DataProvider.Data data;
  private final Learner learner;
  private final PolicyProvider.Policy policy;
  private String origin = "";

  private Prepared(
      Experiment written,
      Path folder,
      Ranks ranks,
      List<Callback> more,
      UnaryOperator<Callback> role,
      NDManager manager) {
    this.manager = manager;
    policy = written.policy().make(PolicyProvider::create);
    Optimizer.Factory optimizer = written.optimizer().make(OptimizerProvider::create);
    Optional<Splitter> splitter =
        written
            .parts()
            .<Splitter>map(parts -> of(parts, parts.make(SplitterProvider::create)))
            .or(() -> policy.splitter().map(its -> of(written.policy(), its)));
    List<Callback> callbacks = new ArrayList<>();
    for (Choice<CallbackProvider> each : written.callbacks()) {
      callbacks.add(role.apply(each.in(folder).make(CallbackProvider::create)));
    }
    callbacks.addAll(more);
    var setting = new DataProvider.Setting(manager, written.seed());
    data = written.data().make(options -> options.create(setting));
    Task task = data.task();
    Experiment settled = written.settled(task);
    LossFunction loss = loss(settled.loss().orElseThrow(), task);
    Block model = settled.model().orElseThrow().make(options -> options.create(task));
    Learner.Builder builder =
        Learner.builder()
            .model(model)
            .loss(loss)
            .optimizer(optimizer)
            .train(data.train())
            .task(task)
            .settings(settings(settled))
            .device(manager.getDevice())
            .seed(settled.seed())
            .ranks(ranks)
            .threads(settled.settings().threadCount())
            .scoresTraining(settled.settings().trainMetrics())
            .flushesDenormals(settled.settings().denormals() == Settings.Denormals.FLUSH)
            .callbacks(callbacks.toArray(Callback[]::new));
    for (Choice<MetricProvider> each : settled.metrics().orElseThrow()) {
      each.make(metric -> builder.metrics(metric.create()));
    }
    data.valid().ifPresent(builder::valid);
    splitter.ifPresent(builder::splitter);
    learner = build(builder, settled, task);
    String threads = Integer.toString(learner.threads());
    experiment = settled.with(settled.settings().withThreads(threads));
    try {
      check(callbacks);
    } catch (RuntimeException | Error e) {
      learner.close();
      throw e;
    }
  }

  /// {@return every value of an experiment by its path, but the number of threads: what a run that
  /// goes on calls a number, the one before it may have left open}
  private static SequencedMap<String, String> settings(Experiment experiment) {
    var settings = OptionPaths.plain(ExperimentFile.canonical(experiment.tree()));
    settings.remove(Section.THREADS.key());
    return settings;
  }

  /// {@return a loss function, if it measures what such a task needs}
  private static LossFunction loss(Choice<LossProvider> choice, Task task) {
    if (!choice.options().suits(task.goal())) {
      throw new OptionException(
          choice.place(),
          "%s does not fit %s, which the data are for; leave 'loss' out for the usual one, or name one that does"
              .formatted(choice.component(), task.goal()));
    }
    return choice.make(LossProvider::create);
  }

  /// {@return a splitter whose refusals are told with the place of the component that asked for it}
  private static Splitter of(Choice<?> choice, Splitter splitter) {
    return model -> choice.make(_ -> splitter.split(model));
  }

  /// What cannot be is told before anything runs.
  private void check(List<Callback> callbacks) {
    Footprint.of(learner).check(learner, experiment.model().orElseThrow(), experiment.data());
    List<List<Callback>> fits = experiment.policy().check(() -> policy.callbacks(learner));
    for (Choice<MetricProvider> metric : experiment.metrics().orElseThrow()) {
      metric.check(() -> {
        metric.options().check(data.task());
        return metric;
      });
    }
    for (int i = 0; i < experiment.callbacks().size(); i++) {
      check(experiment.callbacks().get(i), callbacks.get(i));
    }
    for (List<Callback> more : fits) {
      more.forEach(callback -> check(experiment.policy(), callback));
      try {
        learner.check(more.toArray(Callback[]::new));
      } catch (ClashException e) {
        throw new OptionException(clash(e.callbacks(), callbacks), Sentence.of(e), e);
      } catch (IllegalStateException e) { // the callbacks have had their say
        throw experiment.data().wrong(e);
      }
    }
  }

  private void check(Choice<?> choice, Callback callback) {
    choice.check(() -> {
      callback.check(learner);
      return callback;
    });
  }

  /// {@return where to point at a clash: at the last of the experiment's callbacks in it, at the
  /// policy if there is none}
  private Place clash(List<Callback> clashing, List<Callback> callbacks) {
    Place place = experiment.policy().place();
    for (int i = 0; i < experiment.callbacks().size(); i++) {
      if (clashing.contains(callbacks.get(i))) {
        place = experiment.callbacks().get(i).place();
      }
    }
    return place;
  }

  /// Gives the model the weights with which it begins, if they are those of another one.
  Prepared begin() {
    origin = experiment.from().map(from -> from.told(from.give(learner.model()))).orElse("");
    return this;
  }

  /// {@return an experiment whose components are made; whoever does not load a checkpoint lets it
  /// [#begin]}
  ///
  /// @param role what stands in for a callback that the experiment names; mostly itself
  static Prepared of(
      Experiment experiment,
      Path folder,
      Ranks ranks,
      List<Callback> more,
      UnaryOperator<Callback> role) {
    // what components call that would abort the JVM throws from here on
    var _ = SelfCheck.result();
    NDManager manager = NDManager.newBaseManager(device(experiment));
    manager.setName("data");
    try {
      return new Prepared(experiment, folder, ranks, more, role, manager);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private static Learner build(Learner.Builder builder, Experiment experiment, Task task) {
    try {
      return builder.build();
    } catch (OptionException e) {
      throw e;
    } catch (RuntimeException e) {
      Choice<ModelProvider> model = experiment.model().orElseThrow();
      throw new OptionException(
          model.place(),
          "%s cannot be made for %s, whose inputs are %s: %s"
              .formatted(
                  model.component(), experiment.data().component(), task.shapes(), Sentence.of(e)),
          e);
    }
  }

  static Device device(Experiment experiment) {
    String name = experiment.settings().device();
    if (name.equals("cpu")) {
      return Device.cpu();
    } else if (name.equals("auto")) {
      return Engine.getInstance().defaultDevice();
    }
    int index = Integer.parseInt(name.substring("gpu".length()));
    int count = Engine.getInstance().getGpuCount();
    if (index >= count) {
      throw new OptionException(
          experiment.devicePlace(),
          "device: %s: %s"
              .formatted(
                  name,
                  count == 0
                      ? "libtorch sees no GPU on this machine; use cpu or auto"
                      : "libtorch sees %d, gpu0 to gpu%d".formatted(count, count - 1)));
    }
    return Device.gpu(index);
  }

  /// {@return the experiment, with nothing left open}
  public Experiment experiment() {
    return experiment;
  }

  /// {@return its data}
  public DataProvider.Data data() {
    return data;
  }

  /// {@return its learner}
  public Learner learner() {
    return learner;
  }

  /// {@return which of its weights are those of another model, in words; empty if none}
  String origin() {
    return origin;
  }

  /// {@return its way to fit}
  public PolicyProvider.Policy policy() {
    return policy;
  }

  /// {@return the plan, for people: the experiment as resolved, the data's sizes, the model's
  /// layers, steps, memory, and who runs at each event}
  public String explain() {
    return Outline.of(this);
  }

  /// {@return what trains on what, for people, in a few words each: `model`, `data`, `device`}
  public SequencedMap<String, String> facts() {
    return Outline.facts(this);
  }

  /// {@return the callbacks that the policy adds to each of its fits}
  public List<List<Callback>> policyCallbacks() {
    return policy.callbacks(learner);
  }

  /// Fits, by the experiment's policy.
  public FitResult fit() {
    return policy.fit(learner);
  }

  /// Closes the learner and the data.
  @Override
  public void close() {
    learner.close();
    manager.close();
  }
}
