package io.antiphon.experiment;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.options.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What an experiment file says, before any component is looked up.
///
/// ```yaml
/// name: digits
/// seed: 42
/// device: auto                      # auto | cpu | gpu0
/// threads: auto                     # of an operation on the CPU: auto | 1 | 2 ...
/// denormals: flush                  # flush | keep
/// train-metrics: false              # whether metrics are computed in training too
/// data:      { use: glyphs, train: 8000, valid: 2000, batch-size: 64 }
/// model:     { use: cnn, channels: [8, 16, 32, 64] }
/// loss:      cross-entropy
/// optimizer: { use: adamw, weight-decay: 0.01 }
/// fit:       { policy: one-cycle, epochs: 4, lr: 1.0e-2 }
/// metrics:   [accuracy]
/// callbacks:
///   - mixup: { alpha: 0.4 }
/// cluster: mpi                      # the processes that mpirun started train together
/// ```
///
/// A component is written as a bare id, as `{ use: id, … }`, or as `id: { … }`; all three mean the
/// same everywhere. `fit` names its policy's id `policy`, and means the policy `fit` without one.
/// What a file leaves out is as in the built-in experiment; `callbacks` are none then, and the name
/// is the file's; without `cluster` one process trains. Where a file names its data, the `model`,
/// the `loss` and the `metrics` that it leaves out are those that are usual for what the data tell.
/// `parts`, which may be left out too, says how the model is split into parts that have learning
/// rates of their own: `parts: head`, `parts: { depth: { parts: 3 } }`. `model: { from: runs/digits
/// }` begins with the net and the weights of a finished model.
public final class ExperimentFile {
  private static final String BUILT_IN = "built-in.yaml";
  private static final String USUAL = "usual.yaml";

  private final Node.Mapping tree;

  private ExperimentFile(Node.Mapping tree) {
    this.tree = tree;
  }

  /// {@return the experiment that needs no file and no data}
  public static ExperimentFile builtIn() {
    return new ExperimentFile(canonical(builtInTree()));
  }

  /// {@return the experiment in a file}
  ///
  /// @throws OptionException if the file cannot be read, is not YAML, or has unknown top-level
  ///   names
  public static ExperimentFile read(Path file) {
    return of(Yaml.read(file), stem(file));
  }

  /// {@return the experiment in a text}
  ///
  /// @param yaml the text
  /// @param place where it is from
  /// @throws OptionException if it is not YAML, or has unknown top-level names
  public static ExperimentFile parse(String yaml, Place place) {
    return of(Yaml.mapping(yaml, place), "experiment");
  }

  private static ExperimentFile of(Node.Mapping written, String name) {
    for (Node.Entry entry : written.entries()) {
      if (!Section.keys().contains(entry.key())) {
        throw new OptionException(
            entry.place(),
            "an experiment has no '%s'%s"
                .formatted(entry.key(), Spelling.hint(entry.key(), Section.keys(), "it has")));
      }
    }
    Node.Mapping builtIn = builtInTree();
    var complete = new ArrayList<Node.Entry>();
    for (Section section : Section.values()) {
      Optional<Node> said =
          section.isTold() && written.get(Section.DATA.key()).isPresent()
              ? written.get(section.key())
              : written.get(section.key()).or(() -> builtIn.get(section.key()));
      if (section.isOptional() && said.isEmpty()) {
        continue;
      }
      Node value = said.orElseThrow();
      if (section == Section.NAME && written.get(section.key()).isEmpty()) {
        value = new Node.Scalar(written.place(), name, true);
      }
      complete.add(new Node.Entry(section.key(), value.place(), value));
    }
    return new ExperimentFile(canonical(new Node.Mapping(written.place(), complete)));
  }

  /// {@return this with `path=value` and `path+=value` applied, in order}
  ///
  /// @param settings as on the command line
  /// @param folder what relative paths in them start from
  /// @throws OptionException if a path leads nowhere, or a value is not YAML
  public ExperimentFile with(List<String> settings, Path folder) {
    Node.Mapping changed = tree;
    for (String text : settings) {
      changed = canonical(Setting.parse(text, folder).apply(changed));
    }
    return new ExperimentFile(changed);
  }

  /// {@return the experiment, every component looked up and every option bound}
  ///
  /// @throws OptionException if a component is unknown or broken, or an option is wrong
  public Experiment resolve(Catalog catalog) {
    return Experiment.of(tree, catalog);
  }

  /// {@return what the file says, every component written as a mapping whose first entry is its id}
  public Node.Mapping tree() {
    return tree;
  }

  /// A component that a file names, whether there is one or not.
  ///
  /// @param kind its kind
  /// @param id its id
  /// @param place where it is named
  public record Named(Kind<?> kind, String id, Place place) {}

  /// {@return the components that the file names, in its order}
  public List<Named> components() {
    var named = new ArrayList<Named>();
    for (Section section : Section.values()) {
      if (tree.get(section.key()).isEmpty()) {
        continue;
      }
      section
          .kind()
          .ifPresent(kind -> {
            Node value = tree.get(section.key()).orElseThrow();
            List<Node> items = value instanceof Node.Sequence list ? list.items() : List.of(value);
            for (Node item : items) {
              var id = (Node.Scalar) ((Node.Mapping) item).get(section.idKey()).orElseThrow();
              named.add(new Named(kind, id.text(), id.place()));
            }
          });
    }
    return named;
  }

  /// {@return the same experiment, every component written as a mapping whose first entry is its
  /// id}
  static Node.Mapping canonical(Node.Mapping tree) {
    Node.Mapping changed = tree;
    for (Section section : Section.values()) {
      Optional<Node> said = tree.get(section.key());
      boolean isNone = said.filter(node -> section.isTold() || isSomething(node)).isEmpty();
      if (section.isOptional() && isNone) {
        changed = changed.without(section.key());
        continue;
      }
      changed = canonical(section, changed);
    }
    return changed;
  }

  private static Node.Mapping canonical(Section section, Node.Mapping tree) {
    Node value = tree.get(section.key()).orElseThrow();
    return tree.with(new Node.Entry(section.key(), value.place(), section.canonical(value)));
  }

  private static boolean isSomething(Node node) {
    return !(node instanceof Node.Scalar scalar && scalar.isNull());
  }

  /// {@return the ids of callbacks that every experiment has, where the modules that provide them
  /// are there}
  static List<String> usualCallbacks() {
    Node.Mapping usual = canonical(Section.CALLBACKS, resource(USUAL, "the usual callbacks"));
    var ids = new ArrayList<String>();
    new ExperimentFile(usual).components().forEach(named -> ids.add(named.id()));
    return ids;
  }

  private static Node.Mapping builtInTree() {
    return resource(BUILT_IN, "the built-in experiment");
  }

  static Node.Mapping resource(String name, String what) {
    try (InputStream resource = ExperimentFile.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("resource " + name + " is missing from the module");
      }
      String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      return Yaml.mapping(text, new Place(what, 0, 0, Path.of("").toAbsolutePath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
