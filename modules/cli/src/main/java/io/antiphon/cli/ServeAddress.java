package io.antiphon.cli;

import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/// The value of `--serve`, which need not be there: what does not look like one is the next
/// argument, the experiment's file.
final class ServeAddress implements IParameterConsumer {
  private static final String AUTO = "auto";

  @Override
  public void consumeParameters(Stack<String> rest, ArgSpec option, CommandSpec command) {
    boolean isSaid = !rest.isEmpty() && rest.peek().matches("(\\S+:)?([0-9]+|" + AUTO + ")");
    option.setValue(Optional.of(isSaid ? rest.pop() : AUTO));
  }
}
