package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Tells who changed what in a training: of the loss, inputs, targets, predictions,
/// hyper-parameters, numbers of callbacks and the norm of gradients, the old value and the new one;
/// what the step did; who cancelled which level.
///
/// ```
/// learner.fit(1, new Journal(step -> step == 137, System.out::println));
/// ```
///
/// It looks at everything before and after every hook of every callback, for which it waits for the
/// device, and computes what it tells of arrays; nothing else is different from a training without
/// it, bit by bit.
public final class Journal implements Witness {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def look(x: Tensor) -> Tensor:
            y = torch.flatten(torch.to(torch.detach(x), 7))
            places = torch.cos(torch.cumsum(torch.ones_like(y), 0))
            return torch.cpu(torch.stack([torch.mean(y), torch.std(y, False), torch.dot(y, places)]))
          """);

  /// What is told of the loop itself.
  private static final Map<Event, String> LOOP =
      Map.of(
          Event.BEFORE_BATCH, "data",
          Event.AFTER_PRED, "predict",
          Event.AFTER_LOSS, "loss",
          Event.AFTER_BACKWARD, "backward",
          Event.AFTER_STEP, "step");

  private static final Set<Event> WITH_GRADIENTS =
      EnumSet.of(
          Event.AFTER_CANCEL_BACKWARD,
          Event.AFTER_BACKWARD,
          Event.CLEANUP_BACKWARD,
          Event.BEFORE_STEP,
          Event.AFTER_CANCEL_STEP,
          Event.AFTER_STEP);

  private final LongPredicate steps;
  private final Consumer<Entry> reader;
  private final Map<String, Value> ofRun = new LinkedHashMap<>();
  private final Map<String, Value> ofBatch = new LinkedHashMap<>();
  private @Nullable Batch batch;

  /// Something that changed.
  ///
  /// @param step which training batch of the learner's life it was, or comes next, from 1
  /// @param epoch the epoch in the learner's life, from 0
  /// @param batch the batch in its epoch, from 0; -1 outside batches
  /// @param event when
  /// @param who the callback; of the loop itself what it did: `data`, `predict`, `loss`,
  ///   `backward`, `step`, `loop` for all else
  /// @param what what changed: `loss`, `objective` (what is differentiated, where it is not the
  ///   loss), `inputs`, `targets`, `predictions`, a hyper-parameter such as `lr`, a number of a
  ///   callback such as `mixup.alpha`, `gradient norm`, `loss function`, `training step`,
  ///   `optimizer`, `callbacks`, `trained arrays`, `stop`; `step` for what the step did, `level`
  ///   for one that was cancelled
  /// @param old what it was; empty if there was nothing
  /// @param now what it is
  public record Entry(
      long step,
      long epoch,
      int batch,
      Event event,
      String who,
      String what,
      String old,
      String now) {
    /// {@return `0.1 -> 0.7`; what it is alone, if there was nothing}
    public String change() {
      return old.isEmpty() ? now : old + " -> " + now;
    }

    @Override
    public String toString() {
      return "step %d, epoch %d, batch %d, %s, %s: %s %s"
          .formatted(step, epoch, batch, event, who, what, change());
    }
  }

  /// A value as it is compared and as it is shown.
  private record Value(Object key, String shown) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Value value && key.equals(value.key);
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }
  }

  /// @param steps of which training batches it tells, by their numbers in the learner's life, from
  ///   1
  /// @param reader hears of each change as it comes
  public Journal(LongPredicate steps, Consumer<Entry> reader) {
    this.steps = steps;
    this.reader = reader;
  }

  /// Of all steps.
  public Journal(Consumer<Entry> reader) {
    this(_ -> true, reader);
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  private boolean watches(Scope scope) {
    boolean validates =
        scope.level() == Level.VALIDATE || (scope instanceof Batch b && !b.isTraining());
    return !validates && steps.test(step(scope));
  }

  private static long step(Scope scope) {
    return scope.fit().learner().stepsDone() + 1;
  }

  @Override
  public void before(Callback callback, Event event, Scope scope) {
    if (watches(scope)) {
      compare(event, scope);
    }
  }

  @Override
  public void after(Callback callback, Event event, Scope scope, @Nullable Throwable thrown) {
    if (!watches(scope)) {
      return;
    }
    compare(event, scope, callback.name(), callback.name());
    if (thrown instanceof CancelException cancel) {
      tell(
          event,
          scope,
          callback.name(),
          "level",
          cancel.level().toString(),
          "cancelled: " + cancel.why());
    } else if (thrown != null) {
      tell(event, scope, callback.name(), "level", scope.level().toString(), "failed: " + thrown);
    }
  }

  private void tell(Event event, Scope scope, String who, String what, String old, String now) {
    Learner learner = scope.fit().learner();
    int batch = scope instanceof Batch b ? b.index() : -1;
    reader.accept(new Entry(step(scope), learner.epochsDone(), batch, event, who, what, old, now));
  }

  private void compare(Event event, Scope scope) {
    compare(event, scope, "loop", LOOP.getOrDefault(event, "loop"));
  }

  /// @param who changed what is the run's
  /// @param whose what is the batch's came from
  private void compare(Event event, Scope scope, String who, String whose) {
    boolean begins = ofRun.isEmpty();
    if (scope instanceof Batch now && now != batch) {
      batch = now;
      ofBatch.clear();
    }
    try (NDManager scratch = scope.fit().learner().manager().newSubManager();
        var _ = Autograd.off()) {
      Map<String, Value> run = lookAt(scope.fit());
      run.forEach((what, value) -> {
        Value old = ofRun.put(what, value);
        if (!begins && !value.equals(old)) {
          tell(event, scope, who, what, old == null ? "" : old.shown(), value.shown());
        }
      });
      if (scope instanceof Batch now) {
        lookAt(now, event, scratch)
            .forEach((what, value) -> {
              Value old = ofBatch.put(what, value);
              if (!value.equals(old)) {
                tell(event, scope, whose, what, old == null ? "" : old.shown(), value.shown());
              }
            });
      }
    }
  }

  private static Map<String, Value> lookAt(Batch batch, Event event, NDManager scratch) {
    var all = new LinkedHashMap<String, Value>();
    all.put("inputs", arrays(batch.inputs(), scratch));
    if (!batch.targets().isEmpty()) {
      all.put("targets", arrays(batch.targets(), scratch));
    }
    batch.predictionsSoFar().ifPresent(arrays -> all.put("predictions", arrays(arrays, scratch)));
    if (batch.hasLoss()) {
      all.put("loss", number(look(batch.loss(), scratch)[0]));
      if (batch.objective() != batch.loss()) {
        all.put("objective", number(look(batch.objective(), scratch)[0]));
      }
    }
    if (WITH_GRADIENTS.contains(event)) {
      all.put("gradient norm", number(look(batch.gradients().norm(scratch, 2), scratch)[0]));
    }
    batch
        .stepResultSoFar()
        .ifPresent(result -> {
          String shown =
              switch (result) {
                case StepResult.Applied _ -> "applied";
                case StepResult.Skipped(String why) -> "skipped: " + why;
                case StepResult.Cancelled(String who, String why) ->
                    "cancelled by %s: %s".formatted(who, why);
              };
          all.put("step", new Value(shown, shown));
        });
    return all;
  }

  private static Map<String, Value> lookAt(Fit fit) {
    var all = new LinkedHashMap<String, Value>();
    List<ParameterGroup> groups = fit.optimizer().groups();
    var hypers = new LinkedHashSet<Hyper>();
    groups.forEach(group -> hypers.addAll(group.hypers()));
    for (Hyper hyper : hypers) {
      List<ParameterGroup> having = fit.optimizer().having(hyper);
      List<Double> values = having.stream().map(group -> group.get(hyper)).toList();
      boolean one = values.stream().distinct().count() == 1;
      String shown =
          one
              ? shown(values.getFirst())
              : having.stream()
                  .map(group -> "%s %s".formatted(group.name(), shown(group.get(hyper))))
                  .collect(Collectors.joining(", "));
      all.put(hyper.name(), new Value(values, shown));
    }
    for (Callback callback : fit.callbacks()) {
      for (Tunable tunable : callback.tunables()) {
        all.put(callback.name() + "." + tunable.name(), number(tunable.get()));
      }
    }
    all.put("loss function", part(fit.lossFunction()));
    all.put("training step", part(fit.step()));
    all.put("optimizer", part(fit.optimizer()));
    List<String> names = fit.callbacks().stream().map(Callback::name).toList();
    all.put("callbacks", new Value(names, String.join(", ", names)));
    int trained = groups.stream().mapToInt(group -> group.trainable().size()).sum();
    all.put("trained arrays", new Value(trained, Integer.toString(trained)));
    String stop =
        fit.stopsAfter(Level.BATCH)
            ? "after this batch"
            : fit.stopsAfter(Level.EPOCH) ? "after this epoch" : "no";
    all.put("stop", new Value(stop, stop));
    return all;
  }

  private static Value part(Object part) {
    String name = part.getClass().getSimpleName();
    return new Value(part, name.isEmpty() || name.contains("$$Lambda") ? "a function" : name);
  }

  private static Value number(double number) {
    return new Value(number, shown(number));
  }

  private static String shown(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e6
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, "%.7g", number);
  }

  /// {@return arrays as they are told: shape, mean, deviation, and a few digits that differ
  /// whenever anything does}
  private static Value arrays(NDList arrays, NDManager scratch) {
    var key = new ArrayList<Object>();
    var shown = new ArrayList<String>();
    for (NDArray each : arrays) {
      double[] numbers = look(each, scratch);
      for (double number : numbers) {
        key.add(number);
      }
      key.add(each.getShape());
      shown.add(
          "%s mean %s deviation %s #%04x"
              .formatted(
                  each.getShape(),
                  shown(numbers[0]),
                  shown(numbers[1]),
                  Arrays.hashCode(numbers) & 0xffff));
    }
    return new Value(key, String.join("; ", shown));
  }

  private static double[] look(NDArray array, NDManager scratch) {
    return SCRIPT.call(scratch, "look", array).head().toDoubleArray();
  }

  @Override
  public void beforeBatch(Batch batch) {
    itself(Event.BEFORE_BATCH, batch);
  }

  @Override
  public void afterPred(Batch batch) {
    itself(Event.AFTER_PRED, batch);
  }

  @Override
  public void afterLoss(Batch batch) {
    itself(Event.AFTER_LOSS, batch);
  }

  @Override
  public void beforeBackward(Batch batch) {
    itself(Event.BEFORE_BACKWARD, batch);
  }

  @Override
  public void afterBackward(Batch batch) {
    itself(Event.AFTER_BACKWARD, batch);
  }

  @Override
  public void beforeStep(Batch batch) {
    itself(Event.BEFORE_STEP, batch);
  }

  @Override
  public void afterStep(Batch batch) {
    itself(Event.AFTER_STEP, batch);
  }

  @Override
  public void afterBatch(Batch batch) {
    itself(Event.AFTER_BATCH, batch);
  }

  /// What the loop did is seen where no callback is called, too.
  private void itself(Event event, Batch batch) {
    if (watches(batch)) {
      compare(event, batch);
    }
  }
}
