package io.antiphon.study;

import io.antiphon.cli.CommandProvider;
import io.antiphon.cli.Terminal;
import java.util.List;
import java.util.concurrent.Callable;

/// The commands of this module.
public final class StudyCommands implements CommandProvider {
  public StudyCommands() {}

  @Override
  public List<Callable<Integer>> commands(Terminal terminal) {
    return List.of(
        new AblateCommand(terminal), new SweepCommand(terminal), new TrialCommand(terminal));
  }
}
