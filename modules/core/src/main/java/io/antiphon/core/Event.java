package io.antiphon.core;

import io.antiphon.core.options.Spelling;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// A point in the loop. Every event has one hook in [Callback], and the other way round.
///
/// ```
/// fit:    BEFORE_FIT
///           each epoch:  BEFORE_EPOCH
///             train:     BEFORE_TRAIN
///               each batch:  BEFORE_BATCH  predict  AFTER_PRED  loss  AFTER_LOSS
///                            BEFORE_BACKWARD  backward  AFTER_BACKWARD
///                            BEFORE_STEP  step  AFTER_STEP  zeroGrad  AFTER_BATCH
///                        AFTER_TRAIN
///             validate:  BEFORE_VALIDATE  (the same batches without gradients: to AFTER_LOSS,
///                        then AFTER_BATCH)  AFTER_VALIDATE
///                        AFTER_EPOCH
///         AFTER_FIT
/// ```
///
/// Each [Level] X runs by one rule: `BEFORE_X`, its body, on a cancel that names X
/// `AFTER_CANCEL_X`, then `AFTER_X`, and on every way out `CLEANUP_X`. A cancel of an outer level,
/// and any other exception, fires only `CLEANUP` on the levels that it crosses. Callbacks run in
/// their order at all events, at `CLEANUP` in reverse. See [CancelException] for what may be
/// cancelled when.
public enum Event {
  BEFORE_FIT(Fit.class, Callback::beforeFit, Edge.BEFORE),
  BEFORE_EPOCH(Epoch.class, Callback::beforeEpoch, Edge.BEFORE),
  BEFORE_TRAIN(Pass.class, Callback::beforeTrain, Edge.BEFORE),
  BEFORE_BATCH(Batch.class, Callback::beforeBatch, Edge.BEFORE),
  AFTER_PRED(Batch.class, Callback::afterPred, Edge.AFTER),
  AFTER_LOSS(Batch.class, Callback::afterLoss, Edge.AFTER),
  BEFORE_BACKWARD(Batch.class, Callback::beforeBackward, Edge.BEFORE),
  AFTER_CANCEL_BACKWARD(Batch.class, Callback::afterCancelBackward, Edge.AFTER),
  AFTER_BACKWARD(Batch.class, Callback::afterBackward, Edge.AFTER),
  CLEANUP_BACKWARD(Batch.class, Callback::cleanupBackward, Edge.CLEANUP),
  BEFORE_STEP(Batch.class, Callback::beforeStep, Edge.BEFORE),
  AFTER_CANCEL_STEP(Batch.class, Callback::afterCancelStep, Edge.AFTER),
  AFTER_STEP(Batch.class, Callback::afterStep, Edge.AFTER),
  CLEANUP_STEP(Batch.class, Callback::cleanupStep, Edge.CLEANUP),
  AFTER_CANCEL_BATCH(Batch.class, Callback::afterCancelBatch, Edge.AFTER),
  AFTER_BATCH(Batch.class, Callback::afterBatch, Edge.AFTER),
  CLEANUP_BATCH(Batch.class, Callback::cleanupBatch, Edge.CLEANUP),
  AFTER_CANCEL_TRAIN(Pass.class, Callback::afterCancelTrain, Edge.AFTER),
  AFTER_TRAIN(Pass.class, Callback::afterTrain, Edge.AFTER),
  CLEANUP_TRAIN(Pass.class, Callback::cleanupTrain, Edge.CLEANUP),
  BEFORE_VALIDATE(Pass.class, Callback::beforeValidate, Edge.BEFORE),
  AFTER_CANCEL_VALIDATE(Pass.class, Callback::afterCancelValidate, Edge.AFTER),
  AFTER_VALIDATE(Pass.class, Callback::afterValidate, Edge.AFTER),
  CLEANUP_VALIDATE(Pass.class, Callback::cleanupValidate, Edge.CLEANUP),
  AFTER_CANCEL_EPOCH(Epoch.class, Callback::afterCancelEpoch, Edge.AFTER),
  AFTER_EPOCH(Epoch.class, Callback::afterEpoch, Edge.AFTER),
  CLEANUP_EPOCH(Epoch.class, Callback::cleanupEpoch, Edge.CLEANUP),
  AFTER_CANCEL_FIT(Fit.class, Callback::afterCancelFit, Edge.AFTER),
  AFTER_FIT(Fit.class, Callback::afterFit, Edge.AFTER),
  CLEANUP_FIT(Fit.class, Callback::cleanupFit, Edge.CLEANUP);

