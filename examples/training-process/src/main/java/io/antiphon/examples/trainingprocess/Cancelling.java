package io.antiphon.examples.trainingprocess;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelException;
import io.antiphon.core.Event;
import io.antiphon.core.Scope;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// Cancels something at the third batch of a part, and hears which event comes of it.
final class Cancelling implements Callback {
  private final boolean inTraining;
  private final Function<String, CancelException> cancel;
  private final List<Event> heard = new ArrayList<>();
  private int steps;

  /// @param inTraining in which part
  /// @param cancel from a reason to what is thrown
  Cancelling(boolean inTraining, Function<String, CancelException> cancel) {
    this.inTraining = inTraining;
    this.cancel = cancel;
  }

  List<Event> heard() {
    return heard;
  }

  /// {@return how many steps were made all the same}
  int steps() {
    return steps;
  }

  @Override
  public Set<Event> events() {
    return EnumSet.allOf(Event.class);
  }

  @Override
  public void on(Event event, Scope scope) {
    if (event.hook().startsWith("afterCancel")) {
      heard.add(event);
    }
    steps += event == Event.AFTER_STEP ? 1 : 0;
    Callback.super.on(event, scope);
  }

  @Override
  public void afterLoss(Batch batch) {
    if (batch.isTraining() == inTraining && batch.index() == 2) {
      throw cancel.apply("the third batch");
    }
  }
}
