package io.antiphon.metrics;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes [TerminateOnNan]s.
@Id("terminate-on-nan")
@Summary("ends the fit at a loss that is infinite or not a number")
public final class TerminateOnNanProvider implements CallbackProvider<TerminateOnNan.Options> {
  /// For `ServiceLoader`.
  public TerminateOnNanProvider() {}

  @Override
  public TerminateOnNan.Options defaults() {
    return new TerminateOnNan.Options();
  }

  @Override
  public Callback create(TerminateOnNan.Options options) {
    return new TerminateOnNan();
  }
}
