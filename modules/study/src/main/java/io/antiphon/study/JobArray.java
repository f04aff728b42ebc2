package io.antiphon.study;

import io.antiphon.cli.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Runs trials as a job array of Slurm: writes the script, and submits it if that is wanted.
///
/// @param study the study
/// @param plan its plan
/// @param plugins folders of plug-ins for its trials
/// @param atOnce how many jobs run at once; as many as Slurm lets if nobody says
/// @param options lines for sbatch
/// @param submit whether to submit the script and wait for its jobs
/// @param terminal where to tell of it
record JobArray(
    StudyFolder study,
    Plan plan,
    List<Path> plugins,
    Optional<Integer> atOnce,
    List<String> options,
    boolean submit,
    Terminal terminal)
    implements Runner {
  private static final String SCRIPT = "study.sbatch";
  private static final Pattern SUBMITTED = Pattern.compile("Submitted batch job (\\d+)");

  JobArray {
    plugins = List.copyOf(plugins);
    options = List.copyOf(options);
  }

  @Override
  public boolean run(List<Plan.Trial> trials, OptionalInt pauseAfter) {
    List<Plan.Trial> missing = Runner.missing(study, trials, pauseAfter);
    if (missing.isEmpty()) {
      return true;
    }
    study.write(SCRIPT, script(missing, pauseAfter));
    Path file = study.path().resolve(SCRIPT);
    if (!submit) {
      terminal
          .out()
          .printf(
              "%d to run in %s; sbatch %2$s runs them, and when they have ended, antiphon %s"
                  + " --resume %s --slurm tells what came of them, or writes what is next%n",
              missing.size(), file, plan.command(), study.path());
      return false;
    }
    submit(file);
    for (Plan.Trial trial : Runner.missing(study, missing, pauseAfter)) {
      Runner.failed(
          study,
          trial,
          "its job ended without a word; what it said is in %s".formatted(study.log(trial)));
    }
    return true;
  }

  /// {@return the script for some trials}
  String script(List<Plan.Trial> trials, OptionalInt pauseAfter) {
    Path trialFiles = study.path().toAbsolutePath().normalize().resolve("trials");
    var lines = new ArrayList<String>();
    lines.add("#!/bin/sh");
    lines.add("# Runs trials of the study beside it; each goes on from where it was.");
    lines.add("#SBATCH --job-name=" + plan.command() + "-" + plan.name().replaceAll("\\s+", "-"));
    String limit = atOnce.map(count -> "%" + count).orElse("");
    lines.add("#SBATCH --array=" + ranges(trials) + limit);
    lines.add("#SBATCH --cpus-per-task=" + plan.threads());
    lines.add("#SBATCH --output=\"" + trialFiles.toString().replace("%", "%%") + "/%3a.log\"");
    lines.add("#SBATCH --open-mode=append");
    lines.add("#SBATCH --requeue");
    options.forEach(option -> lines.add("#SBATCH " + option));
    String command =
        TrialProcess.command(study, plugins).stream()
            .map(JobArray::quoted)
            .collect(Collectors.joining(" "));
    String pause = pauseAfter.isPresent() ? " --pause-after " + pauseAfter.getAsInt() : "";
    lines.add("exec " + command + " \"$SLURM_ARRAY_TASK_ID\"" + pause);
    return String.join("\n", lines) + "\n";
  }

  /// {@return numbers as Slurm takes them: `0-3,7`}
  static String ranges(List<Plan.Trial> trials) {
    List<Integer> numbers = trials.stream().map(Plan.Trial::number).sorted().toList();
    var parts = new ArrayList<String>();
    for (int i = 0; i < numbers.size(); i++) {
      int first = numbers.get(i);
      while (i + 1 < numbers.size() && numbers.get(i + 1) == numbers.get(i) + 1) {
        i++;
      }
      parts.add(first == numbers.get(i) ? "" + first : first + "-" + numbers.get(i));
    }
    return String.join(",", parts);
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private void submit(Path script) {
    try {
      Process process =
          new ProcessBuilder("sbatch", "--wait", script.toAbsolutePath().toString())
              .redirectErrorStream(true)
              .start();
      var said = new StringBuilder();
      boolean submitted = false;
      try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          said.append(line).append(' ');
          Matcher job = SUBMITTED.matcher(line);
          if (job.find()) {
            submitted = true;
            terminal
                .out()
                .printf(
                    "Slurm's job %s has begun; it goes on if this command is ended, and scancel %1$s"
                        + " ends it%n",
                    job.group(1));
            terminal.out().flush();
          }
        }
      }
      int code = process.waitFor(); // that of a trial that failed, too, which is a row
      if (!submitted) {
        throw StudyOptions.refused(
            "--submit",
            "sbatch took no job (exit code %d): %s".formatted(code, said.toString().strip()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Slurm's jobs ran", e);
    } catch (IOException e) {
      if (!Files.exists(script)) {
        throw new UncheckedIOException(e);
      }
      throw StudyOptions.refused(
          "--submit", "there is no sbatch on the PATH; the script is in " + script);
    }
  }

  @Override
  public void close() {
    // Slurm's jobs are its own
  }
}
