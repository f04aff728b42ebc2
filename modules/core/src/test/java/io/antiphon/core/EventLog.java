package io.antiphon.core;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Notes every event.
class EventLog implements Callback {
  final List<Event> events = new ArrayList<>();

  void at(Event event, Scope scope) {
    events.add(event);
  }

  long count(Event event) {
    return events.stream().filter(event::equals).count();
  }

  @Override
  public final Set<Event> events() {
    return EnumSet.allOf(Event.class);
  }

  @Override
  public final void on(Event event, Scope scope) {
    at(event, scope);
  }
}
