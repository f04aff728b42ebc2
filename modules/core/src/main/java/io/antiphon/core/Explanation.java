package io.antiphon.core;

import java.util.List;

/// The plan of a fit as text.
final class Explanation {
  private static final Event[] LOOP = {
    Event.BEFORE_FIT, Event.BEFORE_EPOCH, Event.BEFORE_TRAIN, Event.BEFORE_BATCH,
    Event.AFTER_PRED, Event.AFTER_LOSS, Event.BEFORE_BACKWARD, Event.AFTER_BACKWARD,
    Event.BEFORE_STEP, Event.AFTER_STEP, Event.AFTER_BATCH, Event.AFTER_TRAIN,
    Event.BEFORE_VALIDATE, Event.AFTER_VALIDATE, Event.AFTER_EPOCH, Event.AFTER_FIT,
  };

  private Explanation() {}

  /// @param silent callbacks whose own words are left out
  static String of(Learner learner, List<Callback> silent) {
    var dispatcher = new Dispatcher(learner, Purpose.FIT);
    List<Callback> callbacks = dispatcher.ordered();
    var text = new StringBuilder();
    text.append("Callbacks, in the order in which they run (at CLEANUP events in reverse)\n");
    int width = callbacks.stream().mapToInt(callback -> callback.name().length()).max().orElse(0);
    for (Callback callback : callbacks) {
      line(
          text,
          "  %-" + Math.max(1, width) + "s  %s%s%s",
          callback.name(),
          Ordering.reason(callback),
          callback.replaces().isEmpty() ? "" : ", replaces " + callback.replaces(),
          callback.waitsForDevice() ? ", waits for the device" : "");
    }
    text.append("\nThe loop, and who runs at each event\n");
    for (Event event : LOOP) {
      List<String> names = callbacks.stream().filter(event::isHeardBy).map(Callback::name).toList();
      line(text, "  %-24s %s", indent(event) + event, String.join(", ", names));
      if (event == Event.BEFORE_BATCH) {
        line(text, "        predict");
      } else if (event == Event.AFTER_PRED) {
        line(text, "        loss");
      } else if (event == Event.BEFORE_BACKWARD) {
        line(text, "          backward");
      } else if (event == Event.BEFORE_STEP) {
        line(text, "          step");
      } else if (event == Event.AFTER_STEP) {
        line(text, "        zeroGrad");
      } else if (event == Event.BEFORE_VALIDATE) {
        line(text, "        the same batches without gradients, to AFTER_LOSS, then AFTER_BATCH");
      }
    }
    text.append("\nParameter groups\n");
    int longest =
        learner.optimizer().groups().stream().mapToInt(g -> g.name().length()).max().orElse(0);
    for (ParameterGroup group : learner.optimizer().groups()) {
      long weights = group.parameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
      var hypers = new StringBuilder();
      for (Hyper hyper : group.hypers()) {
        hypers.append("  %s %s".formatted(hyper, number(group.get(hyper))));
        hypers.append(group.fixes(hyper) ? " (fixed)" : "");
      }
      line(
          text,
          "  %-" + Math.max(18, longest) + "s %3d arrays, %,d weights%s",
          group.name(),
          group.parameters().size(),
          weights,
          hypers);
    }
    turns(text, learner);
    for (Callback callback : callbacks) {
      String own = Ordering.holds(silent, callback) ? "" : callback.explain(learner);
      if (!own.isBlank()) {
        text.append('\n').append(callback.name()).append('\n');
        own.lines().forEach(each -> line(text, "  %s", each));
      }
    }
    return text.toString();
  }

  private static void turns(StringBuilder text, Learner learner) {
    List<Turn> turns = learner.step().turns();
    if (turns.equals(Batch.ONE_TURN)) {
      return;
    }
    text.append("\nTurns that each batch takes, from predict to zeroGrad\n");
    int width = turns.stream().mapToInt(turn -> turn.name().length()).max().orElse(0);
    for (Turn turn : turns) {
      line(
          text,
          "  %-" + Math.max(18, width) + "s trains %s",
          turn,
          learner.optimizer().groups().stream()
              .filter(turn.trains())
              .map(ParameterGroup::name)
              .collect(java.util.stream.Collectors.joining(", ")));
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toString(value).replace('E', 'e');
  }

  private static String indent(Event event) {
    return switch (event) {
      case BEFORE_FIT, AFTER_FIT -> "";
      case BEFORE_EPOCH, AFTER_EPOCH -> "  ";
      case BEFORE_TRAIN, AFTER_TRAIN, BEFORE_VALIDATE, AFTER_VALIDATE -> "    ";
      default -> "      ";
    };
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(format.formatted(arguments).stripTrailing()).append('\n');
  }
}
