package io.antiphon.study;

import io.antiphon.cli.ExperimentArguments;
import io.antiphon.cli.Terminal;
import io.antiphon.core.options.OptionException;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon sweep [FILE] --over PATH=SPACE`.
@Command(
    name = "sweep",
    description = "Trains an experiment with other values in each trial, and tells which are good.",
    mixinStandardHelpOptions = true)
final class SweepCommand implements Callable<Integer> {
  private static final int MOST_TRIALS = 10_000;
  private static final int USUAL_TRIALS = 30;
  private static final int USUAL_ETA = 3;

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--over",
      paramLabel = "PATH=SPACE",
      description =
          "A value of the experiment to vary, and what it may be: 'optimizer.lr=log(1e-4, 1e-1)',"
              + " lin(0, 0.5) (or uniform), int(16, 256), [adam, sgd]. May be given several times.")
  private List<String> over = List.of();

  @Option(
      names = "--trials",
      paramLabel = "N",
      description = "How many trials; by default 30, and for a grid as many as it has points.")
  private Optional<Integer> trials = Optional.empty();

  @Option(
      names = "--search",
      paramLabel = "HOW",
      description =
          "grid (ranges then name the number of points: log(1e-4, 1e-1, 4)), random, or quasi-random,"
              + " the default, which leaves smaller gaps.")
  private Optional<String> search = Optional.empty();

  @Option(
      names = "--halving",
      description =
          "End poor trials early: of every 3 (--eta) the best goes on after 1 epoch (--min-epochs), 3,"
              + " 9 and so on.")
  private boolean halving;

  @Option(
      names = "--eta",
      paramLabel = "N",
      description = "With --halving: one of how many goes on, and how much longer; by default 3.")
  private Optional<Integer> eta = Optional.empty();

  @Option(
      names = "--min-epochs",
      paramLabel = "N",
      description = "With --halving: how many epochs every trial has at least; by default 1.")
  private Optional<Integer> minEpochs = Optional.empty();

  @Mixin private StudyOptions options = new StudyOptions();

  private final Terminal terminal;

  SweepCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    options.check(
        arguments.isSaid()
            || !over.isEmpty()
            || trials.isPresent()
            || search.isPresent()
            || halving
            || eta.isPresent()
            || minEpochs.isPresent());
    StudyFolder study = options.resume().map(StudyFolder::of).orElseGet(this::begin);
    Plan plan = study.plan();
    StudyOptions.check(study, plan, Plan.SWEEP);
    if (!new Course(study, plan, terminal).run(options, arguments.folders())) {
      return options.isForSlurm() ? 0 : 1; // written as wanted, or asked to end
    }
    var results = Result.of(study, plan.trials());
    return new Outcomes(study, plan, terminal, arguments.layers())
        .tell(Sweep.of(study, plan, results), results);
  }

  private StudyFolder begin() {
    List<Axis> axes = axes();
    Search how = search();
    trials.ifPresent(count -> inRange("--trials", count, 1, MOST_TRIALS));
    eta.ifPresent(count -> inRange("--eta", count, 2, 100));
    minEpochs.ifPresent(count -> inRange("--min-epochs", count, 1, 1_000_000));
    if (!halving && (eta.isPresent() || minEpochs.isPresent())) {
      throw StudyOptions.refused(
          eta.isPresent() ? "--eta" : "--min-epochs", "this goes with --halving");
    }
    Base base = Base.of(arguments, options.threads());
    String metric = base.metric(options.metric());
    List<Integer> rungs = halving ? rungs(base.epochs()) : List.of();
    Optional<Integer> count =
        how == Search.GRID ? trials : trials.or(() -> Optional.of(usual(axes)));
    List<SequencedMap<String, String>> values = how.values(axes, count, base.experiment().seed());
    var planned = new ArrayList<Plan.Trial>();
    var experiments = new HashMap<Plan.Trial, String>();
    var refused = new LinkedHashMap<Plan.Trial, OptionException>();
    for (SequencedMap<String, String> each : values) {
      int number = planned.size();
      try {
        Experiment experiment = resolve(base, each);
        var trial = new Plan.Trial(number, "" + number, experiment.seed(), each);
        planned.add(trial);
        experiments.put(
            trial, base.trial(experiment, experiment.seed(), experiment.callbacks()).yaml());
      } catch (OptionException e) {
        var trial = new Plan.Trial(number, "" + number, base.experiment().seed(), each);
        planned.add(trial);
        refused.put(trial, e);
      }
    }
    if (refused.size() == planned.size()) {
      throw refused.values().iterator().next(); // not one of the values, but where they go
    }
    StudyFolder study = StudyFolder.take(options.folder(Plan.SWEEP, base.experiment().name()));
    experiments.forEach(study::write);
    refused.forEach((trial, why) ->
        study.write(trial, new Finding(Finding.State.FAILED, 0, 0, Sentence.of(why))));
    var spaces = new LinkedHashMap<String, String>();
    axes.forEach(axis -> spaces.put(axis.path(), axis.text()));
    study.write(
        new Plan(
            Plan.FORMAT,
            Plan.SWEEP,
            base.experiment().name(),
            metric,
            base.directions(),
            base.threads(),
            base.epochs(),
            rungs,
            eta.orElse(USUAL_ETA),
            spaces,
            planned));
    terminal
        .out()
        .printf(
            "%d trials, %s%s; in %s%n",
            planned.size(),
            how,
            rungs.isEmpty()
                ? ""
                : ", of which one of %d goes on after epoch %s"
                    .formatted(
                        eta.orElse(USUAL_ETA),
                        String.join(" and ", rungs.stream().map(rung -> "" + rung).toList())),
            study.path());
    terminal.out().flush();
    return study;
  }

  private static void inRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw StudyOptions.refused(
          option + " " + value, "this must be %,d to %,d".formatted(least, most));
    }
  }

  private static Experiment resolve(Base base, SequencedMap<String, String> values) {
    List<String> settings =
        values.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList();
    return base.file().with(settings, Path.of("")).resolve(base.catalog());
  }

  private List<Axis> axes() {
    if (over.isEmpty()) {
      throw StudyOptions.refused(
          "--over", "what shall be varied? Say, --over 'optimizer.lr=log(1e-4, 1e-1)'");
    }
    List<Axis> axes = over.stream().map(Axis::parse).toList();
    var paths = new ArrayList<String>();
    for (Axis axis : axes) {
      if (paths.contains(axis.path())) {
        throw Axis.wrong(axis.path() + "=" + axis.text(), "this is varied already");
      }
      if (axis.path().equals("threads")) {
        throw Axis.wrong(
            axis.path() + "=" + axis.text(),
            "all trials compute with as many threads, which --threads says");
      }
      paths.add(axis.path());
    }
    return axes;
  }

  private Search search() {
    String name = search.orElse(Search.QUASI_RANDOM.toString());
    for (Search each : Search.values()) {
      if (each.toString().equals(name)) {
        return each;
      }
    }
    throw StudyOptions.refused(
        "--search " + name, "there is no such search; there are grid, random, quasi-random");
  }

  /// {@return how many trials if nobody says, fewer where there are not so many}
  private static int usual(List<Axis> axes) {
    double combinations =
        axes.stream().mapToDouble(axis -> axis.space().count()).reduce(1, (a, b) -> a * b);
    return (int) Math.min(USUAL_TRIALS, combinations);
  }

  /// {@return after how many epochs poor trials end}
  private List<Integer> rungs(int epochs) {
    if (epochs == 0) {
      throw StudyOptions.refused(
          "--halving",
          "this needs an experiment whose fit.epochs are whole epochs, as fit.epochs=9");
    }
    var rungs = new ArrayList<Integer>();
    for (long rung = minEpochs.orElse(1); rung < epochs; rung *= eta.orElse(USUAL_ETA)) {
      rungs.add((int) rung);
    }
    if (rungs.isEmpty()) {
      throw StudyOptions.refused(
          "--halving",
          "the experiment trains %d epoch%s, so no trial can end before; raise fit.epochs"
              .formatted(epochs, epochs == 1 ? "" : "s"));
    }
    return rungs;
  }
}
