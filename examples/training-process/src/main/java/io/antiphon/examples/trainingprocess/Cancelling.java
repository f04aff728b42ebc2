package io.antiphon.examples.trainingprocess;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelException;
import io.antiphon.core.Event;
import io.antiphon.core.Scope;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// Cancels something at the third batch of a part, and hears all events.
///
/// @param inTraining in which part
/// @param cancel from a reason to what is thrown
/// @param heard the events, in order
record Cancelling(boolean inTraining, Function<String, CancelException> cancel, List<Event> heard)
    implements Callback {
  @Override
  public Set<Event> events() {
    return EnumSet.allOf(Event.class);
  }

  @Override
  public void on(Event event, Scope scope) {
    heard.add(event);
    if (event == Event.AFTER_LOSS
        && scope instanceof Batch batch
        && batch.isTraining() == inTraining
        && batch.index() == 2) {
      throw cancel.apply("the third batch");
    }
  }
}
