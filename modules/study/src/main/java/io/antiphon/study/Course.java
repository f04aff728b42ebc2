package io.antiphon.study;

import io.antiphon.cli.Terminal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Runs a study, from its beginning or from where it was: every trial to its end, or by successive
/// halving, rung by rung, the better part of the trials of each.
///
/// What goes on is decided by what the trials scored at the rung, whichever of them ended first, so
/// it is the same however many run at once, and wherever the study was interrupted.
///
/// Source: K. Jamieson, A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter
/// Optimization, 2016.
final class Course {
  private final StudyFolder study;
  private final Plan plan;
  private final Terminal terminal;
  private final Progress progress;

  Course(StudyFolder study, Plan plan, Terminal terminal) {
    this.study = study;
    this.plan = plan;
    this.terminal = terminal;
    progress = new Progress(terminal, study, plan);
  }

  /// {@return whether all trials are over; false if that is left for later}
  boolean run(StudyOptions options, List<Path> plugins) {
    try (FileChannel _ = study.lock();
        Runner runner = runner(options, plugins)) {
      if (options.isRetried()) {
        study.retry(plan.trials());
      }
      boolean done = run(runner);
      progress.clear();
      if (!done && !options.isForSlurm()) {
        terminal
            .err()
            .printf("antiphon: to go on, antiphon %s --resume %s%n", plan.command(), study.path());
      }
      return done;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Runner runner(StudyOptions options, List<Path> plugins) {
    if (options.isForSlurm()) {
      return new JobArray(
          study, plan, plugins, options.jobs(), options.sbatch(), options.isSubmitted(), terminal);
    }
    int wanted = options.jobs().orElse(1);
    int atOnce = atOnce(wanted, plan.threads(), Runtime.getRuntime().availableProcessors());
    if (atOnce < wanted) {
      terminal
          .out()
          .printf(
              "%d at once instead of %d: each trial computes with %d threads, and there are %d cores;"
                  + " --threads 1 in a new study lets more%n",
              atOnce, wanted, plan.threads(), Runtime.getRuntime().availableProcessors());
    }
    return new Crew(study, plugins, atOnce, progress);
  }

  /// {@return how many trials run at once, so that their threads have a core each; at least one}
  static int atOnce(int wanted, int threads, int cores) {
    return Math.max(1, Math.min(wanted, cores / threads));
  }

  private boolean run(Runner runner) {
    List<Plan.Trial> trials = plan.trials();
    long before = 0;
    for (int rung : plan.rungs()) {
      int later = kept(trials.size());
      begin(trials, OptionalInt.of(rung), rung - before, later * (plan.epochs() - (double) rung));
      if (!runner.run(trials, OptionalInt.of(rung))) {
        return false;
      }
      trials = survivors(trials, rung);
      progress.clear();
      terminal
          .out()
          .printf(
              "after epoch %d, %d of %d trials go on%n", rung, trials.size(), plan.trials().size());
      before = rung;
    }
    double work = plan.rungs().isEmpty() ? 1 : plan.epochs() - (double) before;
    begin(trials, OptionalInt.empty(), work, 0);
    return runner.run(trials, OptionalInt.empty());
  }

  private void begin(List<Plan.Trial> trials, OptionalInt until, double work, double later) {
    progress.begin(Runner.missing(study, trials, until).size(), work, later);
  }

  private int kept(int trials) {
    return Math.max(1, Math.ceilDiv(trials, plan.eta()));
  }

  /// {@return the trials that go on after a rung, by their numbers: the better ones, of equal ones
  /// that of the smaller number; what failed or has no number does not}
  List<Plan.Trial> survivors(List<Plan.Trial> trials, int rung) {
    var scored = new ArrayList<Result>();
    for (Plan.Trial trial : trials) {
      Result result = Result.of(study, trial);
      if (Double.isFinite(result.value(plan.metric(), rung))) {
        scored.add(result);
      }
    }
    scored.sort(byValue(plan, Optional.of(rung)));
    return scored.stream()
        .limit(kept(trials.size()))
        .map(Result::trial)
        .sorted(Comparator.comparingInt(Plan.Trial::number))
        .toList();
  }

  /// {@return an order, the best one first, what has no number last}
  ///
  /// @param epochs how many epochs count; all if nobody says
  static Comparator<Result> byValue(Plan plan, Optional<Integer> epochs) {
    double sign = plan.isHigherBetter() ? -1 : 1;
    return Comparator.<Result>comparingDouble(
            result -> {
              double value =
                  result.value(
                      plan.metric(), epochs.map(Integer::longValue).orElse(Long.MAX_VALUE));
              return Double.isFinite(value) ? sign * value : Double.POSITIVE_INFINITY;
            })
        .thenComparingInt(result -> result.trial().number());
  }
}
