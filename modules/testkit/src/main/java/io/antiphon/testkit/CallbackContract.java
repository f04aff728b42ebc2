package io.antiphon.testkit;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.CancelBackwardException;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelEpochException;
import io.antiphon.core.CancelException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.CancelStepException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.CheckpointException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Observer;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.core.Replacement;
import io.antiphon.core.Scope;
import io.antiphon.core.Stateful;
import io.antiphon.core.StepResult;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Tunable;
import io.antiphon.torch.Autograd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What every callback must keep to, checked by training for real.
///
/// ```
/// @Test void keepsTheContract() {
///   CallbackContract.of(() -> new MyCallback(0.3)).verify();
/// }
/// ```
///
/// It must be made anew each time, run in two fits in a row, bear its cleanups being called twice,
/// and survive a cancel of every open level and an exception at every event, thrown before it and
/// after it, each time leaving the loss function, the training step, hyper-parameters, callbacks,
/// what is frozen, grad mode and the number of the learner's native arrays as they were before its
/// first fit. Weights that it changes and puts back in a fit that ends well, it puts back however a
/// fit ends. With one seed it gives one result, bit by bit. If it is [Stateful], its state handed
/// to a new instance continues as if never interrupted. A fit that was saved in the middle of an
/// epoch, or after one, goes on with another instance and ends with the same weights. If it is an
/// [Observer], the weights are the same as without it. What it declares is so: the same of every
/// instance and after every fit, nothing that an observer could not do, a whole loss function or
/// training step only if it replaces it, the loss read as a number only if it says that it waits
/// for the device.
public final class CallbackContract {
  private final Supplier<? extends Callback> callback;
  private Supplier<Learner.Builder> task = () -> TinyTask.learner(2, 1);

  private CallbackContract(Supplier<? extends Callback> callback) {
    this.callback = callback;
  }

  /// {@return the contract of a callback, on [TinyTask]}
  ///
  /// @param callback makes a new instance at each call
  public static CallbackContract of(Supplier<? extends Callback> callback) {
    return new CallbackContract(callback);
  }

  /// Checks on another task, which should take milliseconds.
  public CallbackContract on(Supplier<Learner.Builder> task) {
    this.task = task;
    return this;
  }

  /// Checks everything.
  ///
  /// @throws AssertionError if the callback breaks its contract; the message says where and how
  public void verify() {
    Callback one = callback.get();
    Callback another = callback.get();
    if (one == another) {
      throw new AssertionError("the supplier gives the same instance twice; it must make new ones");
    }
    fitsTwice();
    declaresWhatItDoes();
    survivesEverything();
    putsWeightsBack();
    repeatsItself();
    if (callback.get() instanceof Stateful<?>) {
      continuesFromItsState();
    }
    goesOnFromACheckpoint();
    if (callback.get() instanceof Observer) {
      changesNothing();
    }
  }

  private void fitsTwice() {
    Callback subject = callback.get();
    try (Learner learner = task.get().callbacks(subject).build()) {
      learner.fit(1);
      var closing = new Twice(subject);
      learner.fit(1, closing);
      closing.rethrow();
    } catch (RuntimeException e) {
      throw new AssertionError("two fits in a row, and a second cleanup, must work: " + e, e);
    }
  }

  private void declaresWhatItDoes() {
    Callback subject = callback.get();
    Declared before = Declared.of(subject);
    Watch watch;
    try (Learner learner = task.get().callbacks(subject).build()) {
      watch = new Watch(learner);
      learner.fit(1, watch);
    }
    for (Declared other : List.of(Declared.of(callback.get()), Declared.of(subject))) {
      if (!other.equals(before)) {
        throw new AssertionError(
            "name, purposes, tunables and what it replaces must always be the same; they were %s, then %s"
                .formatted(before, other));
      }
    }
    if (subject instanceof Observer && !before.replaces.isEmpty()) {
      throw new AssertionError("an observer replaces nothing, but declares " + before.replaces);
    }
    watch.check(before.replaces, Replacement.LOSS_FUNCTION, watch.hadOtherLoss);
    watch.check(before.replaces, Replacement.STEP, watch.hadOtherStep);
    if (watch.waited && !before.waitsForDevice) {
      throw new AssertionError(
          "it reads the loss as a number in training batches, which waits for the device; say so"
              + " with waitsForDevice()");
    }
  }

  private record Declared(
      String name,
      Set<Purpose> purposes,
      Set<Replacement> replaces,
      boolean waitsForDevice,
      List<String> tunables) {
    static Declared of(Callback callback) {
      return new Declared(
          callback.name(),
          Set.copyOf(callback.purposes()),
          Set.copyOf(callback.replaces()),
          callback.waitsForDevice(),
          callback.tunables().stream().map(Tunable::name).toList());
    }
  }

