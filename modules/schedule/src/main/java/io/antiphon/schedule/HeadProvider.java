package io.antiphon.schedule;

import io.antiphon.core.Splitter;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Summary;

/// Provides [Parts#head].
@Id("head")
@Summary("splits a model into its last layers, the head, and what is before, the body")
public final class HeadProvider implements SplitterProvider<HeadProvider.Options> {
  /// Used by the service loader.
  public HeadProvider() {}

  /// The options.
  ///
  /// @param layers how many layers the head has, at least 1; default 1
  public record Options(@Summary("how many layers the head has, at least 1") int layers) {
    public Options {
      OneCycle.atLeastOne("layers", layers);
    }
  }

  @Override
  public Options defaults() {
    return new Options(1);
  }

  @Override
  public Splitter create(Options options) {
    return Parts.by("layers", options.layers, Parts.head(options.layers));
  }
}
