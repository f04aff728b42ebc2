package io.antiphon.study;

import io.antiphon.cli.Plugins;
import io.antiphon.cli.Terminal;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.OptionException;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.RunRecord;
import io.antiphon.experiment.Sentence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `antiphon trial DIR N`: what `ablate`, `sweep` and their job arrays start for each trial.
@Command(
    name = "trial",
    description =
        "Runs one trial of a study, from its beginning or from where it was, and notes in the"
            + " study's folder how it is; ablate, sweep and their job arrays call it.",
    mixinStandardHelpOptions = true)
final class TrialCommand implements Callable<Integer> {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  @Parameters(index = "0", paramLabel = "DIR", description = "The study's folder.")
  private Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "N", description = "Which trial, from 0.")
  private int number;

  @Option(
      names = "--pause-after",
      paramLabel = "EPOCHS",
      description = "Stop once it has done so many epochs, to go on later.")
  private Optional<Long> pause = Optional.empty();

  @Option(
      names = TrialProcess.LEASH,
      description = "Stop soon when standard input ends, as when whoever writes to it is gone.")
  private boolean leashed;

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  TrialCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    StudyFolder study = StudyFolder.of(folder);
    Plan plan = study.plan();
    if (number < 0 || number >= plan.trials().size()) {
      throw StudyFolder.refused(
          folder,
          "this study has trials 0 to %d, and no %d".formatted(plan.trials().size() - 1, number));
    }
    Plan.Trial trial = plan.trials().get(number);
    long until = pause.orElse(Long.MAX_VALUE);
    if (study.finding(trial).filter(finding -> finding.isDone(until)).isEmpty()) {
      run(study, trial, until);
    }
    return 0;
  }

  private void run(StudyFolder study, Plan.Trial trial, long until) {
    try (var ending = new SoftEnd(leashed)) {
      try (Run run = begin(study, trial)) {
        ending.watch(run);
        run.pauseAfter(until);
        Outcome outcome = run.train().outcome();
        boolean paused =
            outcome instanceof Outcome.Stopped stopped && stopped.why().equals(Run.PAUSED);
        if (!run.isInterrupted() || outcome.isFinished() || paused) {
          write(study, trial, paused ? Finding.State.PAUSED : Finding.State.FINISHED, run);
        } else {
          terminal.out().println("stopped before its end; it goes on from here");
        }
      }
    } catch (RuntimeException | Error e) {
      study.write(
          trial, new Finding(Finding.State.FAILED, epochs(study, trial), peak(), Sentence.of(e)));
      throw e;
    }
  }

  private static void write(StudyFolder study, Plan.Trial trial, Finding.State state, Run run) {
    long before = study.finding(trial).map(Finding::peakBytes).orElse(0L);
    long epochs = run.rows().stream().filter(row -> !row.partial()).count();
    study.write(trial, new Finding(state, epochs, Math.max(before, peak()), ""));
  }

  private static long epochs(StudyFolder study, Plan.Trial trial) {
    return study.rows(trial).size();
  }

  /// Begins, or goes on. What was cut off before its first epoch began is begun anew.
  private Run begin(StudyFolder study, Plan.Trial trial) {
    Catalog catalog = plugins.catalog();
    Path folder = study.run(trial);
    awaitFormer(folder);
    if (Files.exists(folder.resolve("metrics.jsonl"))) {
      var experiment = ExperimentFile.read(Run.experiment(folder)).resolve(catalog);
      return Run.resume(experiment, folder, this::tell);
    }
    delete(folder);
    var experiment = ExperimentFile.read(study.experiment(trial)).resolve(catalog);
    return Run.of(experiment, folder, this::tell);
  }

  private void tell(Row row) {
    terminal.out().println("epoch " + row.number() + " is over");
    terminal.out().flush();
  }

  /// Waits for a process that outlives, for some moments, the study that started it.
  private static void awaitFormer(Path folder) {
    long begun = System.nanoTime();
    while (isRunning(folder) && System.nanoTime() - begun < PATIENCE) {
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static boolean isRunning(Path folder) {
    try {
      return RunRecord.read(folder).state() == RunRecord.State.RUNNING;
    } catch (OptionException e) {
      return false;
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the most memory that this process had resident so far, in bytes; 0 if that is not
  /// told}
  private static long peak() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kilobytes -> 1024 * Long.parseLong(kilobytes))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException | NumberFormatException e) {
      return 0; // not Linux
    }
  }
}
