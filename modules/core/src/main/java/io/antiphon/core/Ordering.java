package io.antiphon.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Puts callbacks in order, see [Order], and refuses what cannot be together.
final class Ordering {
  private Ordering() {}

  /// {@return whether a list holds this very callback, whatever its `equals` says}
  @SuppressWarnings("ReferenceEquality")
  static boolean holds(List<Callback> callbacks, Callback callback) {
    for (Callback each : callbacks) {
      if (each == callback) {
        return true;
      }
    }
    return false;
  }

  /// Takes this very callback out of a list.
  ///
  /// @return whether it was there
  @SuppressWarnings("ReferenceEquality")
  static boolean remove(List<Callback> callbacks, Callback callback) {
    return callbacks.removeIf(each -> each == callback);
  }

  /// {@return the callbacks in their order, observers last}
  ///
  /// @throws ClashException if the relations run in a circle; the message prints it
  static List<Callback> sort(List<Callback> registered) {
    Map<Callback, List<Callback>> after = relations(registered);
    var ordered = new ArrayList<Callback>(registered.size());
    var waiting = new ArrayList<>(registered);
    while (!waiting.isEmpty()) {
      Callback next = null;
      for (Callback candidate : waiting) {
        if (before(candidate, after).stream().noneMatch(other -> holds(waiting, other))
            && (next == null || rank(candidate) < rank(next))) {
          next = candidate;
        }
      }
      if (next == null) {
        List<Callback> circle = circle(waiting, after);
        throw new ClashException(
            "the callbacks' order is a circle: "
                + circle.stream().map(Callback::name).collect(Collectors.joining(" -> ")),
            circle);
      }
      ordered.add(next);
      remove(waiting, next);
    }
    return List.copyOf(ordered);
  }

  private static List<Callback> before(Callback callback, Map<Callback, List<Callback>> relations) {
    return relations.getOrDefault(callback, List.of());
  }

  private static long rank(Callback callback) {
    long observersLast = callback instanceof Observer ? 1L << 40 : 0;
    return observersLast + callback.order().number();
  }

  /// {@return for each callback those that must run before it}
  private static Map<Callback, List<Callback>> relations(List<Callback> callbacks) {
    var after = new IdentityHashMap<Callback, List<Callback>>();
    for (Callback callback : callbacks) {
      for (Callback other : callbacks) {
        if (other == callback) {
          continue;
        }
        if (names(callback.order().after(), other)) {
          relate(after, other, callback);
        }
        if (names(callback.order().before(), other)) {
          relate(after, callback, other);
        }
      }
    }
    return after;
  }

  private static void relate(
      Map<Callback, List<Callback>> after, Callback earlier, Callback later) {
    if (earlier instanceof Observer && !(later instanceof Observer)) {
      throw new ClashException(
          "callback '%s' cannot run after '%s': observers run last"
              .formatted(later.name(), earlier.name()),
          List.of(earlier, later));
    }
    after.computeIfAbsent(later, _ -> new ArrayList<>()).add(earlier);
  }

  private static boolean names(List<Object> targets, Callback callback) {
    for (Object target : targets) {
      if (target instanceof Class<?> type
          ? type.isInstance(callback)
          : target.equals(callback.name())) {
        return true;
      }
    }
    return false;
  }

  /// {@return a circle among callbacks none of which can go first, as `a -> b -> a`}
  private static List<Callback> circle(
      List<Callback> waiting, Map<Callback, List<Callback>> after) {
    var path = new ArrayList<Callback>();
    Callback at = waiting.getFirst();
    while (!holds(path, at)) {
      path.add(at);
      Callback here = at;
      at =
          before(here, after).stream()
              .filter(other -> holds(waiting, other))
              .findFirst()
              .orElseThrow();
    }
    path.add(at);
    int start = 0;
    while (path.get(start) != at) {
      start++;
    }
    // the path runs against time, from each callback to one that must go before it
    return path.subList(start, path.size()).reversed();
  }

  /// Refuses two callbacks that replace the same thing whole.
  static void refuseTwoOwners(List<Callback> callbacks) {
    Map<Replacement, Callback> owners = new HashMap<>();
    for (Callback callback : callbacks) {
      for (Replacement replaced : callback.replaces()) {
        for (var owned : owners.entrySet()) {
          if (owned.getValue() != callback && owned.getKey().conflictsWith(replaced)) {
            throw new ClashException(
                "callbacks '%s' and '%s' both replace %s; leave one of them out"
                    .formatted(owned.getValue().name(), callback.name(), replaced),
                List.of(owned.getValue(), callback));
          }
        }
        owners.put(replaced, callback);
      }
    }
  }

  /// {@return why a callback stands where it does, for people}
  static String reason(Callback callback) {
    var reasons = new ArrayList<String>();
    Order order = callback.order();
    if (callback instanceof Observer) {
      reasons.add("observer");
    }
    reasons.add("order " + order.number());
    describe("before", order.before(), reasons);
    describe("after", order.after(), reasons);
    return String.join(", ", reasons);
  }

  private static void describe(String relation, List<Object> targets, List<String> reasons) {
    for (Object target : targets) {
      reasons.add(relation + " " + (target instanceof Class<?> type ? Names.of(type) : target));
    }
  }
}
