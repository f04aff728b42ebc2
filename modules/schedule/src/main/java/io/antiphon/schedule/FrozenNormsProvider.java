package io.antiphon.schedule;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Provides [FrozenNorms].
@Id("frozen-norms")
@Summary(
    "lets frozen batch norms compute with their running statistics, which then stay as they are")
public final class FrozenNormsProvider implements CallbackProvider<FrozenNormsProvider.Options> {
  /// Used by the service loader.
  public FrozenNormsProvider() {}

  /// There are no options.
  public record Options() {}

  @Override
  public Options defaults() {
    return new Options();
  }

  @Override
  public Callback create(Options options) {
    return new FrozenNorms();
  }
}
