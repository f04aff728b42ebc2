package io.antiphon.metrics;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes [Recorder]s.
@Id("recorder")
@Summary("records losses, hyper-parameters and one row per epoch")
public final class RecorderProvider implements CallbackProvider<Recorder.Options> {
  /// For `ServiceLoader`.
  public RecorderProvider() {}

  @Override
  public Recorder.Options defaults() {
    return new Recorder.Options();
  }

  @Override
  public Callback create(Recorder.Options options) {
    return new Recorder();
  }
}
