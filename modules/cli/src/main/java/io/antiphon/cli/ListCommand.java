package io.antiphon.cli;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Option;
import io.antiphon.core.options.Spelling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `antiphon list [KIND|ID]`.
@Command(
    name = "list",
    description = "Lists the components that there are: what each does, its module, its options.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "KIND|ID",
      description =
          "Only this kind (data, tokenizer, model, splitter, loss, optimizer, policy, metric, callback, cluster),"
              + " or only components with this id.")
  private String wanted = "";

  @picocli.CommandLine.Option(
      names = "--markdown",
      description = "As a page in Markdown, every option in a table.")
  private boolean markdown;

  @Mixin private Plugins plugins = new Plugins();

  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Catalog catalog = plugins.catalog();
    var listed = new LinkedHashMap<Kind<?>, List<? extends Component<?>>>();
    Optional<Kind<?>> one = Kind.named(wanted);
    for (Kind<?> each : one.map(List::<Kind<?>>of).orElse(Kind.all())) {
      List<? extends Component<?>> components = catalog.components(each);
      if (one.isPresent() || wanted.isEmpty()) {
        listed.put(each, components);
      } else if (catalog.find(each, wanted).isPresent()) {
        listed.put(each, components.stream().filter(some -> some.id().equals(wanted)).toList());
      }
    }
    if (listed.isEmpty()) {
      throw new WrongUsage(unknown(catalog));
    }
    if (markdown) {
      terminal.out().print(ComponentsPage.of(listed));
      terminal.out().flush();
      return 0;
    }
    var text = new StringBuilder();
    listed.forEach((kind, components) -> {
      text.append(kind.plural()).append('\n');
      append(components, text);
      text.append('\n');
    });
    List<Catalog.Broken> broken = catalog.broken();
    if (!broken.isEmpty()) {
      text.append("broken\n");
      broken.forEach(each -> text.append("  ").append(each).append('\n'));
    }
    terminal.out().print(text.toString().stripTrailing() + "\n");
    terminal.out().flush();
    return 0;
  }

  private String unknown(Catalog catalog) {
    List<String> kinds = Kind.all().stream().map(Kind::singular).toList();
    List<String> names =
        Stream.concat(
                kinds.stream(),
                Kind.all().stream()
                    .flatMap(each -> catalog.components(each).stream())
                    .map(Component::id))
            .toList();
    return "there is no kind of components and no component '%s'%sinds are %s"
        .formatted(
            wanted,
            Spelling.nearest(wanted, names).map("; did you mean '%s'? K"::formatted).orElse("; k"),
            String.join(", ", kinds));
  }

  private static void append(List<? extends Component<?>> components, StringBuilder text) {
    if (components.isEmpty()) {
      text.append("  none\n");
    }
    var heads = new Table();
    components.forEach(each -> heads.add(each.id(), each.summary(), each.module()));
    List<String> lines = heads.lines("  ").lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      text.append(lines.get(i)).append('\n');
      var options = new Table();
      options(components.get(i))
          .forEach(option ->
              options.add(option.name() + ": " + option.value(), option.type(), option.summary()));
      text.append(options.lines("      "));
    }
  }

  static List<Option> options(Component<?> component) {
    try {
      return component.options();
    } catch (RuntimeException | Error e) { // a plug-in may throw anything
      return List.of(); // told at the end
    }
  }
}
