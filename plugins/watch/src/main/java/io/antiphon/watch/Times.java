package io.antiphon.watch;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.Fit;
import io.antiphon.core.Pass;
import io.antiphon.core.Scope;
import io.antiphon.core.Witness;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the time of a fit goes: to each callback, and to each phase of the loop between them. At
/// the fit's end it is logged as a table.
///
/// On a GPU the loop does not wait for what it starts: there a phase's time is that of starting it,
/// and the one that first needs a number has the time of all.
public final class Times implements Witness {
  private static final System.Logger LOG = System.getLogger(Times.class.getName());

  private final IdentityHashMap<Callback, Clock> callbacks = new IdentityHashMap<>();
  private final Map<Phase, Clock> phases = new EnumMap<>(Phase.class);
  private @Nullable Event current;
  private long last;
  private long hookBegan;
  private long begun;
  private long whole;

  /// There is nothing to set.
  @Id("times")
  @Summary("tells at the end which callback and which phase of the loop took how long")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new Times();
    }
  }

  /// What the loop does between events.
  public enum Phase {
    /// Getting the next batch, and all else between batches.
    DATA,
    /// The forward pass.
    PREDICT,
    /// The loss.
    LOSS,
    /// The backward pass.
    BACKWARD,
    /// The optimizer's step.
    STEP,
    /// Clearing the gradients, closing the batch's arrays.
    CLEAR
  }

  /// How long something took.
  ///
  /// @param what a callback's name, or a phase
  /// @param nanoseconds altogether
  /// @param times how often
  public record Taken(String what, long nanoseconds, long times) {}

  private static final class Clock {
    private long nanoseconds;
    private long times;

    void add(long more) {
      nanoseconds += more;
      times++;
    }
  }

  public Times() {}

  /// {@return what the phases of the last fit took, in the loop's order}
  public List<Taken> phases() {
    var taken = new ArrayList<Taken>();
    phases.forEach((phase, clock) ->
        taken.add(
            new Taken(phase.name().toLowerCase(Locale.ROOT), clock.nanoseconds, clock.times)));
    return taken;
  }

  /// {@return what the hooks of each callback took in the last fit, the longest first}
  public List<Taken> callbacks() {
    return callbacks.entrySet().stream()
        .map(each ->
            new Taken(each.getKey().name(), each.getValue().nanoseconds, each.getValue().times))
        .sorted(Comparator.comparingLong(Taken::nanoseconds).reversed())
        .toList();
  }

  /// {@return a table for people, in whole lines}
  public String table() {
    var text = new StringBuilder();
    for (List<Taken> part : List.of(phases(), callbacks())) {
      for (Taken each : part) {
        text.append(
            "%-28s %10.1f ms %6.1f %% %9d times%n"
                .formatted(
                    each.what(),
                    each.nanoseconds() / 1e6,
                    whole == 0 ? 0 : 100.0 * each.nanoseconds() / whole,
                    each.times()));
      }
    }
    return text.toString();
  }

  @Override
  public void before(Callback callback, Event event, Scope scope) {
    long now = System.nanoTime();
    arrive(event, now);
    hookBegan = now;
  }

  @Override
  public void after(Callback callback, Event event, Scope scope, @Nullable Throwable thrown) {
    last = System.nanoTime();
    callbacks.computeIfAbsent(callback, _ -> new Clock()).add(last - hookBegan);
  }

  private void arrive(Event event, long now) {
    if (event == current) {
      return;
    }
    current = event;
    Phase phase =
        switch (event) {
          case BEFORE_BATCH -> Phase.DATA;
          case AFTER_PRED -> Phase.PREDICT;
          case AFTER_LOSS -> Phase.LOSS;
          case AFTER_BACKWARD -> Phase.BACKWARD;
          case AFTER_STEP -> Phase.STEP;
          case AFTER_BATCH -> Phase.CLEAR;
          default -> null;
        };
    if (phase != null) {
      phases.computeIfAbsent(phase, _ -> new Clock()).add(now - last);
    }
  }

  // this runs last at every event that ends or begins a phase
  private void at(Event event) {
    arrive(event, System.nanoTime());
    last = System.nanoTime();
  }

  @Override
  public void beforeFit(Fit fit) {
    callbacks.clear();
    phases.clear();
    begun = System.nanoTime();
    at(Event.BEFORE_FIT);
  }

  @Override
  public void beforeBatch(Batch batch) {
    at(Event.BEFORE_BATCH);
  }

  @Override
  public void afterPred(Batch batch) {
    at(Event.AFTER_PRED);
  }

  @Override
  public void afterLoss(Batch batch) {
    at(Event.AFTER_LOSS);
  }

  @Override
  public void beforeBackward(Batch batch) {
    at(Event.BEFORE_BACKWARD);
  }

  @Override
  public void afterBackward(Batch batch) {
    at(Event.AFTER_BACKWARD);
  }

  @Override
  public void beforeStep(Batch batch) {
    at(Event.BEFORE_STEP);
  }

  @Override
  public void afterStep(Batch batch) {
    at(Event.AFTER_STEP);
  }

  @Override
  public void afterBatch(Batch batch) {
    at(Event.AFTER_BATCH);
  }

  @Override
  public void afterTrain(Pass pass) {
    at(Event.AFTER_TRAIN);
  }

  @Override
  public void beforeValidate(Pass pass) {
    at(Event.BEFORE_VALIDATE);
  }

  @Override
  public void afterValidate(Pass pass) {
    at(Event.AFTER_VALIDATE);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    at(Event.AFTER_EPOCH);
  }

  @Override
  public void afterFit(Fit fit) {
    whole = System.nanoTime() - begun;
    LOG.log(System.Logger.Level.INFO, () -> "where the time went\n" + table());
  }

  @Override
  public void cleanupFit(Fit fit) {
    current = null;
  }
}
