package io.antiphon.core;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// A callback from functions, for what is too small for a class.
///
/// ```
/// learner.fit(3, new LambdaCallback("accuracy")
///     .afterEpoch(epoch -> System.out.println(epoch.row().value("accuracy"))));
/// ```
///
/// Each method gives another callback that does more; functions of one event run in the order in
/// which they were given. What remembers something, or has options, is a class of its own.
public final class LambdaCallback implements Callback {
  private final String name;
  private final Order order;
  private final boolean waits;
  private final Map<Event, Consumer<Scope>> actions;

  /// A callback that does nothing yet, in the default order.
  ///
  /// @param name by which others refer to it
  public LambdaCallback(String name) {
    this(name, Order.DEFAULT, false, Map.of());
  }

  private LambdaCallback(
      String name, Order order, boolean waits, Map<Event, Consumer<Scope>> actions) {
    this.name = name;
    this.order = order;
    this.waits = waits;
    this.actions = actions;
  }

  /// {@return the same at another place among the callbacks}
  public LambdaCallback order(Order order) {
    return new LambdaCallback(name, order, waits, actions);
  }

  /// {@return the same, said to wait for the device: its functions read losses as numbers}
  public LambdaCallback waitingForDevice() {
    return new LambdaCallback(name, order, true, actions);
  }

  /// {@return the same that does this in [Callback#beforeFit] too}
  public LambdaCallback beforeFit(Consumer<Fit> action) {
    return with(Event.BEFORE_FIT, Fit.class, action);
  }

  /// {@return the same that does this in [Callback#beforeEpoch] too}
  public LambdaCallback beforeEpoch(Consumer<Epoch> action) {
    return with(Event.BEFORE_EPOCH, Epoch.class, action);
  }

  /// {@return the same that does this in [Callback#beforeTrain] too}
  public LambdaCallback beforeTrain(Consumer<Pass> action) {
    return with(Event.BEFORE_TRAIN, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#beforeBatch] too}
  public LambdaCallback beforeBatch(Consumer<Batch> action) {
    return with(Event.BEFORE_BATCH, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterPred] too}
  public LambdaCallback afterPred(Consumer<Batch> action) {
    return with(Event.AFTER_PRED, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterLoss] too}
  public LambdaCallback afterLoss(Consumer<Batch> action) {
    return with(Event.AFTER_LOSS, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#beforeBackward] too}
  public LambdaCallback beforeBackward(Consumer<Batch> action) {
    return with(Event.BEFORE_BACKWARD, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelBackward] too}
  public LambdaCallback afterCancelBackward(Consumer<Batch> action) {
    return with(Event.AFTER_CANCEL_BACKWARD, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterBackward] too}
  public LambdaCallback afterBackward(Consumer<Batch> action) {
    return with(Event.AFTER_BACKWARD, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupBackward] too}
  public LambdaCallback cleanupBackward(Consumer<Batch> action) {
    return with(Event.CLEANUP_BACKWARD, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#beforeStep] too}
  public LambdaCallback beforeStep(Consumer<Batch> action) {
    return with(Event.BEFORE_STEP, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelStep] too}
  public LambdaCallback afterCancelStep(Consumer<Batch> action) {
    return with(Event.AFTER_CANCEL_STEP, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterStep] too}
  public LambdaCallback afterStep(Consumer<Batch> action) {
    return with(Event.AFTER_STEP, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupStep] too}
  public LambdaCallback cleanupStep(Consumer<Batch> action) {
    return with(Event.CLEANUP_STEP, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelBatch] too}
  public LambdaCallback afterCancelBatch(Consumer<Batch> action) {
    return with(Event.AFTER_CANCEL_BATCH, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterBatch] too}
  public LambdaCallback afterBatch(Consumer<Batch> action) {
    return with(Event.AFTER_BATCH, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupBatch] too}
  public LambdaCallback cleanupBatch(Consumer<Batch> action) {
    return with(Event.CLEANUP_BATCH, Batch.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelTrain] too}
  public LambdaCallback afterCancelTrain(Consumer<Pass> action) {
    return with(Event.AFTER_CANCEL_TRAIN, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#afterTrain] too}
  public LambdaCallback afterTrain(Consumer<Pass> action) {
    return with(Event.AFTER_TRAIN, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupTrain] too}
  public LambdaCallback cleanupTrain(Consumer<Pass> action) {
    return with(Event.CLEANUP_TRAIN, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#beforeValidate] too}
  public LambdaCallback beforeValidate(Consumer<Pass> action) {
    return with(Event.BEFORE_VALIDATE, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelValidate] too}
  public LambdaCallback afterCancelValidate(Consumer<Pass> action) {
    return with(Event.AFTER_CANCEL_VALIDATE, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#afterValidate] too}
  public LambdaCallback afterValidate(Consumer<Pass> action) {
    return with(Event.AFTER_VALIDATE, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupValidate] too}
  public LambdaCallback cleanupValidate(Consumer<Pass> action) {
    return with(Event.CLEANUP_VALIDATE, Pass.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelEpoch] too}
  public LambdaCallback afterCancelEpoch(Consumer<Epoch> action) {
    return with(Event.AFTER_CANCEL_EPOCH, Epoch.class, action);
  }

  /// {@return the same that does this in [Callback#afterEpoch] too}
  public LambdaCallback afterEpoch(Consumer<Epoch> action) {
    return with(Event.AFTER_EPOCH, Epoch.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupEpoch] too}
  public LambdaCallback cleanupEpoch(Consumer<Epoch> action) {
    return with(Event.CLEANUP_EPOCH, Epoch.class, action);
  }

  /// {@return the same that does this in [Callback#afterCancelFit] too}
  public LambdaCallback afterCancelFit(Consumer<Fit> action) {
    return with(Event.AFTER_CANCEL_FIT, Fit.class, action);
  }

  /// {@return the same that does this in [Callback#afterFit] too}
  public LambdaCallback afterFit(Consumer<Fit> action) {
    return with(Event.AFTER_FIT, Fit.class, action);
  }

  /// {@return the same that does this in [Callback#cleanupFit] too}
  public LambdaCallback cleanupFit(Consumer<Fit> action) {
    return with(Event.CLEANUP_FIT, Fit.class, action);
  }

  private <S extends Scope> LambdaCallback with(Event event, Class<S> type, Consumer<S> action) {
    var more = new EnumMap<Event, Consumer<Scope>>(Event.class);
    more.putAll(actions);
    more.merge(event, scope -> action.accept(type.cast(scope)), Consumer::andThen);
    return new LambdaCallback(name, order, waits, more);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Order order() {
    return order;
  }

  @Override
  public boolean waitsForDevice() {
    return waits;
  }

  @Override
  public Set<Event> events() {
    return Collections.unmodifiableSet(actions.keySet());
  }

  @Override
  public void on(Event event, Scope scope) {
    Consumer<Scope> action = actions.get(event);
    if (action != null) {
      action.accept(scope);
    }
  }
}