  /// Sees at every event whether loss function and training step are the learner's, and at the end
  /// of a training batch whether its loss was read.
  private static final class Watch extends EventLog {
    private final LossFunction loss;
    private final TrainingStep step;
    private boolean hadOtherLoss;
    private boolean hadOtherStep;
    private boolean waited;

    Watch(Learner learner) {
      loss = learner.lossFunction();
      step = learner.step();
    }

    @Override
    protected void at(Event event, Scope scope) {
      hadOtherLoss |= scope.fit().lossFunction() != loss;
      hadOtherStep |= scope.fit().step() != step;
      waited |= scope instanceof Batch batch && batch.isTraining() && batch.waited();
    }

    void check(Set<Replacement> declared, Replacement whole, boolean happened) {
      if (declared.contains(whole) && !happened) {
        throw new AssertionError(
            "it declares that it replaces %s, which keeps others out, but a fit did not show it"
                .formatted(whole));
      }
    }
  }

  private void survivesEverything() {
    var injector = new Injector();
    for (boolean first : new boolean[] {true, false}) {
      injector.first = first;
      Callback subject = callback.get();
      try (Learner learner = task.get().callbacks(injector).build()) {
        injector.disarm();
        learner.fit(1); // without it, so that what it leaves is not taken for what it found
        learner.add(subject);
        var found = new Found(learner);
        injector.disarm();
        learner.fit(1);
        found.check(learner, "a fit");
        List<Set<Level>> open = injector.open;
        for (int at = 0; at < open.size(); at++) {
          for (@Nullable Level level : withNone(open.get(at))) {
            injector.arm(at, level);
            try {
              learner.fit(1);
            } catch (CallbackException | IllegalStateException e) {
              if (!injector.isMine(e)) {
                throw new AssertionError(injector.what() + " made it fail: " + e, e);
              }
            }
            found.check(learner, injector.what());
          }
        }
      }
    }
  }

  /// What a callback itself does to the weights shows where no step changes them.
  private void putsWeightsBack() {
    var injector = new Injector();
    for (boolean first : new boolean[] {true, false}) {
      injector.first = first;
      try (Learner learner = task.get().callbacks(injector, new Still(), callback.get()).build()) {
        injector.disarm();
        learner.fit(1); // it may begin to average, say
        List<float[]> found = trained(learner);
        injector.disarm();
        learner.fit(1);
        if (!same(found, trained(learner))) {
          return; // it changes them for good
        }
        List<Set<Level>> open = injector.open;
        for (int at = 0; at < open.size(); at++) {
          var ends = new ArrayList<Level>(open.get(at));
          ends.retainAll(List.of(Level.FIT, Level.VALIDATE));
          for (@Nullable Level level : withNone(ends)) {
            injector.arm(at, level);
            try {
              learner.fit(1);
            } catch (CallbackException | IllegalStateException e) {
              if (!injector.isMine(e)) {
                throw new AssertionError(injector.what() + " made it fail: " + e, e);
              }
            }
            if (!same(found, trained(learner))) {
              throw new AssertionError(
                  injector.what()
                      + " left other weights; put back in a cleanup, or let scope.own(…) do, what is"
                      + " changed for a while");
            }
          }
        }
      }
    }
  }

  /// Lets all happen in a fit but what a step does to the weights.
  private static final class Still implements Callback {
    @Override
    public Order order() {
      return Order.at(-10_001);
    }

    @Override
    public void beforeFit(Fit fit) {
      fit.wrapStep(Step::new);
    }

    private record Step(TrainingStep inner) implements TrainingStep.Wrapper {
      @Override
      public StepResult step(Batch batch) {
        return new StepResult.Applied();
      }
    }
  }

  /// {@return what is thrown where these levels are open: a cancel of each, and an exception, which
  /// a cancel of any other level comes to}
  private static List<@Nullable Level> withNone(Collection<Level> open) {
    var all = new ArrayList<@Nullable Level>(open);
    all.add(null);
    return all;
  }

  private void repeatsItself() {
    if (!same(weights(callback.get()), weights(callback.get()))) {
      throw new AssertionError(
          "two fits with one seed must give the same weights; draw from a RandomStream");
    }
  }

  private void changesNothing() {
    if (!same(weights(callback.get()), weights(new Callback() {}))) {
      throw new AssertionError("an observer must not change the weights");
    }
  }

