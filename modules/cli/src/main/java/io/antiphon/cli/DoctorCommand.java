package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.experiment.Sentence;
import io.antiphon.torch.Diagnosis;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `antiphon doctor`.
@Command(
    name = "doctor",
    description = {
      "Tells what there is to compute with, whether it computes rightly, and what to do if not.",
      "Exit code 1 if libtorch cannot be loaded, or computes wrongly whatever is done."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final int WRONG_NUMBERS = 1;

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var warnings = new ArrayList<String>();
    var facts = new Table();
    facts.add("antiphon", Version.own());
    facts.add(
        "Java",
        "%s; heap up to %,d MiB".formatted(Version.java(), Runtime.getRuntime().maxMemory() >> 20));
    facts.add("components", components(warnings));
    tell(facts); // also if libtorch cannot be loaded

    Diagnosis diagnosis = Diagnosis.take();
    var more = new Table();
    diagnosis.facts().forEach((name, fact) -> more.add("%-10s".formatted(name), fact));
    tell(more);
    warnings.addAll(0, diagnosis.warnings());
    warnings.forEach(each -> terminal.out().println("warning: " + Sentence.shown(each)));
    if (warnings.isEmpty()) {
      terminal.out().println("nothing is wrong");
    }
    terminal.out().flush();
    return diagnosis.isRight() ? 0 : WRONG_NUMBERS;
  }

  private void tell(Table facts) {
    terminal.out().print(facts.lines(""));
    terminal.out().flush();
  }

  private String components(List<String> warnings) {
    Catalog catalog = plugins.catalog();
    List<? extends Component<?>> all =
        Kind.all().stream().flatMap(kind -> catalog.components(kind).stream()).toList();
    all.forEach(ListCommand::options); // which finds what is broken
    catalog.broken().forEach(each -> warnings.add(each.toString()));
    long modules = all.stream().map(Component::module).distinct().count();
    return "%d in %d modules".formatted(all.size(), modules);
  }
}
