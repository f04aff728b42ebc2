package io.antiphon.study;

import io.antiphon.cli.ExperimentArguments;
import io.antiphon.cli.Terminal;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.experiment.Choice;
import io.antiphon.experiment.Experiment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon ablate [FILE]`.
@Command(
    name = "ablate",
    description =
        "Trains with all callbacks of an experiment, with none, and without each of them in turn, and"
            + " tells what each brings and costs.",
    mixinStandardHelpOptions = true)
final class AblateCommand implements Callable<Integer> {
  private static final int MOST_SEEDS = 1000;

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many seeds each variant is trained with, from the experiment's on; by default 5.")
  private Optional<Integer> seeds = Optional.empty();

  @Mixin private StudyOptions options = new StudyOptions();

  private final Terminal terminal;

  AblateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /// An experiment with some of its callbacks.
  ///
  /// @param name what it is called
  /// @param callbacks its callbacks
  private record Variant(String name, List<Choice<CallbackProvider>> callbacks) {}

  @Override
  public Integer call() {
    options.check(arguments.isSaid() || seeds.isPresent());
    StudyFolder study = options.resume().map(StudyFolder::of).orElseGet(this::begin);
    Plan plan = study.plan();
    StudyOptions.check(study, plan, Plan.ABLATE);
    if (!new Course(study, plan, terminal).run(options, arguments.folders())) {
      return options.isForSlurm() ? 0 : 1; // written as wanted, or asked to end
    }
    var results = Result.of(study, plan.trials());
    return new Outcomes(study, plan, terminal, arguments.layers())
        .tell(Ablation.of(plan, results), results);
  }

  private StudyFolder begin() {
    int count = seeds.orElse(5);
    if (count < 1 || count > MOST_SEEDS) {
      throw StudyOptions.refused("--seeds " + count, "this must be 1 to " + MOST_SEEDS);
    }
    Base base = Base.of(arguments, options.threads());
    List<Variant> variants = variants(base);
    var trials = new ArrayList<Plan.Trial>();
    var experiments = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      long seed = base.experiment().seed() + i;
      for (Variant variant : variants) {
        trials.add(new Plan.Trial(trials.size(), variant.name(), seed, new LinkedHashMap<>()));
        experiments.add(base.trial(base.experiment(), seed, variant.callbacks()).yaml());
      }
    }
    String metric = base.metric(options.metric());
    StudyFolder study = StudyFolder.take(options.folder(Plan.ABLATE, base.experiment().name()));
    for (Plan.Trial trial : trials) {
      study.write(trial, experiments.get(trial.number()));
    }
    study.write(
        new Plan(
            Plan.FORMAT,
            Plan.ABLATE,
            base.experiment().name(),
            metric,
            base.directions(),
            base.threads(),
            base.epochs(),
            List.of(),
            0,
            new LinkedHashMap<>(),
            trials));
    terminal
        .out()
        .printf(
            "%d trials: %s, each with %d seed%s; in %s%n",
            trials.size(),
            variants.stream().map(Variant::name).collect(Collectors.joining(", ")),
            count,
            count == 1 ? "" : "s",
            study.path());
    terminal.out().flush();
    return study;
  }

  /// {@return the experiment with everything, with nothing, and without each callback; with one
  /// callback, nothing is what is left without it}
  private static List<Variant> variants(Base base) {
    Experiment experiment = base.experiment();
    List<String> usual =
        base
            .file()
            .with(List.of("callbacks=[]"), Path.of(""))
            .resolve(base.catalog())
            .callbacks()
            .stream()
            .map(choice -> choice.component().id())
            .toList();
    List<Choice<CallbackProvider>> all = experiment.callbacks();
    var own = new LinkedHashMap<Integer, String>();
    for (int i = 0; i < all.size(); i++) {
      String id = all.get(i).component().id();
      if (!usual.contains(id)) {
        String name = id;
        for (int count = 2; own.containsValue(name); count++) {
          name = id + " " + count;
        }
        own.put(i, name);
      }
    }
    if (own.isEmpty()) {
      throw new OptionException(
          new Place(experiment.name(), 0, 0, Path.of("")),
          "the experiment has no callbacks beside those of every experiment (%s), so there is nothing to leave out"
              .formatted(String.join(", ", usual)));
    }
    var variants = new ArrayList<Variant>();
    variants.add(new Variant(Ablation.EVERYTHING, all));
    if (own.size() > 1) {
      variants.add(
          new Variant(
              Ablation.NOTHING,
              all.stream().filter(each -> usual.contains(each.component().id())).toList()));
    }
    own.forEach((index, name) -> {
      var without = new ArrayList<>(all);
      without.remove((int) index);
      variants.add(new Variant(Ablation.WITHOUT + name, without));
    });
    return variants;
  }
}
