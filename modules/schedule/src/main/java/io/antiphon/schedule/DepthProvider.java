package io.antiphon.schedule;

import io.antiphon.core.Splitter;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Summary;

/// Provides [Parts#byDepth].
@Id("depth")
@Summary("splits a model into parts of nearly equal numbers of layers")
public final class DepthProvider implements SplitterProvider<DepthProvider.Options> {
  /// Used by the service loader.
  public DepthProvider() {}

  /// The options.
  ///
  /// @param parts how many, at least 1; default 3
  public record Options(@Summary("how many parts, at least 1") int parts) {
    public Options {
      OneCycle.atLeastOne("parts", parts);
    }
  }

  @Override
  public Options defaults() {
    return new Options(3);
  }

  @Override
  public Splitter create(Options options) {
    return Parts.by("parts", options.parts, Parts.byDepth(options.parts));
  }
}
