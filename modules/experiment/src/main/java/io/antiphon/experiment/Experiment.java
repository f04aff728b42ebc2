package io.antiphon.experiment;

import io.antiphon.core.Callback;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
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
import io.antiphon.core.spi.SplitterProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// An experiment with nothing left open: each component found, each option with its value.
///
/// Its YAML, read again, gives an equal experiment.
///
/// @param name what its runs are called
/// @param seed the seed of every random stream
/// @param device `auto` (the first GPU if there is one, else the CPU), `cpu`, or `gpu` with a
///   number
/// @param data the data
/// @param model the model
/// @param parts how the model is split; as the policy or the optimizer likes if nobody says
/// @param loss the loss function
/// @param optimizer the optimizer
/// @param policy the way to fit
/// @param metrics the metrics, in the order of their columns
/// @param callbacks the callbacks, in the order of their registration
public record Experiment(
    String name,
    long seed,
    String device,
    Choice<DataProvider> data,
    Choice<ModelProvider> model,
    Optional<Choice<SplitterProvider>> parts,
    Choice<LossProvider> loss,
    Choice<OptimizerProvider> optimizer,
    Choice<PolicyProvider> policy,
    List<Choice<MetricProvider>> metrics,
    List<Choice<CallbackProvider>> callbacks) {
  public Experiment {
    metrics = List.copyOf(metrics);
    callbacks = List.copyOf(callbacks);
  }

  static Experiment of(Node.Mapping tree, Catalog catalog) {
    var plain = new ArrayList<Node.Entry>();
    for (Node.Entry entry : tree.entries()) {
      if (List.of("name", "seed", "device").contains(entry.key())) {
        plain.add(entry);
      }
    }
    Settings settings =
        Options.bind("the experiment", Settings.DEFAULTS, new Node.Mapping(tree.place(), plain));
    return new Experiment(
        settings.name(),
        settings.seed(),
        settings.device(),
        one(tree, Section.DATA, catalog, Kind.DATA),
        one(tree, Section.MODEL, catalog, Kind.MODEL),
        tree.get(Section.PARTS.key()).map(_ -> one(tree, Section.PARTS, catalog, Kind.SPLITTER)),
        one(tree, Section.LOSS, catalog, Kind.LOSS),
        one(tree, Section.OPTIMIZER, catalog, Kind.OPTIMIZER),
        one(tree, Section.FIT, catalog, Kind.POLICY),
        several(tree, Section.METRICS, catalog, Kind.METRIC),
        withUsual(several(tree, Section.CALLBACKS, catalog, Kind.CALLBACK), catalog));
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
      List<Choice<CallbackProvider>> named, Catalog catalog) {
    var all = new ArrayList<>(named);
    for (String id : ExperimentFile.usualCallbacks()) {
      Optional<Component<CallbackProvider>> component = catalog.find(Kind.CALLBACK, id);
      if (component.isPresent()
          && named.stream().noneMatch(choice -> choice.component().id().equals(id))) {
        Node.Mapping nothing = Node.Mapping.empty(Place.DEFAULTS);
        all.add(
            new Choice<>(component.get(), component.get().bind(nothing), Place.DEFAULTS, nothing));
      }
    }
    return all;
  }

  /// {@return this without a callback}
  public Experiment without(String callback) {
    return new Experiment(
        name,
        seed,
        device,
        data,
        model,
        parts,
        loss,
        optimizer,
        policy,
        metrics,
        callbacks.stream().filter(choice -> !choice.component().id().equals(callback)).toList());
  }

  /// {@return every component that this names}
  public List<Choice<?>> choices() {
    var all = new ArrayList<Choice<?>>(List.of(data, model, loss, optimizer, policy));
    parts.ifPresent(all::add);
    all.addAll(metrics);
    all.addAll(callbacks);
    return List.copyOf(all);
  }

  /// {@return the names of the modules that provide what this names, in alphabetical order}
  public SortedSet<String> modules() {
    var modules = new TreeSet<String>();
    choices().forEach(choice -> modules.add(choice.component().module()));
    modules.remove("");
    return modules;
  }

  /// {@return this as a tree, every option with its value}
  public Node.Mapping tree() {
    var entries = new ArrayList<Node.Entry>();
    entries.add(entry(Section.NAME, new Node.Scalar(Place.DEFAULTS, name, true)));
    entries.add(entry(Section.SEED, new Node.Scalar(Place.DEFAULTS, Long.toString(seed), false)));
    entries.add(entry(Section.DEVICE, new Node.Scalar(Place.DEFAULTS, device, true)));
    entries.add(entry(Section.DATA, data));
    entries.add(entry(Section.MODEL, model));
    parts.ifPresent(choice -> entries.add(entry(Section.PARTS, choice)));
    entries.add(entry(Section.LOSS, loss));
    entries.add(entry(Section.OPTIMIZER, optimizer));
    entries.add(entry(Section.FIT, policy));
    entries.add(entry(Section.METRICS, metrics));
    entries.add(entry(Section.CALLBACKS, callbacks));
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
    return Prepared.of(this, folder, List.of(more));
  }
}
