package io.antiphon.cli;

import io.antiphon.core.options.Spelling;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.ModelExporter;
import io.antiphon.experiment.Sentence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `antiphon export DIR --to FOLDER`.
@Command(
    name = "export",
    description = {
      "Writes the model that a run left for programs without Antiphon: as a PyTorch module in Python"
          + " with its weights in safetensors, and as TorchScript."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  private static final String MODULE = "io.antiphon.export";

  @Parameters(
      paramLabel = "DIR",
      description = "The folder of a run, or a copy of the folder 'model' in it.")
  private Path folder = Path.of("");

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Where to; empty or not there.")
  private Path to = Path.of("");

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description = "What to write, where plug-ins add more; ${DEFAULT-VALUE} by default.")
  private String name = "torch";

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ModelExporter exporter = exporter();
    var table = new Table();
    try (FinishedModel model = FinishedModel.open(folder, plugins.catalog())) {
      exporter.write(model, to).forEach((file, what) -> table.add(file, what));
    } catch (UnsupportedOperationException e) {
      throw new WrongUsage(Sentence.of(e), e);
    }
    terminal.out().printf("in %s%n%s", Sentence.shown(to.toString()), table.lines("  "));
    terminal.out().flush();
    return 0;
  }

  private ModelExporter exporter() {
    var names = new ArrayList<String>();
    for (ModuleLayer layer : plugins.layers()) {
      for (ModelExporter each : ServiceLoader.load(layer, ModelExporter.class)) {
        if (each.name().equals(name)) {
          return each;
        }
        names.add(each.name());
      }
    }
    throw new WrongUsage(
        names.isEmpty()
            ? "export needs module %s, which is neither built in here nor among the plug-ins; './antiphon export' in a checkout of Antiphon has it"
                .formatted(MODULE)
            : "there is no export '%s'%s"
                .formatted(name, Spelling.hint(name, List.copyOf(names), "there are")));
  }
}
