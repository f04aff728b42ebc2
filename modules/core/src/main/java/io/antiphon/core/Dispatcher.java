package io.antiphon.core;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
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
  private List<Witness> witnesses = List.of();
  private int version = -1;
  // the levels whose BEFORE was fired and whose CLEANUP was not, the outermost first
  private final Map<Level, Scope> entered = new EnumMap<>(Level.class);
  // whom the BEFORE of such a level did not reach
  private final Map<Level, Set<Callback>> passedBy = new EnumMap<>(Level.class);
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

  /// Fires the `BEFORE` event of a level. Only those whom it reaches hear its `CLEANUP`.
  void open(Level level, Scope scope) {
    refresh();
    entered.put(level, scope);
    for (Callback callback : listeners(level.before())) {
      try {
        call(callback, level.before(), scope);
      } catch (Throwable e) {
        boolean behind = false;
        for (Callback each : ordered) {
          if (behind) {
            passBy(level, each);
          }
          behind |= each == callback;
        }
        throw e;
      }
    }
  }

  void fire(Event event, Scope scope) {
    refresh();
    for (Callback callback : listeners(event)) {
      call(callback, event, scope);
    }
  }

  /// Fires the `CLEANUP` event of a level: in reverse, and to all that it began for, whoever fails.
  ///
  /// @return the failure to report, if any
  @Nullable Throwable close(Level level, Scope scope, @Nullable Throwable failure) {
    if (entered.remove(level) == null) {
      return failure;
    }
    Set<Callback> without = passedBy.remove(level);
    Callback[] callbacks = listeners(level.cleanup());
    for (int i = callbacks.length - 1; i >= 0; i--) {
      if (without == null || !without.contains(callbacks[i])) {
        failure = cleanup(callbacks[i], level, scope, failure);
      }
    }
    return failure;
  }

  private @Nullable Throwable cleanup(
      Callback callback, Level level, Scope scope, @Nullable Throwable failure) {
    if (!Ordering.holds(dropped, callback)) {
      try {
        call(callback, level.cleanup(), scope);
      } catch (Throwable e) {
        return Loop.join(failure, e);
      }
    }
    return failure;
  }

  private void passBy(Level level, Callback callback) {
    passedBy
        .computeIfAbsent(level, _ -> Collections.newSetFromMap(new IdentityHashMap<>()))
        .add(callback);
  }

  private Callback[] listeners(Event event) {
    return Objects.requireNonNull(heard.get(event));
  }

  private void call(Callback callback, Event event, Scope scope) {
    if (witnesses.isEmpty()) {
      hook(callback, event, scope);
      return;
    }
    tell(callback, event, witness -> witness.before(callback, event, scope));
    Throwable thrown = null;
    try {
      hook(callback, event, scope);
    } catch (RuntimeException | Error e) {
      thrown = e;
      throw e;
    } finally {
      Throwable what = thrown;
      tell(callback, event, witness -> witness.after(callback, event, scope, what));
    }
  }

  /// Tells those that see what others do. One that throws is dropped, as any observer.
  private void tell(Callback callback, Event event, Consumer<Witness> look) {
    for (Witness witness : witnesses) {
      if (witness == callback || Ordering.holds(dropped, witness)) {
        continue;
      }
      Callback outer = current;
      current = witness;
      try {
        look.accept(witness);
      } catch (Throwable e) {
        drop(witness, event, e);
      } finally {
        current = outer;
      }
    }
  }

  private void hook(Callback callback, Event event, Scope scope) {
    Callback outer = current;
    Event outerEvent = this.event;
    current = callback;
    this.event = event;
    try {
      callback.on(event, scope);
    } catch (Throwable e) { // checked ones too, which a hook in another language may throw
      if (callback instanceof Observer) {
        drop(callback, event, e);
      } else if (e instanceof CancelException cancel) {
        cancel.thrownBy(callback.name());
        check(cancel);
        throw cancel;
      } else if (e instanceof Error error) {
        throw error;
      } else {
        throw new CallbackException(callback.name(), event, scope.fit().place(), e);
      }
    } finally {
      current = outer;
      this.event = outerEvent;
    }
  }

  private void drop(Callback observer, Event event, Throwable failure) {
    drop(observer, "at " + event, failure);
  }

  private void drop(Callback observer, String where, Throwable failure) {
    dropped.add(observer);
    version = -1;
    log(observer, "failed %s and is left out of the rest of this run".formatted(where), failure);
  }

  /// {@return a look that changes nothing and cannot end the run, if it is an observer that looks}
  BlockHook.Look guarded(BlockHook.Look look) {
    if (!(current instanceof Observer observer)) {
      return look;
    }
    return (batch, block, outputs) -> {
      if (Ordering.holds(dropped, observer)) {
        return;
      }
      Callback outer = current;
      current = observer;
      try {
        look.at(batch, block, outputs);
      } catch (Throwable e) { // as in a hook
        drop(observer, "at what a " + block.getClass().getSimpleName() + " gave", e);
      } finally {
        current = outer;
      }
    };
  }

  private static void log(Callback observer, String what, Throwable failure) {
    try {
      LOGGER.log(
          Logger.Level.WARNING,
          "observer '%s' %s: %s".formatted(observer.name(), what, failure),
          failure);
    } catch (Throwable _) { // its name or its failure's text throw too
      LOGGER.log(Logger.Level.WARNING, "observer %s %s".formatted(observer.getClass(), what));
    }
  }

  /// {@return a resource whose end cannot end the run, if it is an observer that gives it}
  AutoCloseable closing(AutoCloseable resource) {
    if (!(current instanceof Observer observer)) {
      return resource;
    }
    return () -> {
      try {
        resource.close();
      } catch (Throwable e) {
        log(observer, "failed to close what it opened", e);
      }
    };
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
                      : "level %s is over or not open; it can be cancelled from %s until its body ends"
                          .formatted(cancel.level(), cancel.level().before()),
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
    return version == learner.callbackVersion() ? ordered : sorted();
  }

  private List<Callback> sorted() {
    var joining = new ArrayList<Callback>();
    joining.add(scoring);
    joining.add(meter);
    for (Callback callback : learner.callbacks()) {
      if (callback.purposes().contains(purpose)
          && !Ordering.holds(dropped, callback)
          && (learner.ranks().leads() || !callback.leadsOnly())) {
        joining.add(callback);
      }
    }
    Ordering.refuseTwoOwners(joining);
    return Ordering.sort(joining);
  }

  /// Takes the callbacks as they are now. In the middle of a run, those that are gone clean up what
  /// they began, and those that are new begin what is open.
  private void refresh() {
    while (version != learner.callbackVersion()) {
      int taken = learner.callbackVersion();
      List<Callback> former = ordered;
      List<Callback> now = sorted();
      var plan = new EnumMap<Event, Callback[]>(Event.class);
      for (Event each : Event.values()) {
        plan.put(each, now.stream().filter(each::isHeardBy).toArray(Callback[]::new));
      }
      ordered = now;
      heard = plan;
      witnesses = now.stream().filter(Witness.class::isInstance).map(Witness.class::cast).toList();
      version = taken;
      if (!entered.isEmpty()) {
        Loop.<RuntimeException>rethrow(join(now, former, leave(former, now)));
      }
    }
  }

  private @Nullable Throwable leave(List<Callback> former, List<Callback> now) {
    Throwable failure = null;
    List<Level> innermostFirst = List.copyOf(entered.keySet()).reversed();
    for (Callback callback : former.reversed()) {
      if (Ordering.holds(now, callback)) {
        continue;
      }
      for (Level level : innermostFirst) {
        Set<Callback> without = passedBy.get(level);
        if ((without == null || !without.contains(callback))
            && level.cleanup().isHeardBy(callback)) {
          Scope scope = Objects.requireNonNull(entered.get(level));
          failure = cleanup(callback, level, scope, failure);
        }
      }
    }
    return failure;
  }

  private @Nullable Throwable join(
      List<Callback> now, List<Callback> former, @Nullable Throwable failure) {
    for (Callback callback : now) {
      if (Ordering.holds(former, callback)) {
        continue;
      }
      for (var each : List.copyOf(entered.entrySet())) {
        Level level = each.getKey();
        if (failure != null || !each.getValue().fit().isOpen(level)) {
          passBy(level, callback);
        } else if (level.compareTo(Level.BATCH) < 0 && level.before().isHeardBy(callback)) {
          try {
            call(callback, level.before(), each.getValue());
          } catch (Throwable e) {
            failure = e;
          }
        }
      }
    }
    return failure;
  }
}
