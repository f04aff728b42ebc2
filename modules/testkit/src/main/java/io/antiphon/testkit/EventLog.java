package io.antiphon.testkit;

import io.antiphon.core.Callback;
import io.antiphon.core.Event;
import io.antiphon.core.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// A callback that hears every event: it notes them, and a subclass may do something [#at] each.
public class EventLog implements Callback {
  private final List<Event> heard = new ArrayList<>();

  /// Makes an empty log.
  public EventLog() {}

  /// {@return the events that were heard, in order}
  public final List<Event> heard() {
    return Collections.unmodifiableList(heard);
  }

  /// Called at every event, once it is noted. Does nothing by default.
  protected void at(Event event, Scope scope) {}

  @Override
  public final Set<Event> events() {
    return EnumSet.allOf(Event.class);
  }

  @Override
  public final void on(Event event, Scope scope) {
    heard.add(event);
    at(event, scope);
  }
}