  /// Where in its level an event lies. `BEFORE` and `AFTER` ascend the order, `CLEANUP` descends
  /// it.
  public enum Edge {
    BEFORE,
    AFTER,
    CLEANUP
  }

  private final Class<? extends Scope> scope;

  @SuppressWarnings("ImmutableEnumChecker") // a method reference of Callback, without state
  private final BiConsumer<Callback, Scope> hook;

  private final String hookName;
  private final Edge edge;

  <S extends Scope> Event(Class<S> scope, BiConsumer<Callback, S> hook, Edge edge) {
    this.scope = scope;
    @SuppressWarnings("unchecked") // the loop fires an event with the scope that it names
    var erased = (BiConsumer<Callback, Scope>) hook;
    this.hook = erased;
    this.edge = edge;
    this.hookName = camelCase(name());
  }

  /// {@return the name of the hook in [Callback], `afterLoss` for `AFTER_LOSS`}
  public String hook() {
    return hookName;
  }

  /// {@return the scope that the hook receives}
  public Class<? extends Scope> scope() {
    return scope;
  }

  /// {@return where in its level this lies}
  public Edge edge() {
    return edge;
  }

  /// {@return whether a callback hears this, see [Callback#events]}
  public boolean isHeardBy(Callback callback) {
    return callback.events().contains(this);
  }

  static Set<Event> implementedBy(Class<? extends Callback> type) {
    return IMPLEMENTED.get(type);
  }

  private static String camelCase(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Pattern.compile("_(.)")
        .matcher(lower)
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  void call(Callback callback, Scope scope) {
    hook.accept(callback, scope);
  }

  // Which hooks a class implements: an idle hook costs nothing at its event.
  private static final ClassValue<Set<Event>> IMPLEMENTED =
      new ClassValue<>() {
        @Override
        protected Set<Event> computeValue(Class<?> type) {
          var heard = EnumSet.noneOf(Event.class);
          for (Event event : values()) {
            try {
              Method method = type.getMethod(event.hookName, event.scope);
              if (method.getDeclaringClass() != Callback.class) {
                heard.add(event);
              }
            } catch (NoSuchMethodException e) {
              throw new AssertionError("event " + event + " has no hook " + event.hookName, e);
            }
          }
          for (String mistake : mistaken(type)) {
            System.getLogger(Event.class.getName()).log(System.Logger.Level.WARNING, mistake);
          }
          return Collections.unmodifiableSet(heard);
        }
      };

  /// {@return what to tell of methods that look like hooks and are none: the loop never calls them}
  static List<String> mistaken(Class<?> type) {
    List<String> hooks = Arrays.stream(values()).map(Event::hook).toList();
    var told = new ArrayList<String>();
    for (Method method : type.getMethods()) {
      if (method.getParameterCount() == 1
          && Scope.class.isAssignableFrom(method.getParameterTypes()[0])
          && method.getName().matches("(before|after|cleanup)[A-Z].*")
          && Arrays.stream(values()).noneMatch(event -> event.isHook(method))) {
        Spelling.nearest(method.getName(), hooks)
            .ifPresent(name ->
                told.add(
                    "%s has a method %s(%s), which is no hook and is never called; did you mean %s(%s)? @Override has the compiler tell"
                        .formatted(
                            type.getName(),
                            method.getName(),
                            method.getParameterTypes()[0].getSimpleName(),
                            name,
                            values()[hooks.indexOf(name)].scope.getSimpleName())));
      }
    }
    return told;
  }

  private boolean isHook(Method method) {
    return method.getName().equals(hookName) && method.getParameterTypes()[0] == scope;
  }
}
