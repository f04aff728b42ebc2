package io.antiphon.core;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Calls the hooks of one run, in order.
final class Dispatcher {
  private static final Logger LOGGER = System.getLogger(Dispatcher.class.getName());

  private final Learner learner;
  private final Purpose purpose;
  private final Scoring scoring = new Scoring();
  private final Meter meter;
  private final List<Callback> dropped = new ArrayList<>();
  private List<Callback> ordered = List.of();
  private Map<Event, Callback[]> heard = Map.of();
  private int version = -1;
  private @Nullable Fit fit;
  private @Nullable Callback current;
  private @Nullable Event event;

  Dispatcher(Learner learner, Purpose purpose) {
    this.learner = learner;
    this.purpose = purpose;
    this.meter = new Meter(learner);
  }

  /// Takes up a fit; the callbacks must fit together.
  void begin(Fit fit) {
    this.fit = fit;
    refresh();
  }

  void fire(Event event, Scope scope) {
    refresh();
    for (Callback callback : listeners(event)) {
      call(callback, event, scope);
    }
  }

  /// Fires a cleanup event: in reverse, and to all, whoever fails.
  ///
  /// @return the failure to report, if any
  @Nullable Throwable cleanup(Event event, Scope scope, @Nullable Throwable failure) {
    try {
      refresh();
    } catch (RuntimeException e) {
      failure = Loop.join(failure, e);
    }
    Callback[] callbacks = listeners(event);
    for (int i = callbacks.length - 1; i >= 0; i--) {
      try {
        call(callbacks[i], event, scope);
      } catch (RuntimeException | Error e) {
        failure = Loop.join(failure, e);
      }
    }
    return failure;
  }

  private Callback[] listeners(Event event) {
    return Objects.requireNonNull(heard.get(event));
  }

  private void call(Callback callback, Event event, Scope scope) {
    Callback outer = current;
    Event outerEvent = this.event;
    current = callback;
    this.event = event;
    try {
      event.call(callback, scope);
    } catch (RuntimeException | LinkageError e) {
      if (callback instanceof Observer) {
        drop(callback, event, e);
      } else if (e instanceof CancelException cancel) {
        cancel.thrownBy(callback.name());
        check(cancel);
        throw cancel;
      } else if (e instanceof RuntimeException failure) {
        throw new CallbackException(callback.name(), event, scope.fit().place(), failure);
      } else {
        throw e;
      }
    } finally {
      current = outer;
      this.event = outerEvent;
    }
  }

  private void drop(Callback observer, Event event, Throwable failure) {
    dropped.add(observer);
    version = -1;
    LOGGER.log(
        Logger.Level.WARNING,
        "observer '%s' failed at %s and is left out of the rest of this run: %s"
            .formatted(observer.name(), event, failure),
        failure);
  }

  /// Refuses a cancel of a level that is over or not open, and any in a cleanup.
  void check(CancelException cancel) {
    cancel.thrownBy("the training step");
    Fit run = Objects.requireNonNull(fit);
    boolean inCleanup = event != null && event.edge() == Event.Edge.CLEANUP;
    if (inCleanup || !run.isOpen(cancel.level())) {
      throw new IllegalStateException(
          "%s threw %s%s, but %s (reason given: %s)"
              .formatted(
                  current == null ? cancel.who() : "callback '" + cancel.who() + "'",
                  cancel.getClass().getSimpleName(),
                  event == null ? "" : " at " + event,
                  inCleanup
                      ? "a CLEANUP event cannot cancel"
                      : "level " + cancel.level() + " is over or not open",
                  cancel.why()));
    }
  }

  void refuseObserver() {
    if (current instanceof Observer) {
      throw new IllegalStateException(
          "'%s' is an Observer and may change nothing; implement Callback instead"
              .formatted(current.name()));
    }
  }

  @Nullable Callback current() {
    return current;
  }

  Meter meter() {
    return meter;
  }

  List<Callback> ordered() {
    refresh();
    return ordered;
  }

  private void refresh() {
    if (version == learner.callbackVersion()) {
      return;
    }
    var joining = new ArrayList<Callback>();
    joining.add(scoring);
    joining.add(meter);
    for (Callback callback : learner.callbacks()) {
      if (callback.purposes().contains(purpose) && !dropped.contains(callback)) {
        joining.add(callback);
      }
    }
    Ordering.refuseTwoOwners(joining);
    ordered = Ordering.sort(joining);
    var plan = new EnumMap<Event, Callback[]>(Event.class);
    for (Event each : Event.values()) {
      plan.put(each, ordered.stream().filter(each::isHeardBy).toArray(Callback[]::new));
    }
    heard = plan;
    version = learner.callbackVersion();
  }
}
