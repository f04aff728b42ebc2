package io.antiphon.schedule;

import io.antiphon.core.Splitter;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Provides [Parts#byName].
@Id("names")
@Summary("splits a model by the names of its parameters")
public final class NamesProvider implements SplitterProvider<NamesProvider.Options> {
  /// Used by the service loader.
  public NamesProvider() {}

  /// The options.
  ///
  /// @param patterns a part for each, behind one of what none of them finds; default none
  public record Options(
      @Summary("regular expressions, a part for each, looked for in the names of parameters")
          List<String> patterns) {
    public Options {
      patterns = List.copyOf(patterns);
      for (String pattern : patterns) {
        try {
          Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
          throw new IllegalArgumentException(
              "patterns is %s, but '%s' is no regular expression: %s"
                  .formatted(patterns, pattern, e.getDescription()));
        }
      }
    }
  }

  @Override
  public Options defaults() {
    return new Options(List.of());
  }

  @Override
  public Splitter create(Options options) {
    if (options.patterns.isEmpty()) {
      throw new IllegalArgumentException(
          "patterns is empty, so nothing is split; name parameters, [embedding, head]");
    }
    return Parts.by(
        "patterns", options.patterns, Parts.byName(options.patterns.toArray(String[]::new)));
  }
}
