package io.antiphon.experiment;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.Observer;
import io.antiphon.core.Stateful;

/// Stands in for an observer where nothing shall be shown, written or sent: it hears no event.
///
/// @param name the observer's
record Silent(String name) implements Observer {
  /// {@return what stands in for a callback: itself, unless it is an observer}
  static Callback ofObserver(Callback callback) {
    if (!(callback instanceof Observer)) {
      return callback;
    }
    return callback instanceof Stateful<?> stateful
        ? new Remembering<>(callback.name(), stateful)
        : new Silent(callback.name());
  }

  /// One whose memory a checkpoint has.
  private record Remembering<S extends Record>(String name, Stateful<S> of)
      implements Observer, Stateful<S> {
    @Override
    public S state(NDManager manager) {
      return of.state(manager);
    }

    @Override
    public void restore(S state) {
      // nothing is made of it
    }

    @Override
    public Class<S> stateType() {
      return of.stateType();
    }

    @Override
    public int stateVersion() {
      return of.stateVersion();
    }
  }
}
