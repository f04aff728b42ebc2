package io.antiphon.progress;

import io.antiphon.core.Callback;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Makes a [Progress] on standard output.
@Id("progress")
@Summary("table of epochs, and on a terminal a bar with loss and remaining time")
public final class ProgressProvider implements CallbackProvider<ProgressProvider.Options> {
  /// When there is a bar.
  public enum Bar {
    /// If standard output is a terminal.
    AUTO,
    ALWAYS,
    NEVER
  }

  /// How a run is shown.
  ///
  /// @param bar when there is a bar; default [Bar#AUTO]
  public record Options(@Summary("when there is a bar; auto: on a terminal") Bar bar) {}

  @Override
  public Options defaults() {
    return new Options(Bar.AUTO);
  }

  @Override
  public Callback create(Options options) {
    boolean bar =
        switch (options.bar()) {
          case AUTO -> Screen.isTerminal();
          case ALWAYS -> true;
          case NEVER -> false;
        };
    return new Progress(Screen.of(System.out, bar), System::nanoTime);
  }
}
