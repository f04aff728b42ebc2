package io.antiphon.study;

import io.antiphon.cli.Terminal;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// Tells how far a study is: a line for each trial that ends, and on a terminal one below that
/// tells which run and how long it still takes.
final class Progress {
  private static final String CLEAR = "\r\u001b[K";

  private final Terminal terminal;
  private final StudyFolder study;
  private final Plan plan;
  private final long begun = System.nanoTime();
  private double done;
  private double all;
  private double work = 1;
  private int count;
  private int of;
  private String shown = "";

  Progress(Terminal terminal, StudyFolder study, Plan plan) {
    this.terminal = terminal;
    this.study = study;
    this.plan = plan;
  }

  /// Begins with some trials.
  ///
  /// @param trials how many this time
  /// @param work what each of them has to do, in any unit
  /// @param later what is to do after them, in the same unit
  void begin(int trials, double work, double later) {
    of = trials;
    count = 0;
    all = done + trials * work + later;
    this.work = work;
  }

  void begun(Plan.Trial trial) {
    if (terminal.isWatched()) {
      show(List.of(trial));
    }
  }

  /// Tells that a trial is where it shall be, or failed.
  void ended(Plan.Trial trial) {
    count++;
    done += work;
    String line =
        "%d of %d: %s: %s"
            .formatted(count, of, told(trial), Result.of(study, trial).told(plan.metric()));
    clear();
    terminal.out().println(line);
    terminal.out().flush();
  }

  /// Tells which trials run, on a terminal.
  void show(List<Plan.Trial> running) {
    if (!terminal.isWatched() || running.isEmpty()) {
      clear();
      return;
    }
    String line =
        running.stream()
            .sorted(Comparator.comparingInt(Plan.Trial::number))
            .map(trial -> "%s (epoch %d)".formatted(told(trial), study.rows(trial).size()))
            .collect(
                Collectors.joining(
                    ", ", "%d of %d done%s; running: ".formatted(count, of, left()), ""));
    if (!line.equals(shown)) {
      terminal.out().print(CLEAR + cut(line));
      terminal.out().flush();
      shown = line;
    }
  }

  private String told(Plan.Trial trial) {
    return plan.command().equals(Plan.ABLATE)
        ? trial.name() + ", seed " + trial.seed()
        : "trial " + trial.name();
  }

  private static String cut(String line) {
    return line.length() < 79 ? line : line.substring(0, 78) + "…";
  }

  private String left() {
    if (done == 0) {
      return "";
    }
    double seconds = (System.nanoTime() - begun) / 1e9 / done * (all - done);
    Duration left = Duration.ofSeconds(Math.round(seconds));
    return left.toHours() > 0
        ? ", %d:%02d:%02d left"
            .formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart())
        : ", %d:%02d left".formatted(left.toMinutes(), left.toSecondsPart());
  }

  /// Takes the line of what runs away.
  void clear() {
    if (!shown.isEmpty()) {
      terminal.out().print(CLEAR);
      terminal.out().flush();
      shown = "";
    }
  }
}
