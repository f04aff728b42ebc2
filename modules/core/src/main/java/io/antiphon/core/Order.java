package io.antiphon.core;

import java.util.ArrayList;
import java.util.List;

/// Where a callback runs among the others.
///
/// First come the relations: `runBefore` and `runAfter` other callbacks, given by name or by type.
/// Among callbacks that they leave free, smaller numbers run earlier, and equal numbers in the
/// order of registration. Relations to callbacks that are not there are ignored; a cycle is an
/// error that prints it. The same order holds at every event, but that `CLEANUP` events run it in
/// reverse.
///
/// @param number smaller is earlier; see the named bands
/// @param before who runs after this: names ([String]) or types ([Class])
/// @param after who runs before this: names ([String]) or types ([Class])
public record Order(int number, List<Object> before, List<Object> after) {
  /// Computes in other types than the others see. First at every event, so that nobody else meets
  /// narrow predictions or scaled gradients.
  public static final Order PRECISION = at(-200);

  /// Adds the gradients of several processes up: after those that may put a step off, before all
  /// that look at gradients.
  public static final Order REDUCE = at(-180);

  /// Changes batches: mixup, augmentation.
  public static final Order TRANSFORM = at(-100);

  public static final Order DEFAULT = at(0);

  /// Clips gradients.
  public static final Order CLIP = at(110);

  /// Records losses and metrics.
  public static final Order RECORD = at(500);

  /// Sets hyper-parameters by a schedule.
  public static final Order SCHEDULE = at(600);

  /// Follows recorded numbers: early stopping, plateaus.
  public static final Order TRACK = at(610);

  /// Saves, after everything that may have changed the weights.
  public static final Order SAVE = at(620);

  public Order {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  /// {@return a place by number alone}
  public static Order at(int number) {
    return new Order(number, List.of(), List.of());
  }

  /// {@return this, and before the callback of that name}
  public Order runBefore(String name) {
    return new Order(number, with(before, name), after);
  }

  /// {@return this, and before every callback of that type}
  public Order runBefore(Class<?> type) {
    return new Order(number, with(before, type), after);
  }

  /// {@return this, and after the callback of that name}
  public Order runAfter(String name) {
    return new Order(number, before, with(after, name));
  }

  /// {@return this, and after every callback of that type}
  public Order runAfter(Class<?> type) {
    return new Order(number, before, with(after, type));
  }

  private static List<Object> with(List<Object> list, Object target) {
    var longer = new ArrayList<>(list);
    longer.add(target);
    return longer;
  }
}
