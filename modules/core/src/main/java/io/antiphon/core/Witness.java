package io.antiphon.core;

import org.jspecify.annotations.Nullable;

/// An observer that sees what each callback does: it is told before and after every hook of another
/// one.
///
/// It is told even of hooks that throw. It may look at all that the scope tells then, and change
/// nothing.
public interface Witness extends Observer {
  /// A hook of a callback is called next.
  void before(Callback callback, Event event, Scope scope);

  /// A hook of a callback has returned, or thrown.
  ///
  /// @param thrown what it threw, if it did
  void after(Callback callback, Event event, Scope scope, @Nullable Throwable thrown);
}
