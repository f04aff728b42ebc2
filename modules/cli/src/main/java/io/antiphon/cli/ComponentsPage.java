package io.antiphon.cli;

import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Option;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// The components that there are, as a page in Markdown.
final class ComponentsPage {
  private static final String HEAD =
      """
      # Components

      What an experiment file can name, each with its options and their defaults. `antiphon list --markdown` prints this page.
      """;

  private ComponentsPage() {}

  static String of(SequencedMap<Kind<?>, List<? extends Component<?>>> listed) {
    var page = new StringBuilder(HEAD);
    listed.forEach((kind, components) -> {
      if (!components.isEmpty()) {
        String title = kind.plural();
        page.append("\n## ")
            .append(title.substring(0, 1).toUpperCase(Locale.ROOT))
            .append(title.substring(1))
            .append('\n');
        components.forEach(component -> append(component, page));
      }
    });
    return page.toString();
  }

  private static void append(Component<?> component, StringBuilder page) {
    page.append("\n### `%s`\n\n".formatted(component.id()));
    page.append("%s (`%s`)\n".formatted(sentence(component.summary()), component.module()));
    List<Option> options = ListCommand.options(component);
    if (options.isEmpty()) {
      return;
    }
    page.append("\n| option | default | is | means |\n|---|---|---|---|\n");
    for (Option option : options) {
      page.append(
          "| `%s` | `%s` | %s | %s |\n"
              .formatted(
                  option.name(),
                  cell(option.value()),
                  cell(option.type()),
                  cell(option.summary())));
    }
  }

  private static String sentence(String clause) {
    return clause.isEmpty()
        ? ""
        : clause.substring(0, 1).toUpperCase(Locale.ROOT) + clause.substring(1) + ".";
  }

  /// {@return a text that ends no cell of a table}
  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
