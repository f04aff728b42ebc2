import org.jspecify.annotations.NullMarked;

/// How far a run is, and work before it: a bar on a terminal, and a table of epochs.
///
/// @provides io.antiphon.core.spi.CallbackProvider `progress`
/// @provides io.antiphon.core.spi.Work.Shower bars for work before a fit
@NullMarked
module io.antiphon.progress {
  requires transitive io.antiphon.core;

  exports io.antiphon.progress;

  opens io.antiphon.progress to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.progress.Progress.Options;
  provides io.antiphon.core.spi.Work.Shower with
      io.antiphon.progress.WorkBar;
}
