package io.antiphon.study;

import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Where a study is, and how its trials run.
final class StudyOptions {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final int MOST_THREADS = 256;
  private static final int MOST_JOBS = 1024;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The study's folder, empty or not there; by default runs/COMMAND-NAME-TIME.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description =
          "Goes on with the study in this folder, as it was planned: trials that are over stay,"
              + " others go on from their newest checkpoints.")
  private Optional<Path> resume = Optional.empty();

  @Option(
      names = "--retry",
      description =
          "With --resume: trials that failed go on, too, from their newest checkpoints; for when the"
              + " cause is mended.")
  private boolean retry;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description =
          "How many trials run at once, in processes of their own; by default 1, and with --slurm as"
              + " many as it lets. Results do not depend on it.")
  private Optional<Integer> jobs = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "How many threads each trial computes with; by default as the experiment says, or as"
              + " suits its model.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      description = "The number by which trials are judged; by default the first metric.")
  private Optional<String> metric = Optional.empty();

  @Option(
      names = "--slurm",
      description = "Write a script that runs the trials as a job array of Slurm, and run none.")
  private boolean slurm;

  @Option(
      names = "--submit",
      description = "With --slurm: submit the script, too, and wait until its jobs have ended.")
  private boolean submit;

  @Option(
      names = "--sbatch",
      paramLabel = "OPTION",
      description =
          "With --slurm: an option for sbatch, as --sbatch=--partition=gpu; several times.")
  private List<String> sbatch = List.of();

  Optional<Path> resume() {
    return resume;
  }

  boolean isRetried() {
    return retry;
  }

  Optional<Integer> threads() {
    return threads;
  }

  Optional<String> metric() {
    return metric;
  }

  boolean isForSlurm() {
    return slurm;
  }

  boolean isSubmitted() {
    return submit;
  }

  List<String> sbatch() {
    return sbatch;
  }

  Optional<Integer> jobs() {
    return jobs;
  }

  /// Refuses what cannot be.
  ///
  /// @param saysMore whether the command line says what a study is, which one that goes on knows
  void check(boolean saysMore) {
    threads.ifPresent(count -> inRange("--threads", count, MOST_THREADS));
    jobs.ifPresent(count -> inRange("--jobs", count, MOST_JOBS));
    if ((submit || !sbatch.isEmpty()) && !slurm) {
      throw refused(submit ? "--submit" : "--sbatch", "this goes with --slurm");
    }
    if (retry && resume.isEmpty()) {
      throw refused("--retry", "this goes with --resume");
    }
    for (String option : sbatch) {
      if (!option.startsWith("-") || option.contains("\n")) {
        throw refused("--sbatch " + option, "an option of sbatch begins with -, as --time=1:00:00");
      }
    }
    if (resume.isPresent()
        && (saysMore || out.isPresent() || threads.isPresent() || metric.isPresent())) {
      throw refused(
          "--resume",
          "this goes on with a study as it was planned; besides it there may be --retry, --jobs,"
              + " --plugins and --slurm");
    }
  }

  private static void inRange(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw refused(option + " " + value, "this must be 1 to " + most);
    }
  }

  /// Refuses the folder of another command's study.
  static void check(StudyFolder study, Plan plan, String command) {
    if (!plan.command().equals(command)) {
      throw StudyFolder.refused(
          study.path(),
          "this is the study of antiphon %s; resume it by that".formatted(plan.command()));
    }
  }

  static OptionException refused(String option, String sentence) {
    return new OptionException(new Place(option, 0, 0, Path.of("")), sentence);
  }

  /// {@return the folder of a new study}
  Path folder(String command, String name) {
    String plain =
        name.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9._-]+", "-")
            .replaceAll("^[.-]+|[.-]+$", "");
    String stamped =
        "%s-%s-%s"
            .formatted(
                command,
                plain.isEmpty() ? "study" : plain.substring(0, Math.min(plain.length(), 100)),
                LocalDateTime.now(ZoneId.systemDefault()).format(TIME));
    return out.orElse(Path.of("runs", stamped));
  }
}
