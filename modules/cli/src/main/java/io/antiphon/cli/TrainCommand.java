package io.antiphon.cli;

import io.antiphon.core.Outcome;
import io.antiphon.core.Ranks;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `antiphon train [FILE]`.
///
/// The last line on standard output is one JSON object, whichever way the run ends; not on a
/// terminal, where nobody reads it.
@Command(
    name = "train",
    description = "Trains; without a file, the built-in experiment on built-in data.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  private static final String DRY_RUN = "dry run: one batch was trained, and everything is there";

  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's folder, empty or not there; by default runs/NAME-TIME.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = {
        "Goes on with the run in this folder, from its newest checkpoint that is whole. It ends as"
            + " if it had never been interrupted."
      })
  private Optional<Path> resume = Optional.empty();

  @Option(
      names = "--dry-run",
      description = "Train one batch, and end as if asked to: shows that everything is there.")
  private boolean dryRun;

  @Option(
      names = "--serve",
      arity = "0..1",
      paramLabel = "[HOST:]PORT",
      parameterConsumer = ServeAddress.class,
      description = {
        "Shows the report live while it trains: at this port of this machine, or a free one; beyond"
            + " it, at HOST:PORT, for whoever has the token that is told. Adds the callback 'report' if"
            + " the experiment has none."
      })
  private Optional<String> serve = Optional.empty();

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing but the last line, the run's final numbers in JSON.")
  private boolean quiet;

  @Option(
      names = "--json",
      description = {
        "End with the line of JSON on a terminal, too; where output goes to a file or a program it"
            + " always comes."
      })
  private boolean json;

  private final Terminal terminal;
  private boolean leads = true;

  TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (var ending = new Ending(terminal, json || quiet || !terminal.isWatched())) {
      try {
        resume.ifPresent(this::checkResume);
        serve.ifPresent(arguments::serve);
        Experiment experiment = arguments.resolve();
        if (experiment.cluster().isEmpty()) {
          Launched.refuseSeveral(System.getenv());
        }
        try (Ranks ranks = experiment.join()) {
          leads = ranks.leads();
          together(experiment, ranks, ending);
        }
      } catch (RuntimeException | Error e) {
        ending.failed(e);
        throw e;
      }
    }
    return 0;
  }

  /// Trains as one of several processes, which all end when one fails.
  private void together(Experiment experiment, Ranks ranks, Ending ending) {
    if (!leads) {
      ending.isOfAnother();
    }
    try (var _ = new Silence(quiet || !leads)) {
      train(experiment, ranks, ending);
    } catch (RuntimeException | Error e) {
      if (ranks.size() > 1) {
        String why = Sentence.of(e);
        terminal
            .err()
            .println("antiphon: rank %d of %d: %s".formatted(ranks.rank(), ranks.size(), why));
        ending.failed(e);
        ending.close();
        ranks.abort(why);
      }
      throw e;
    }
  }

  private void train(Experiment experiment, Ranks ranks, Ending ending) {
    try (Run run = begin(experiment, ranks)) {
      ending.watch(run);
      if (dryRun) {
        run.stopSoon(DRY_RUN);
      }
      tell(head(run));
      tellWhereItGoesOn(run);
      Outcome outcome = run.train().outcome();
      tell(outcome);
      if (terminal.isWatched()) {
        tell("its numbers are in " + shown(run.folder().resolve("history.csv")));
      }
      if (run.isInterrupted() && !dryRun && outcome instanceof Outcome.Stopped) {
        tellHowToGoOn(run);
      }
    }
  }

  private void checkResume(Path folder) {
    if (arguments.isSaid() || out.isPresent()) {
      throw new WrongUsage(
          "--resume goes on with the run in its folder as it is; it takes no FILE, no --set and no"
              + " --out");
    }
    arguments.take(Run.experiment(folder));
  }

  private void tellWhereItGoesOn(Run run) {
    if (resume.isEmpty()) {
      return;
    }
    if (!leads) {
      return;
    }
    run.badCheckpoints().forEach(bad -> terminal.err().println("antiphon: " + bad));
    tell(
        run.resumedFrom()
            .map(from ->
                "goes on after step %,d, from %s"
                    .formatted(
                        from.steps(), Sentence.shown(String.valueOf(from.folder().getFileName()))))
            .orElse("there is no checkpoint to go on from; it begins at the beginning"));
  }

  private void tellHowToGoOn(Run run) {
    if (leads && run.isResumable()) {
      terminal
          .err()
          .println(
              "antiphon: to go on, antiphon train --resume "
                  + Sentence.shown(shell(run.folder().toString())));
    }
  }

  /// A word as a shell takes it.
  private static String shell(String word) {
    return word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private Run begin(Experiment experiment, Ranks ranks) {
    if (resume.isPresent()) {
      return Run.resume(experiment, ranks, resume.get(), _ -> {});
    }
    return out.map(folder -> Run.of(experiment, ranks, folder, _ -> {}))
        .orElseGet(() -> Run.in(Path.of(""), experiment, ranks, _ -> {}));
  }

  /// {@return what trains, on what, and where that is kept}
  private static String head(Run run) {
    var head = new Table();
    run.prepared().facts().forEach((name, fact) -> head.add(name, fact));
    head.add("run in", shown(run.folder()));
    return head.lines("").stripTrailing();
  }

  private static String shown(Path path) {
    return Sentence.shown(path.toString());
  }

  private void tell(Outcome outcome) {
    switch (outcome) {
      case Outcome.Stopped stopped when stopped.why().equals(DRY_RUN) -> tell(DRY_RUN);
      case Outcome.Stopped stopped -> tell("stopped: " + stopped.why());
      case Outcome.Cancelled cancelled ->
          tell("cancelled by " + cancelled.who() + ": " + cancelled.why());
      case Outcome.Finished _, Outcome.Running _ -> {}
    }
  }

  private void tell(String line) {
    if (!quiet && leads) {
      terminal.out().println(line);
    }
  }
}
