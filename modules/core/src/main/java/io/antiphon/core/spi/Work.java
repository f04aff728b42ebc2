package io.antiphon.core.spi;

import java.util.Optional;
import java.util.ServiceLoader;

/// Long work before a fit, such as drawing, reading or downloading data, that people see the end of
/// coming: `try (Work work = Work.begin("drawing digits", 1_000_000)) { … work.add(1000); … }`.
///
/// It is shown by a [Shower], if a module provides one and it wants to, such as a bar on a
/// terminal; else nothing happens. It is used by one thread at a time.
public interface Work extends AutoCloseable {
  /// Begins.
  ///
  /// @param what is done, in a few words: `drawing digits`
  /// @param total how much there is to do, in any unit, at least 0
  static Work begin(String what, long total) {
    return ServiceLoader.load(Shower.class)
        .findFirst()
        .flatMap(shower -> shower.show(what, total))
        .orElse(_ -> {});
  }

  /// Some more of it is done.
  void add(long more);

  /// It is over, or given up.
  @Override
  default void close() {}

  /// Shows work: a service, found by `ServiceLoader`.
  interface Shower {
    /// {@return what hears how far it is; empty if it is not to be shown}
    Optional<Work> show(String what, long total);
  }
}
