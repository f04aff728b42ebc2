package io.antiphon.experiment;

import io.antiphon.core.Callback;
import io.antiphon.core.Ranks;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Provider;
import io.antiphon.core.spi.RanksProvider;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/// An experiment: each component found, each option with its value. What follows from the data is
/// left open until they are there ([#settled]).
///
/// Its YAML, read again, gives the same experiment.
///
/// @param settings what it says besides its components
/// @param devicePlace where its device was written
/// @param data the data
/// @param model the model; if nobody says, the usual one for what the data tell
/// @param from the finished model whose weights the model begins with; drawn if nobody says
/// @param parts how the model is split; as the policy or the optimizer likes if nobody says
/// @param loss the loss function; if nobody says, the usual one for what the data tell
/// @param optimizer the optimizer
/// @param policy the way to fit
/// @param metrics the metrics, in the order of their columns; if nobody says, the usual ones for
///   what the data tell
/// @param callbacks the callbacks, in the order of their registration
/// @param cluster the processes that train together; one if nobody says
/// @param usual what is usual, where nobody says
public record Experiment(
    Settings settings,
    Place devicePlace,
    Choice<DataProvider> data,
    Optional<Choice<ModelProvider>> model,
    Optional<Origin> from,
    Optional<Choice<SplitterProvider>> parts,
    Optional<Choice<LossProvider>> loss,
    Choice<OptimizerProvider> optimizer,
    Choice<PolicyProvider> policy,
    Optional<List<Choice<MetricProvider>>> metrics,
    List<Choice<CallbackProvider>> callbacks,
    Optional<Choice<RanksProvider>> cluster,
    Usual usual) {
  public Experiment {
    metrics = metrics.map(List::copyOf);
    callbacks = List.copyOf(callbacks);
  }

  /// Adds up the gradients of processes that train together.
  private static final String DATA_PARALLEL = "data-parallel";

  static Experiment of(Node.Mapping tree, Catalog catalog) {
    return new Experiment(
        Settings.of(tree),
        tree.get(Section.DEVICE.key()).map(Node::place).orElse(Place.DEFAULTS),
        one(tree, Section.DATA, catalog, Kind.DATA),
        maybe(withoutOrigin(tree), Section.MODEL, catalog, Kind.MODEL),
        tree.get(Section.MODEL.key()).flatMap(model -> Origin.of((Node.Mapping) model)),
        maybe(tree, Section.PARTS, catalog, Kind.SPLITTER),
        maybe(tree, Section.LOSS, catalog, Kind.LOSS),
        one(tree, Section.OPTIMIZER, catalog, Kind.OPTIMIZER),
        one(tree, Section.FIT, catalog, Kind.POLICY),
        tree.get(Section.METRICS.key())
            .map(_ -> several(tree, Section.METRICS, catalog, Kind.METRIC)),
        withUsual(several(tree, Section.CALLBACKS, catalog, Kind.CALLBACK), catalog, tree),
        maybe(tree, Section.CLUSTER, catalog, Kind.CLUSTER),
        new Usual(catalog));
  }

  private static Node.Mapping withoutOrigin(Node.Mapping tree) {
    return tree.get(Section.MODEL.key())
        .map(model -> tree.with(entry(Section.MODEL, Origin.without((Node.Mapping) model))))
        .orElse(tree);
  }

  private static <P extends Provider> Optional<Choice<P>> maybe(
      Node.Mapping tree, Section section, Catalog catalog, Kind<P> kind) {
    return tree.get(section.key()).map(_ -> one(tree, section, catalog, kind));
  }

  private static <P extends Provider> Choice<P> one(
      Node.Mapping tree, Section section, Catalog catalog, Kind<P> kind) {
    var node = (Node.Mapping) tree.get(section.key()).orElseThrow();
    // what such a component reads lies where the command was called
    return Choice.of(catalog, kind, section.idKey(), node).in(Path.of("").toAbsolutePath());
  }

  private static <P extends Provider> List<Choice<P>> several(
      Node.Mapping tree, Section section, Catalog catalog, Kind<P> kind) {
    var choices = new ArrayList<Choice<P>>();
    for (Node item : ((Node.Sequence) tree.get(section.key()).orElseThrow()).items()) {
      choices.add(Choice.of(catalog, kind, section.idKey(), (Node.Mapping) item));
    }
    return choices;
  }

  private static List<Choice<CallbackProvider>> withUsual(
      List<Choice<CallbackProvider>> named, Catalog catalog, Node.Mapping tree) {
    var all = new ArrayList<>(named);
    var ids = new ArrayList<>(ExperimentFile.usualCallbacks());
    Optional<Place> together = tree.get(Section.CLUSTER.key()).map(Node::place);
    if (together.isPresent()) {
      var _ = catalog.get(Kind.CALLBACK, DATA_PARALLEL, together.get());
      ids.add(DATA_PARALLEL);
    }
    for (String id : ids) {
      Optional<Component<CallbackProvider>> component = catalog.find(Kind.CALLBACK, id);
      if (component.isPresent()
          && named.stream().noneMatch(choice -> choice.component().id().equals(id))) {
        Node.Mapping nothing = Node.Mapping.empty(Place.DEFAULTS);
        all.add(
            new Choice<>(
                component.get(), component.get().bind(nothing, catalog), Place.DEFAULTS, nothing));
      }
    }
    return all;
  }

  /// {@return what its runs are called}
  public String name() {
    return settings.name();
  }

  /// {@return the seed of every random stream}
  public long seed() {
    return settings.seed();
  }

  /// {@return this with another way to compute}
  Experiment with(Settings other) {
    return new Experiment(
        other,
        devicePlace,
        data,
        model,
        from,
        parts,
        loss,
        optimizer,
        policy,
        metrics,
        callbacks,
        cluster,
        usual);
  }

  /// {@return this with the usual model, loss and metrics where it leaves them open}
  ///
  /// @param task what the data tell
  /// @throws OptionException if there is no usual model or loss, or its module is not here
  public Experiment settled(Task task) {
    return new Experiment(
        settings,
        devicePlace,
        data,
        Optional.of(model.orElseGet(() -> usual(Section.MODEL, Kind.MODEL, task))),
        from,
        parts,
        Optional.of(loss.orElseGet(() -> usual(Section.LOSS, Kind.LOSS, task))),
        optimizer,
        policy,
        metrics.or(() -> Optional.of(usual.several(Section.METRICS, Kind.METRIC, task))),
        callbacks,
        cluster,
        usual);
  }

  private <P extends Provider> Choice<P> usual(Section section, Kind<P> kind, Task task) {
    return usual
        .one(section, kind, task)
        .orElseThrow(() ->
            new OptionException(
                data.place(),
                "the experiment names no %s, and the usual one for %s is not here; name one"
                    .formatted(section.key(), task.goal())));
  }

  /// {@return what a finished model keeps of this: without callbacks, its data as they were found
  /// to be}
  Experiment finished(Optional<DataProvider> fitted) {
    return new Experiment(
        settings.elsewhere(),
        devicePlace,
        fitted.map(data::with).orElse(data),
        model,
        Optional.empty(),
        parts,
        loss,
        optimizer,
        policy,
        metrics,
        List.of(),
        Optional.empty(),
        usual);
  }

  /// {@return every component that this names, and for what it leaves open every one that it may
  /// become}
  public List<Choice<?>> choices() {
    var all = new ArrayList<Choice<?>>(List.of(data));
    all.addAll(model.map(List::of).orElseGet(() -> usual.possible(Section.MODEL, Kind.MODEL)));
    all.addAll(loss.map(List::of).orElseGet(() -> usual.possible(Section.LOSS, Kind.LOSS)));
    all.add(optimizer);
    all.add(policy);
    parts.ifPresent(all::add);
    all.addAll(metrics.orElseGet(() -> usual.possible(Section.METRICS, Kind.METRIC)));
    all.addAll(callbacks);
    cluster.ifPresent(all::add);
    return List.copyOf(all);
  }

  /// {@return the names of the modules that provide those components, in alphabetical order}
  public SortedSet<String> modules() {
    var modules = new TreeSet<String>();
    for (Choice<?> choice : choices()) {
      modules.add(choice.component().module());
      for (Provider named : Options.components((Record) choice.options())) {
        modules.add(Objects.requireNonNullElse(named.getClass().getModule().getName(), ""));
      }
    }
    modules.remove("");
    return modules;
  }

  /// {@return this as a tree, every option with its value; what it leaves open is not there}
  public Node.Mapping tree() {
    var entries = new ArrayList<>(settings.entries());
    entries.add(entry(Section.DATA, data));
    model.ifPresent(choice -> {
      Node net = choice.tree(Section.MODEL.idKey());
      entries.add(entry(Section.MODEL, from.<Node>map(origin -> origin.in(net)).orElse(net)));
    });
    parts.ifPresent(choice -> entries.add(entry(Section.PARTS, choice)));
    loss.ifPresent(choice -> entries.add(entry(Section.LOSS, choice)));
    entries.add(entry(Section.OPTIMIZER, optimizer));
    entries.add(entry(Section.FIT, policy));
    metrics.ifPresent(choices -> entries.add(entry(Section.METRICS, choices)));
    entries.add(entry(Section.CALLBACKS, callbacks));
    cluster.ifPresent(choice -> entries.add(entry(Section.CLUSTER, choice)));
    return new Node.Mapping(Place.DEFAULTS, entries);
  }

  private static Node.Entry entry(Section section, Choice<?> choice) {
    return entry(section, choice.tree(section.idKey()));
  }

  private static Node.Entry entry(Section section, List<? extends Choice<?>> choices) {
    return entry(
        section,
        new Node.Sequence(
            Place.DEFAULTS, choices.stream().map(choice -> choice.tree(section.idKey())).toList()));
  }

  private static Node.Entry entry(Section section, Node value) {
    return new Node.Entry(section.key(), Place.DEFAULTS, value);
  }

  /// {@return this as an experiment file}
  public String yaml() {
    return YamlText.of(tree());
  }

  /// Makes everything that this names.
  ///
  /// @param folder the run's folder, where components write; it need not be there yet
  /// @param more callbacks beside those that this names
  /// @return the experiment ready to fit; whoever asks closes it
  /// @throws io.antiphon.core.options.OptionException if something cannot be made, or does not fit
  ///   together
  public Prepared prepare(Path folder, Callback... more) {
    Prepared prepared = prepareToGoOn(folder, more);
    try {
      return prepared.begin();
    } catch (RuntimeException | Error e) {
      prepared.close();
      throw e;
    }
  }

  /// {@return the same, before the model has the weights with which it begins: a checkpoint has all
  /// that it needs, wherever they were from}
  Prepared prepareToGoOn(Path folder, Callback... more) {
    return prepareToGoOn(folder, Ranks.ALONE, more);
  }

  /// {@return the same, for one of the processes that train together}
  Prepared prepareToGoOn(Path folder, Ranks ranks, Callback... more) {
    return Prepared.of(this, folder, ranks, List.of(more), UnaryOperator.identity());
  }

  /// {@return the same, whose observers are there and hear nothing: nothing is shown or sent}
  Prepared prepareUnobserved(Path folder, Callback... more) {
    return Prepared.of(this, folder, Ranks.ALONE, List.of(more), Silent::ofObserver);
  }

  /// Joins the processes that train together.
  ///
  /// @return them; a process alone if the experiment has no `cluster`. Whoever asks closes them
  /// @throws OptionException if they cannot be joined
  public Ranks join() {
    return cluster.map(choice -> choice.make(RanksProvider::create)).orElse(Ranks.ALONE);
  }
}