  private void continuesFromItsState() {
    Callback first = callback.get();
    Callback next = callback.get();
    List<float[]> uninterrupted;
    try (Learner learner = task.get().callbacks(callback.get()).build()) {
      learner.fit(1);
      learner.fit(1);
      uninterrupted = weights(learner);
    }
    try (Learner learner = task.get().callbacks(first).build();
        NDManager saved = NDManager.newBaseManager()) {
      learner.fit(1);
      transfer((Stateful<?>) first, (Stateful<?>) next, saved);
      learner.remove(first);
      learner.add(next);
      learner.fit(1);
      if (!same(uninterrupted, weights(learner))) {
        throw new AssertionError(
            "state saved, restored into a new instance and continued must equal no interruption");
      }
    }
  }

  private void goesOnFromACheckpoint() {
    List<float[]> uninterrupted = weights(callback.get());
    for (boolean inEpoch : new boolean[] {true, false}) {
      Path folder = temporary();
      try {
        Path saved = folder.resolve("checkpoint");
        try (Learner learner = task.get().callbacks(callback.get()).build()) {
          learner.fit(2, new Saving(saved, inEpoch));
        }
        if (!Files.exists(saved)) {
          continue; // it ended the fit before
        }
        try (Learner learner = task.get().callbacks(callback.get()).build()) {
          learner.load(saved);
          learner.fit(2);
          if (!same(uninterrupted, weights(learner))) {
            throw new AssertionError(
                "a fit saved %s, loaded with another instance and continued must equal no interruption; let state() hold all that it remembers then, and keep it at BEFORE_FIT, BEFORE_EPOCH and BEFORE_TRAIN"
                    .formatted(
                        inEpoch ? "in the middle of its first epoch" : "after its first epoch"));
          }
        } catch (CheckpointException e) {
          throw new AssertionError("its state must fit another instance: " + e, e);
        }
      } finally {
        Checkpoint.all(folder).forEach(Checkpoint::remove);
        var _ = folder.toFile().delete();
      }
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("callback-contract");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Saves a learner in the middle of its first epoch, or after it.
  private record Saving(Path folder, boolean inEpoch) implements Callback {
    @Override
    public void afterBatch(Batch batch) {
      if (inEpoch
          && batch.isTraining()
          && batch.pass().epoch().number() == 0
          && batch.index() == 0) {
        save(batch.fit());
      }
    }

    @Override
    public void afterEpoch(Epoch epoch) {
      if (!inEpoch && epoch.number() == 0) {
        save(epoch.fit());
      }
    }

    private void save(Fit fit) {
      fit.whenSettled(() -> fit.learner().save(folder));
    }
  }

  private static <S extends Record> void transfer(
      Stateful<S> from, Stateful<?> to, NDManager saved) {
    S state = from.state(saved);
    if (!to.stateType().equals(from.stateType())) {
      throw new AssertionError("two instances must have one type of state");
    }
    @SuppressWarnings("unchecked") // just checked
    var target = (Stateful<S>) to;
    target.restore(state);
  }

  private List<float[]> weights(Callback subject) {
    try (Learner learner = task.get().callbacks(subject).build()) {
      learner.fit(2);
      return weights(learner);
    }
  }

  private static List<float[]> weights(Learner learner) {
    return weights(learner, _ -> true);
  }

  private static List<float[]> trained(Learner learner) {
    return weights(learner, Parameter::requiresGradient);
  }

  private static List<float[]> weights(Learner learner, Predicate<Parameter> which) {
    var all = new ArrayList<float[]>();
    for (Pair<String, Parameter> parameter : learner.model().getParameters()) {
      if (which.test(parameter.getValue())) {
        all.add(parameter.getValue().getArray().toFloatArray());
      }
    }
    return all;
  }

  private static boolean same(List<float[]> some, List<float[]> others) {
    for (int i = 0; i < some.size(); i++) {
      if (!Arrays.equals(some.get(i), others.get(i))) {
        return false;
      }
    }
    return some.size() == others.size();
  }

  /// What a fit must leave as it found it.
  private static final class Found {
    private final LossFunction loss;
    private final TrainingStep step;
    private final List<Callback> callbacks;
    private final List<Double> hypers;
    private final List<Boolean> trained;
    private final boolean gradMode;
    private final int arrays;

    Found(Learner learner) {
      loss = learner.lossFunction();
      step = learner.step();
      callbacks = List.copyOf(learner.callbacks());
      hypers = hypers(learner);
      trained = trained(learner);
      gradMode = Autograd.isOn();
      arrays = learner.manager().getManagedArrays().size();
    }

    void check(Learner learner, String after) {
      require(learner.lossFunction() == loss, after, "another loss function");
      require(learner.step() == step, after, "another training step");
      require(learner.callbacks().equals(callbacks), after, "other callbacks");
      require(hypers(learner).equals(hypers), after, "other hyper-parameters");
      require(trained(learner).equals(trained), after, "other parameters frozen");
      require(Autograd.isOn() == gradMode, after, "another grad mode");
      int now = learner.manager().getManagedArrays().size();
      require(now == arrays, after, "%d native arrays instead of %d".formatted(now, arrays));
    }

    private static List<Boolean> trained(Learner learner) {
      return learner.model().getParameters().values().stream()
          .map(Parameter::requiresGradient)
          .toList();
    }

    private static List<Double> hypers(Learner learner) {
      var values = new ArrayList<Double>();
      for (ParameterGroup group : learner.optimizer().groups()) {
        for (Hyper hyper : group.hypers()) {
          values.add(group.get(hyper));
        }
      }
      return values;
    }

    private static void require(boolean kept, String after, String instead) {
      if (!kept) {
        throw new AssertionError(after + " left " + instead);
      }
    }
  }

  /// Throws one thing at one event, once in a fit.
  private static final class Injector extends EventLog {
    private boolean first;
    private int at = -1;
    private int events;
    private List<Set<Level>> open = List.of();
    private final Set<Level> openNow = EnumSet.noneOf(Level.class);
    private @Nullable Level level;
    private @Nullable Event event;
    private @Nullable RuntimeException thrown;

    @Override
    public String name() {
      return "injector";
    }

    @Override
    public Order order() {
      return Order.at(first ? -10_000 : 10_000);
    }

    /// Throws nothing in the next fit, and notes which levels are open at each event.
    void disarm() {
      arm(-1, null);
      open = new ArrayList<>();
    }

    void arm(int at, @Nullable Level level) {
      this.at = at;
      this.level = level;
      events = 0;
      event = null;
    }

    private void note(Event event) {
      for (Level level : Level.values()) {
        if (event == level.before()) {
          openNow.add(level);
        } else if (event == level.after()) {
          openNow.remove(level);
        }
      }
      boolean ends = event.edge() == Event.Edge.CLEANUP; // where nothing can be cancelled
      open.add(ends ? Set.of() : EnumSet.copyOf(openNow));
    }

    @Override
    protected void at(Event event, Scope scope) {
      if (at < 0) {
        note(event);
      }
      if (events++ == at) {
        this.event = event;
        thrown =
            level == null ? new IllegalArgumentException("injected") : cancel(level, "injected");
        throw thrown;
      }
    }

    boolean isMine(RuntimeException failure) {
      boolean mine = failure instanceof CallbackException c && c.callback().equals("injector");
      return (mine || String.valueOf(failure.getMessage()).contains("callback 'injector' threw"))
          && failure.getSuppressed().length == 0;
    }

    String what() {
      return "%s at %s thrown %s the callback"
          .formatted(
              level == null ? "an exception" : "a cancel of " + level,
              event,
              first ? "before" : "after");
    }

    private static CancelException cancel(Level level, String why) {
      return switch (level) {
        case FIT -> new CancelFitException(why);
        case EPOCH -> new CancelEpochException(why);
        case TRAIN -> new CancelTrainException(why);
        case VALIDATE -> new CancelValidateException(why);
        case BATCH -> new CancelBatchException(why);
        case BACKWARD -> new CancelBackwardException(why);
        case STEP -> new CancelStepException(why);
      };
    }
  }

  /// Calls the subject's cleanups once more than the loop does.
  private static final class Twice implements Callback {
    private final Callback subject;
    private @Nullable RuntimeException failure;

    Twice(Callback subject) {
      this.subject = subject;
    }

    @Override
    public Order order() {
      return Order.at(Integer.MIN_VALUE); // cleanups run in reverse: after the subject's own
    }

    @Override
    public void cleanupBackward(Batch batch) {
      again(() -> subject.cleanupBackward(batch));
    }

    @Override
    public void cleanupStep(Batch batch) {
      again(() -> subject.cleanupStep(batch));
    }

    @Override
    public void cleanupBatch(Batch batch) {
      again(() -> subject.cleanupBatch(batch));
    }

    @Override
    public void cleanupTrain(Pass pass) {
      again(() -> subject.cleanupTrain(pass));
    }

    @Override
    public void cleanupValidate(Pass pass) {
      again(() -> subject.cleanupValidate(pass));
    }

    @Override
    public void cleanupEpoch(Epoch epoch) {
      again(() -> subject.cleanupEpoch(epoch));
    }

    @Override
    public void cleanupFit(Fit fit) {
      again(() -> subject.cleanupFit(fit));
    }

    private void again(Runnable cleanup) {
      try {
        cleanup.run();
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }

    void rethrow() {
      if (failure != null) {
        throw failure;
      }
    }
  }
}
