package io.antiphon.study;

import io.antiphon.cli.ExperimentArguments;
import io.antiphon.core.Length;
import io.antiphon.core.Metric;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.options.Spelling;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.experiment.Choice;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Prepared;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// The experiment that a study varies, after a look whether it can be prepared.
///
/// @param file what is written of it
/// @param catalog the components that there are
/// @param experiment the same, resolved
/// @param threads how many threads each trial computes with
/// @param directions for each number of its rows that can be judged whether more of it is better
record Base(
    ExperimentFile file,
    Catalog catalog,
    Experiment experiment,
    int threads,
    SequencedMap<String, Boolean> directions) {

  /// {@return the experiment of a command line}
  ///
  /// @param threads how many threads a trial shall have; as many as the experiment says, or suit
  ///   its model on this machine, if nobody says
  /// @throws OptionException if it cannot be prepared
  static Base of(ExperimentArguments arguments, Optional<Integer> threads) {
    Catalog catalog = arguments.catalog();
    ExperimentFile file = arguments.file();
    Experiment experiment = file.resolve(catalog);
    if (experiment.cluster().isPresent()) {
      throw new OptionException(
          experiment.cluster().get().place(),
          "a trial trains in one process, so a study takes no 'cluster': leave it out, and say by"
              + " --jobs or --slurm how many trials run at once");
    }
    var directions = new LinkedHashMap<String, Boolean>();
    try (Prepared prepared = experiment.prepare(Run.propose(Path.of(""), experiment))) {
      List<String> columns = Row.columns(prepared.learner());
      directions.put(prepared.data().valid().isPresent() ? Row.VALID_LOSS : Row.TRAIN_LOSS, false);
      for (Metric metric : prepared.learner().metrics()) {
        directions.put(metric.name(), metric.isHigherBetter());
      }
      directions.keySet().retainAll(columns);
      int count = threads.orElseGet(() -> prepared.learner().threads());
      return new Base(file, catalog, experiment, count, directions);
    }
  }

  /// {@return the number by which trials are judged: the one that is asked for, or the first
  /// metric, or the loss}
  ///
  /// @throws OptionException if there is none of that name
  String metric(Optional<String> asked) {
    List<String> names = List.copyOf(directions.keySet());
    String name = asked.orElse(names.size() > 1 ? names.get(1) : names.getFirst());
    if (!directions.containsKey(name)) {
      throw new OptionException(
          new Place("--metric " + name, 0, 0, Path.of("")),
          "the experiment's epochs have no '%s'%s"
              .formatted(name, Spelling.hint(name, names, "they have")));
    }
    return name;
  }

  /// {@return how many epochs its policy trains; 0 if it does not count whole epochs}
  int epochs() {
    if (!(experiment.tree().get("fit").orElse(null) instanceof Node.Mapping fit)) {
      return 0;
    }
    int sum = 0;
    for (String key : List.of("epochs", "freeze-epochs")) {
      if (fit.get(key).orElse(null) instanceof Node.Scalar scalar) {
        Length length = Length.parse(scalar.text());
        if (length.unit() != Length.Unit.EPOCHS || length.amount() != Math.rint(length.amount())) {
          return 0;
        }
        sum += (int) length.amount();
      }
    }
    return sum;
  }

  /// {@return an experiment as a trial of this runs it}
  Experiment trial(Experiment of, long seed, List<Choice<CallbackProvider>> callbacks) {
    Settings settings = of.settings();
    return new Experiment(
        new Settings(
            settings.name(),
            seed,
            settings.device(),
            Integer.toString(threads),
            settings.denormals(),
            settings.trainMetrics()),
        of.devicePlace(),
        of.data(),
        of.model(),
        of.from(),
        of.parts(),
        of.loss(),
        of.optimizer(),
        of.policy(),
        of.metrics(),
        callbacks,
        Optional.empty(),
        of.usual());
  }
}
