package io.antiphon.cli;

import io.antiphon.core.Checkpoint;
import io.antiphon.core.Journal;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Replay;
import io.antiphon.experiment.Run;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `antiphon replay DIR --step N`.
@Command(
    name = "replay",
    description = {
      "Runs steps of a run again, bit by bit, and tells who changed what in them: loss, inputs,"
          + " hyper-parameters, gradients, skipped and cancelled levels. The run's folder stays as it"
          + " is."
    },
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of a run.")
  private Path folder = Path.of("");

  @Option(
      names = "--step",
      required = true,
      paramLabel = "N",
      description = "The first training batch of the run to tell of, from 1.")
  private long step;

  @Option(names = "--until", paramLabel = "M", description = "The last one; by default the same.")
  private Optional<Long> until = Optional.empty();

  @Option(
      names = "--watch",
      paramLabel = "NAME",
      description = "Tell of this alone: loss, lr, inputs, gradient norm, step, ...")
  private Optional<String> watch = Optional.empty();

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;
  private final Set<String> names = new TreeSet<>();
  private Table table = new Table();
  private long told = -1;
  private boolean found;

  ReplayCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    long last = until.orElse(step);
    if (step < 1 || last < step) {
      throw new WrongUsage(
          step < 1
              ? "--step is %d; steps count from 1".formatted(step)
              : "--until is %d, before --step, which is %d".formatted(last, step));
    }
    var experiment = ExperimentFile.read(Run.experiment(folder)).resolve(plugins.catalog());
    Replay replay;
    try (var _ = new Silence(true)) {
      replay = Replay.of(experiment, folder, step, last, this::tell);
    } finally {
      flush();
    }
    if (replay.steps() < step) {
      throw new WrongUsage(
          "--step is %d, and the run ends after step %d".formatted(step, replay.steps()));
    }
    replay.bad().forEach(bad -> terminal.err().println("antiphon: " + bad));
    terminal.out().println(told(replay, last));
    terminal.out().flush();
    return 0;
  }

  private void tell(Journal.Entry entry) {
    names.add(entry.what());
    if (watch.isPresent() && !watch.get().equals(entry.what())) {
      return;
    }
    found = true;
    if (entry.step() != told) {
      flush();
      told = entry.step();
      terminal.out().printf("step %d, epoch %d%n", entry.step(), entry.epoch());
    }
    table.add(entry.event().toString(), entry.who(), entry.what(), Sentence.shown(entry.change()));
  }

  private void flush() {
    if (!table.isEmpty()) {
      terminal.out().print(table.lines("  "));
      terminal.out().flush();
      table = new Table();
    }
  }

  private String told(Replay replay, long last) {
    var text = new StringBuilder();
    if (!found && watch.isPresent()) {
      text.append(
          "nothing called '%s' changed; what did: %s%n"
              .formatted(Sentence.shown(watch.get()), String.join(", ", names)));
    }
    if (replay.steps() < last) {
      text.append("the run ends after step %d%n".formatted(replay.steps()));
    }
    text.append(
        replay
            .from()
            .map(from -> "replayed from %s, after step %d".formatted(name(from), from.steps()))
            .orElse("replayed from the beginning"));
    list(text, "; the weights of %s came out again, bit by bit", replay.same());
    list(text, "; OTHER weights than those of %s came out", replay.other());
    return text.toString();
  }

  private static void list(StringBuilder text, String sentence, List<Checkpoint> which) {
    if (!which.isEmpty()) {
      text.append(
          sentence.formatted(String.join(", ", which.stream().map(ReplayCommand::name).toList())));
    }
  }

  private static String name(Checkpoint checkpoint) {
    return Sentence.shown(String.valueOf(checkpoint.folder().getFileName()));
  }
}
