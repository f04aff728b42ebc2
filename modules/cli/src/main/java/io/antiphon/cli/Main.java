package io.antiphon.cli;

import io.antiphon.core.CheckpointException;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Spelling;
import io.antiphon.experiment.Sentence;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `antiphon` command.
///
/// Exit code 0: done. 1: a run failed. 2: the command line or a file is wrong. What is wrong is
/// told in one sentence on standard error; `--debug` adds the stack trace.
@Command(
    name = "antiphon",
    description = "Trains neural networks: the loop calls, callbacks answer.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a run failed, or what it gives could not be written",
      "2:the command line or a file is wrong",
      "130:ended by Ctrl-C, after the batch that ran; 143 by SIGTERM"
    })
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG = 2;

  /// Commands that modules bring which need not be in an image.
  private static final Map<String, String> ELSEWHERE =
      Map.of("ablate", "io.antiphon.study", "sweep", "io.antiphon.study");

  @Option(
      names = "--debug",
      description = "Tell failures with their stack traces.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  private final Terminal terminal;

  private Main(Terminal terminal) {
    this.terminal = terminal;
  }

  /// Runs a command, and ends the JVM with its exit code.
  public static void main(String[] arguments) {
    // numbers look the same on every machine
    Locale.setDefault(Locale.ROOT);
    System.exit(run(Terminal.system(), arguments));
  }

  /// Runs a command.
  ///
  /// @param out standard output
  /// @param err standard error
  /// @param arguments the command line
  /// @return the exit code
  public static int run(PrintStream out, PrintStream err, String... arguments) {
    return run(new Terminal(out, err, false, false), arguments);
  }

  static int run(Terminal terminal, String... arguments) {
    var main = new Main(terminal);
    try {
      return main.written(main.commandLine().execute(arguments));
    } catch (
        Error e) { // picocli hands on exceptions only; libtorch that cannot be loaded is an error
      return main.fail(e);
    }
  }

  /// {@return an exit code, or that of a failure if standard output did not take what was told}
  private int written(int code) {
    if (!terminal.isBroken()) {
      return code;
    }
    if (code == 0) {
      terminal.err().println("antiphon: standard output cannot be written");
    }
    return code == 0 ? FAILED : code;
  }

  private CommandLine commandLine() {
    var line = new CommandLine(this);
    line.addSubcommand(new TrainCommand(terminal));
    line.addSubcommand(new ValidateCommand(terminal));
    line.addSubcommand(new PredictCommand(terminal));
    line.addSubcommand(new TopLossesCommand(terminal));
    line.addSubcommand(new ExportCommand(terminal));
    line.addSubcommand(new ReplayCommand(terminal));
    line.addSubcommand(new RunsCommand(terminal));
    line.addSubcommand(new CompareCommand(terminal));
    line.addSubcommand(new ExplainCommand(terminal));
    line.addSubcommand(new DataCommand(terminal));
    line.addSubcommand(new LrFindCommand(terminal));
    line.addSubcommand(new ListCommand(terminal));
    line.addSubcommand(new DoctorCommand(terminal));
    boolean linksImages =
        ModuleLayer.boot().findModule("io.antiphon.image").isPresent()
            && System.getProperty(ImageCommand.MODULES) != null;
    line.addSubcommand(linksImages ? new ImageCommand(terminal) : new NoImageCommand());
    for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
      provider.commands(terminal).forEach(command -> add(line, command));
    }
    line.registerConverter(Path.class, Main::path);
    line.registerConverter(Integer.class, text -> number(text, "whole number", Integer::valueOf));
    line.registerConverter(int.class, text -> number(text, "whole number", Integer::valueOf));
    line.registerConverter(Long.class, text -> number(text, "whole number", Long::valueOf));
    line.registerConverter(long.class, text -> number(text, "whole number", Long::valueOf));
    line.registerConverter(double.class, text -> number(text, "number", Double::valueOf));
    line.setExpandAtFiles(false); // an argument is what it says
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((wrong, _) -> refuse(wrong));
    line.setExecutionExceptionHandler((failure, _, _) -> fail(failure));
    return line;
  }

  private void add(CommandLine line, Callable<Integer> command) {
    try {
      line.addSubcommand(command);
    } catch (CommandLine.InitializationException e) {
      terminal
          .err()
          .printf(
              "antiphon: %s of module %s is no command: %s%n",
              command.getClass().getName(),
              command.getClass().getModule().getName(),
              Sentence.of(e));
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("no path: " + e.getReason());
    }
  }

  private static <N extends Number> N number(String text, String what, Function<String, N> parse) {
    try {
      return parse.apply(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'%s' is no %s".formatted(text, what));
    }
  }

  private int refuse(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    List<String> commands = List.copyOf(command.getSubcommands().keySet());
    String sentence = String.valueOf(wrong.getMessage());
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !commands.isEmpty()
        && !unmatched.getUnmatched().getFirst().startsWith("-")) {
      String word = unmatched.getUnmatched().getFirst();
      sentence =
          "there is no command '%s'".formatted(word)
              + Optional.ofNullable(ELSEWHERE.get(word))
                  .map(
                      " here: module %1$s has it; './antiphon image FILE --add-modules %1$s -o DIR', in a checkout of Antiphon, makes an image that has both"
                          ::formatted)
                  .orElseGet(() -> Spelling.hint(word, commands, "there are"));
    } else if (wrong instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().getFirst();
      List<String> options = List.copyOf(command.getCommandSpec().optionsMap().keySet());
      sentence =
          word.startsWith("-")
              ? "there is no option '" + word + "'" + Spelling.hint(word, options, "there are")
              : "'" + word + "' is one argument too many";
    } else if (command.getParent() == null && sentence.startsWith("Missing required sub")) {
      sentence = "what to do? There are " + String.join(", ", commands);
    }
    terminal.err().println(name + ": " + Sentence.shown(sentence));
    terminal.err().println("'" + name + " --help' tells more");
    trace(wrong);
    return WRONG;
  }

  private int fail(Throwable thrown) {
    Throwable cause = thrown.getCause();
    Throwable failure = thrown instanceof UncheckedIOException && cause != null ? cause : thrown;
    terminal.err().println("antiphon: " + Sentence.of(failure));
    trace(thrown);
    return switch (failure) {
      case OptionException _, CheckpointException _, WrongUsage _, FileSystemException _ -> WRONG;
      default -> FAILED;
    };
  }

  private void trace(Throwable failure) {
    if (debug) {
      failure.printStackTrace(terminal.err());
    }
  }
}
