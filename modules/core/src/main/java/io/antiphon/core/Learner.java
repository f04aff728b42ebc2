package io.antiphon.core;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Denormals;
import io.antiphon.torch.Gradients;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.Threads;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A model, a loss function, an optimizer and data, together with the callbacks that shape how they
/// are fitted.
///
/// ```
/// try (Learner learner = Learner.builder()
///     .model(model).loss(loss).optimizer(optimizer)
///     .train(train).valid(valid).metrics(accuracy)
///     .build()) {
///   learner.fit(5);
/// }
/// ```
///
/// What is set here stays. Callbacks change the same things for the life of a [Scope]. A learner is
/// used by one thread at a time, a platform thread; several learners may fit at once on threads of
/// their own, each as if it were alone, bit by bit on one CPU with one thread count. Only what
/// draws random numbers of libtorch without [RandomStream#draw], such as DJL's own `Dropout`, gets
/// others then, for libtorch has one generator for all threads. A run begins with autocast off,
/// whatever is in force around it. Closing a learner closes the optimizer and, if the learner
/// initialised the model, the model's parameters.
public final class Learner implements AutoCloseable {
  private final NDManager manager;
  private final Parts parts;
  private final long seed;
  private final List<Metric> metrics;
  private final boolean scoresTraining;
  private final Optional<Task> task;
  private final SequencedMap<String, String> settings;
  private final List<Callback> callbacks;
  private final RandomStream trainStream;
  private final RandomStream validStream;
  private int callbackVersion;
  private long epochsDone;
  private long stepsDone;
  private final Turns turns = new Turns(this);
  private boolean fitting;
  private int fitsTogether;
  private int fitsBegun;
  private final Resumption resumption = new Resumption(this);
  private final InputTypes inputTypes = new InputTypes();
  private final boolean flushesDenormals;
  private final Ranks ranks;
  private final int threads;

  private Learner(Builder builder) {
    seed = builder.seed;
    metrics = List.copyOf(builder.metrics);
    Row.check(metrics, builder.scoresTraining);
    scoresTraining = builder.scoresTraining;
    task = Optional.ofNullable(builder.task);
    flushesDenormals = builder.flushesDenormals;
    settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(builder.settings));
    callbacks = new ArrayList<>(builder.callbacks.size());
    builder.callbacks.forEach(this::add);
    ranks = builder.ranks;
    String own = ranks.leads() ? "" : "/" + ranks.rank(); // else all would drop the same
    trainStream = new RandomStream(seed, "torch" + own);
    validStream = new RandomStream(seed, "torch-valid" + own);
    Block model = required(builder.model, "model");
    LossFunction loss = builder.loss == null ? new NoLoss() : builder.loss;
    Device device = builder.device == null ? Engine.getInstance().defaultDevice() : builder.device;
    manager = NDManager.newBaseManager(device);
    manager.setName("learner");
    Set<Parameter> given = Collections.newSetFromMap(new IdentityHashMap<>());
    try {
      for (var each : model.getParameters()) {
        if (each.getValue().isInitialized()) {
          given.add(each.getValue());
        }
      }
      initialize(model, builder);
      parts =
          new Parts(
              model, loss, builder.step, optimizer(model, builder), builder.train, builder.valid);
      threads = builder.threads == 0 ? fittingThreads(model, builder) : builder.threads;
    } catch (Throwable e) {
      for (var each : model.getParameters()) { // so that it can be tried again with this model
        if (!given.contains(each.getValue())) {
          each.getValue().close();
        }
      }
      manager.close();
      throw e;
    }
  }

  private static Optimizer optimizer(Block model, Builder builder) {
    Optimizer.Factory factory = builder.optimizer;
    if (factory == null) {
      return new NoOptimizer();
    }
    Splitter splitter = builder.splitter == null ? factory.splitter() : builder.splitter;
    return factory.create(splitter.split(model));
  }

  private void initialize(Block model, Builder builder) {
    if (model.isInitialized()) {
      return;
    }
    DataLoader data = builder.train == null ? builder.valid : builder.train;
    if (data == null) {
      throw new IllegalStateException(
          "the model is not initialised and there are no data to tell its input shapes; give data, or"
              + " call model.initialize first");
    }
    Initialization.of(model, manager, seed, data.inputShapes());
  }

  private static int fittingThreads(Block model, Builder builder) {
    DataLoader data = builder.train == null ? builder.valid : builder.train;
    int fitting =
        data == null
            ? Threads.available()
            : Threads.fitting(
                Layer.of(model, data.inputShapes()).stream().mapToDouble(Layer::work).sum());
    int own = Math.max(1, Threads.available() / builder.ranks.onThisMachine());
    return Math.min(fitting, own);
  }

  /// {@return a builder of learners}
  public static Builder builder() {
    return new Builder();
  }

  /// Trains.
  ///
  /// @param epochs how many epochs, at least 0
  /// @param more callbacks for this fit only
  /// @return how it ended, with the last epoch's scores
  /// @throws CallbackException if a callback fails
  /// @throws IllegalStateException if callbacks do not fit together, the learner is fitting
  ///   already, this is a virtual thread, or an autocast scope was left open in the run
  public FitResult fit(int epochs, Callback... more) {
    return run(Purpose.FIT, epochs, more);
  }

  /// Trains for a length that need not be whole epochs: the last epoch's training part ends at the
  /// length's last step, and its validation follows. A number of steps is that many, whatever the
  /// data become in between; but a fit whose epochs are all cut off before their first step ends
  /// after as many epochs as it would have taken.
  ///
  /// @param length epochs or steps
  /// @param more callbacks for this fit only
  public FitResult fit(Length length, Callback... more) {
    return run(Purpose.FIT, length, more);
  }

  /// Fits several times as one training, such as first a part of the model and then all of it:
  /// whoever tells of a training's start and end tells once, by [Fit#isFirst] and [Fit#isLast].
  ///
  /// @param fits how many fits it takes; one that is stopped or cancelled may be the last
  /// @param training fits
  /// @throws IllegalStateException inside of another such training
  public FitResult together(int fits, Supplier<FitResult> training) {
    if (fitsTogether > 0) {
      throw new IllegalStateException("fits are one training already; this one cannot be a part");
    }
    fitsTogether = Check.atLeast("fits", fits, 1);
    fitsBegun = 0;
    try {
      return training.get();
    } finally {
      fitsTogether = 0;
    }
  }

  /// Scores the validation data.
  public Scores validate(Callback... more) {
    return run(Purpose.VALIDATE, 1, more)
        .valid()
        .orElseThrow(() -> new IllegalStateException("the validation was cancelled"));
  }

  /// Computes predictions for data, whose targets may be missing.
  ///
  /// Predicting takes no optimizer and no loss function.
  ///
  /// @param data what to predict for
  /// @param owner the manager that owns the result
  /// @return the model's outputs for all samples in the loader's order, `[N, …]` each
  /// @throws IllegalStateException if a callback stopped or cancelled a part of it, so that rows
  ///   would be missing
  public NDList predict(DataLoader data, NDManager owner, Callback... more) {
    try (NDManager batches = owner.newSubManager()) {
      var outputs = new ArrayList<NDList>();
      predict(data, new Collector(false, each -> outputs.add(kept(each.outputs(), batches))), more);
      return Collector.joined(outputs, owner);
    }
  }

  /// Computes predictions for a few samples, or for one.
  ///
  /// @param inputs what the model gets, `[B, …]` each; they stay as they are
  /// @param owner the manager that owns the result
  /// @return the model's outputs, `[B, …]` each
  public NDList predict(NDList inputs, NDManager owner, Callback... more) {
    return predict(new OneBatch(inputs), owner, more);
  }

  /// Computes predictions for data, and keeps them beside what they are for: inputs, targets, and
  /// the loss of each sample, if this learner has a loss function.
  ///
  /// @param data what to predict for
  /// @param owner the manager that owns the arrays of the result
  /// @throws IllegalStateException as [#predict(DataLoader, NDManager, Callback...)]
  public Predictions predictions(DataLoader data, NDManager owner, Callback... more) {
    try (NDManager batches = owner.newSubManager()) {
      var all = new ArrayList<Predictions>();
      predictions(
          data,
          each ->
              all.add(
                  new Predictions(
                      each.first(),
                      each.size(),
                      OneBatch.copies(each.inputs(), batches), // they may be the loader's own
                      OneBatch.copies(each.targets(), batches),
                      kept(each.outputs(), batches),
                      each.losses().map(losses -> kept(new NDList(losses), batches).head()))),
          more);
      return Predictions.joined(all, owner);
    }
  }

  /// Computes predictions for data batch by batch, so that memory stays as it is, however many
  /// samples there are.
  ///
  /// @param data what to predict for
  /// @param reader hears of each batch in order; its arrays are closed when the reader returns, and
  ///   what it throws comes out of this as it is
  /// @throws IllegalStateException as [#predict(DataLoader, NDManager, Callback...)]
  public void predictions(DataLoader data, Consumer<Predictions> reader, Callback... more) {
    predict(data, new Collector(true, reader), more);
  }

  private void predict(DataLoader data, Collector collector, Callback... more) {
    refuseNested();
    Optional<DataLoader> former = parts.valid.base();
    var all = new ArrayList<Callback>(List.of(more));
    all.add(collector);
    parts.valid.base(Optional.of(data));
    try {
      run(Purpose.PREDICT, 1, all.toArray(Callback[]::new));
    } catch (CallbackException e) {
      throw collector.failure(e);
    } finally {
      parts.valid.base(former);
    }
    collector.check();
  }

  private void refuseNested() {
    if (fitting) {
      throw new IllegalStateException(
          "this learner is fitting already; use another one inside a hook");
    }
  }

  private static NDList kept(NDList arrays, NDManager owner) {
    var kept = new NDList(arrays);
    kept.attach(owner);
    return kept;
  }

  /// Runs the loop.
  ///
  /// @param purpose why; without training unless it is [Purpose#FIT] or [Purpose#LR_FIND]
  /// @param epochs how many epochs, at least 0
  /// @param more callbacks for this run only
  public FitResult run(Purpose purpose, int epochs, Callback... more) {
    return run(purpose, Check.atLeast("epochs", epochs, 0), Long.MAX_VALUE, more);
  }

  /// Runs the loop for a length that need not be whole epochs.
  ///
  /// @param purpose why; without training unless it is [Purpose#FIT] or [Purpose#LR_FIND]
  /// @param length epochs or steps
  /// @param more callbacks for this run only
  public FitResult run(Purpose purpose, Length length, Callback... more) {
    int perEpoch = trainData().batches();
    long steps = length.toSteps(perEpoch);
    if (length.unit() == Length.Unit.STEPS) {
      return run(purpose, steps == 0 ? 0 : Fit.AS_MANY_AS_IT_TAKES, steps, more);
    }
    if (perEpoch == 0) {
      parts.refuseNothing(purpose, length.amount() == 0 ? 0 : 1);
      return run(purpose, 0, more);
    }
    if (steps % perEpoch == 0) {
      return run(purpose, Math.toIntExact(steps / perEpoch), more);
    }
    return run(purpose, Math.toIntExact(steps / perEpoch) + 1, steps, more);
  }

  private FitResult run(Purpose purpose, int epochs, long steps, Callback... more) {
    refuseNested();
    boolean isPart = fitsTogether > 0 && purpose == Purpose.FIT;
    fitsBegun += isPart ? 1 : 0;
    Optional<FitResult> over = purpose == Purpose.FIT ? resumption.nextOver() : Optional.empty();
    if (over.isPresent()) {
      return over.get();
    }
    parts.refuseNothing(purpose, epochs);
    if (purpose == Purpose.FIT && epochs > 0) {
      parts.refuseOtherShapes(seed, manager);
    }
    fitting = true;
    int added = 0;
    var dispatcher = new Dispatcher(this, purpose);
    boolean isFirst = !isPart || fitsBegun == 1;
    boolean isLast = !isPart || fitsBegun >= fitsTogether;
    var fit = new Fit(this, purpose, dispatcher, epochs, steps, isFirst, isLast);
    try (var _ = Threads.use(threads);
        var _ = flushesDenormals ? Denormals.flush() : Denormals.keep();
        var _ = Autograd.off();
        var _ = Autocast.off();
        var _ = RandomStream.scope()) {
      for (; added < more.length; added++) {
        add(more[added]);
      }
      Row.check(metrics, scoresTraining, reports());
      dispatcher.begin(fit);
      if (purpose == Purpose.FIT || purpose == Purpose.LR_FIND) {
        gradients().zero(); // a fit that failed may have left some
      }
      resumption.begin(fit);
      new Loop(dispatcher).run(fit);
      Progress.Scored last = fit.lastScored();
      var result = new FitResult(fit.outcome(), fit.epochIndex() + 1, last.train(), last.valid());
      resumption.ended(fit, result);
      return result;
    } finally {
      resumption.end();
      for (int i = 0; i < added; i++) {
        remove(more[i]);
      }
      fitting = false;
    }
  }

  /// Saves this learner in a folder: a [Checkpoint], from which [#load] brings it back bit by bit,
  /// in another process too. The folder appears when it is whole, and takes the place of what is
  /// there under its name.
  ///
  /// During a fit it is called between batches or epochs, see [Fit#whenSettled]; what is loaded
  /// from there goes on with the next batch. In the cleanup of a fit it saves what is there, from
  /// which a fit cannot go on.
  ///
  /// @throws UncheckedIOException if it cannot be written; nothing has changed then
  /// @throws IllegalStateException inside a batch or an epoch, and where [#canSave] says no
  public void save(Path folder) {
    resumption.save(folder);
  }

  /// {@return whether this process has all that a fit needs to go on exactly from here: what one
  /// alone has; where several train together, not in the middle of an accumulated step, nor within
  /// an epoch in which something remembers what only its own rows left; waits for the device then}
  public boolean canSave() {
    return resumption.isWhole();
  }

  /// Brings a learner back that was saved, into one of the same parts: weights, what the optimizer
  /// and callbacks remember, hyper-parameters and counts.
  ///
  /// If a fit was open when it was saved, the program calls the same fits as the one that saved it:
  /// those that were over then return at once what they returned, and the open one goes on where it
  /// was, in constant time. It ends with the same bits as if it had never been interrupted, but for
  /// what [#resumeLimits] names.
  ///
  /// @param folder a [Checkpoint]'s
  /// @throws CheckpointException if it is not whole, of a newer program, or of a learner of other
  ///   parts; this learner may have taken over a part of it then
  public void load(Path folder) {
    if (fitting) {
      throw new IllegalStateException("a learner that is fitting cannot be loaded");
    }
    resumption.load(folder);
  }

  /// {@return the folder of the checkpoints that a callback saves, if one does}
  public Optional<Path> checkpoints() {
    return callback(Checkpointing.class).map(Checkpointing::checkpoints);
  }

  /// {@return why a run that goes on from a checkpoint of this learner would not end as one that
  /// was never interrupted, in sentences; empty if it would}
  public List<String> resumeLimits() {
    return resumption.limits();
  }

  /// {@return a copy of what this learner has learned and remembers, which [#restore] brings back;
  /// whoever takes it closes it}
  public Snapshot snapshot() {
    return new Snapshot(this, _ -> true);
  }

  /// {@return a copy of what a run of that purpose may change: as [#snapshot()], without the
  /// callbacks that do not join such a run}
  public Snapshot snapshot(Purpose purpose) {
    return new Snapshot(this, callback -> callback.purposes().contains(purpose));
  }

  /// Brings a snapshot of this learner back, bit by bit. It can be brought back again.
  public void restore(Snapshot snapshot) {
    snapshot.restore(this);
  }

  /// Refuses a fit that cannot be, before anything runs: callbacks that do not fit together, one
  /// that does not fit this learner ([Callback#check]), or validation data whose shapes the model
  /// does not take.
  ///
  /// @param more callbacks for this fit only
  /// @throws ClashException if callbacks do not fit together
  public void check(Callback... more) {
    parts.refuseOtherShapes(seed, manager);
    with(
        more,
        () -> {
          Row.check(metrics, scoresTraining, reports());
          new Dispatcher(this, Purpose.FIT).ordered().forEach(callback -> callback.check(this));
          return "";
        });
  }

  /// {@return the plan of a run, for people: the levels, who runs at each event and why there}
  ///
  /// @param more callbacks for this run only; what they say of themselves is left out, for whoever
  ///   has them can ask them
  /// @throws ClashException if callbacks do not fit together
  public String explain(Callback... more) {
    return with(more, () -> Explanation.of(this, List.of(more)));
  }

  private String with(Callback[] more, Supplier<String> look) {
    int added = 0;
    try {
      for (; added < more.length; added++) {
        add(more[added]);
      }
      return look.get();
    } finally {
      for (int i = 0; i < added; i++) {
        remove(more[i]);
      }
    }
  }

  /// {@return the model in force}
  public Block model() {
    return parts.model.get();
  }

  /// {@return the loss function in force}
  public LossFunction lossFunction() {
    return parts.loss.get();
  }

  /// Sets the loss function; it stays.
  public void lossFunction(LossFunction loss) {
    parts.loss.base(loss);
  }

  /// {@return the training step in force}
  public TrainingStep step() {
    return parts.step.get();
  }

  /// {@return the optimizer in force}
  public Optimizer optimizer() {
    return parts.optimizer.get();
  }

  /// {@return the training data in force}
  ///
  /// @throws IllegalStateException if there are none
  public DataLoader trainData() {
    return parts.trainData();
  }

  /// Sets the training data; they stay.
  public void trainData(DataLoader data) {
    parts.train.base(Optional.of(data));
  }

  /// {@return the validation data in force}
  public Optional<DataLoader> validData() {
    return parts.valid.get();
  }

  /// Sets the validation data; they stay.
  public void validData(DataLoader data) {
    parts.valid.base(Optional.of(data));
  }

  /// {@return the metrics, in order}
  public List<Metric> metrics() {
    return metrics;
  }

  /// {@return whether metrics are computed in training too}
  public boolean scoresTraining() {
    return scoresTraining;
  }

  /// {@return what is to be learned, if the builder was told: it names classes and columns}
  public Optional<Task> task() {
    return task;
  }

  /// {@return what was chosen for this training, by name, if the builder was told}
  public SequencedMap<String, String> settings() {
    return settings;
  }

  /// {@return the processes that train together, [Ranks#ALONE] by default}
  public Ranks ranks() {
    return ranks;
  }

  /// {@return the seed}
  public long seed() {
    return seed;
  }

  /// {@return the manager of arrays that live as long as the learner, on its device}
  public NDManager manager() {
    return manager;
  }

  /// {@return the device that the learner computes on}
  public Device device() {
    return manager.getDevice();
  }

  /// {@return how many threads an operation uses on the CPU in a run of this learner}
  public int threads() {
    return threads;
  }

  /// {@return the number of training epochs done in the learner's life}
  public long epochsDone() {
    return epochsDone;
  }

  /// {@return the number of training batches done in the learner's life}
  public long stepsDone() {
    return stepsDone;
  }

  /// {@return the callbacks, in the order of their registration}
  public List<Callback> callbacks() {
    return Collections.unmodifiableList(callbacks);
  }

  /// Adds a callback; it stays. During a fit it joins at the next event: it first hears the
  /// `BEFORE` of the fit, the epoch and the part of it that are open, then that event and all that
  /// follow.
  ///
  /// @throws IllegalArgumentException if this very instance is there already, or during a fit, if
  ///   what it reports has a column that is another's
  public void add(Callback callback) {
    if (Ordering.holds(callbacks, callback)) {
      throw new IllegalArgumentException(
          "callback '" + callback.name() + "' is there already; an instance is added once");
    }
    if (fitting && !callback.reports().isEmpty()) {
      var all = new LinkedHashSet<>(reports());
      all.addAll(callback.reports());
      Row.check(metrics, scoresTraining, List.copyOf(all));
    }
    callbacks.add(callback);
    callbackVersion++;
  }

  /// Removes a callback, if this very instance is there. During a fit it leaves at the next event:
  /// it hears the `CLEANUP` of every level that it has begun, and nothing more.
  public void remove(Callback callback) {
    if (Ordering.remove(callbacks, callback)) {
      callbackVersion++;
    }
  }

  /// {@return the first callback of a type}
  public <T extends Callback> Optional<T> callback(Class<T> type) {
    return callbacks.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /// {@return the first callback of a name}
  public Optional<Callback> callback(String name) {
    return callbacks.stream().filter(callback -> callback.name().equals(name)).findFirst();
  }

  /// {@return the gradients of the optimizer's trainable parameters, as they are now: a parameter
  /// that was frozen leaves, one that was unfrozen joins with a gradient of zeros}
  public Gradients gradients() {
    return turns.gradients();
  }

  /// {@return whether gradients wait for a step: some are accumulated or kept; else they are zero
  /// between batches}
  boolean hasGradients() {
    try (NDManager scratch = manager.newSubManager()) {
      return gradients().norm(scratch, Double.POSITIVE_INFINITY).getFloat() != 0;
    }
  }

  /// {@return the names under which numbers are reported, see [Batch#report]: the losses of turns,
  /// and what the training step and the callbacks announce}
  public List<String> reports() {
    List<Turn> turns = step().turns();
    List<String> step = step().reports();
    if (turns.equals(Batch.ONE_TURN)
        && step.isEmpty()
        && callbacks.stream().allMatch(callback -> callback.reports().isEmpty())) {
      return List.of();
    }
    var names = new LinkedHashSet<String>();
    turns.stream().filter(turn -> !turn.isWhole()).map(Turn::lossName).forEach(names::add);
    names.addAll(step);
    callbacks.forEach(callback -> names.addAll(callback.reports()));
    return List.copyOf(names);
  }

  /// Closes the optimizer, and the model's parameters if this learner initialised them.
  @Override
  public void close() {
    resumption.close();
    turns.close();
    parts.optimizer.get().close();
    manager.close();
  }

  Parts parts() {
    return parts;
  }

  Turns turns() {
    return turns;
  }

  InputTypes inputTypes() {
    return inputTypes;
  }

  int callbackVersion() {
    return callbackVersion;
  }

  boolean trainingMode(boolean training) {
    return parts.trainingMode.get().orElse(training);
  }

  void seedTorch(boolean training, long step) {
    (training ? trainStream : validStream).seedTorch(epochsDone, step);
  }

  void done(long epochs, long steps) {
    epochsDone = epochs;
    stepsDone = steps;
  }

  void stepDone() {
    stepsDone++;
  }

  void epochDone() {
    epochsDone++;
  }

  private static <T> T required(@Nullable T value, String what) {
    if (value == null) {
      throw new IllegalStateException(
          "a learner needs a %s: call %s(…) on the builder".formatted(what, what));
    }
    return value;
  }

  /// Builds a learner.
  public static final class Builder {
    private @Nullable Block model;
    private @Nullable LossFunction loss;
    private Optimizer.@Nullable Factory optimizer;
    private @Nullable Splitter splitter;
    private @Nullable DataLoader train;
    private @Nullable DataLoader valid;
    private @Nullable Device device;
    private @Nullable Task task;
    private Map<String, String> settings = Map.of();
    private TrainingStep step = TrainingStep.STANDARD;
    private Ranks ranks = Ranks.ALONE;
    private long seed = 42;
    private boolean scoresTraining;
    private boolean flushesDenormals = true;
    private int threads;
    private final List<Metric> metrics = new ArrayList<>();
    private final List<Callback> callbacks = new ArrayList<>();

    private Builder() {}

    /// Sets the model. If it is not initialised yet, the learner initialises it in float32, from
    /// the seed, for the shapes of the data.
    public Builder model(Block model) {
      this.model = model;
      return this;
    }

    /// Sets the loss function; not needed to predict, nor for a step that has a loss of its own.
    public Builder loss(LossFunction loss) {
      this.loss = loss;
      return this;
    }

    /// Sets the optimizer; not needed to predict and to validate.
    public Builder optimizer(Optimizer.Factory optimizer) {
      this.optimizer = optimizer;
      return this;
    }

    /// Sets how parameters are grouped; by default as the optimizer says.
    public Builder splitter(Splitter splitter) {
      this.splitter = splitter;
      return this;
    }

    /// Sets the training data.
    public Builder train(DataLoader train) {
      this.train = train;
      return this;
    }

    /// Sets the validation data; without any, epochs have no validation part.
    public Builder valid(DataLoader valid) {
      this.valid = valid;
      return this;
    }

    /// Says what is to be learned; nothing depends on it but the names that people see.
    public Builder task(Task task) {
      this.task = task;
      return this;
    }

    /// Says what was chosen, by name, for those who keep records of trainings; nothing depends on
    /// it.
    public Builder settings(Map<String, String> settings) {
      this.settings = settings;
      return this;
    }

    /// Sets the device; by default the engine's: the first GPU if there is one, else the CPU.
    public Builder device(Device device) {
      this.device = device;
      return this;
    }

    /// Sets how many threads an operation uses on the CPU in a run; by default as many as suit the
    /// model's work for a batch, which depends on the number of cores too ([Threads#fitting]).
    ///
    /// @param threads 1 to 256; 0 for the default
    public Builder threads(int threads) {
      if (threads < 0 || threads > Threads.MOST) {
        throw Check.refused(
            "threads", threads, "1 to %d, or 0 for as many as suit".formatted(Threads.MOST));
      }
      this.threads = threads;
      return this;
    }

    /// Says whether denormal numbers are zero in a run, which spares the time that processors take
    /// for them ([Denormals]); by default they are.
    public Builder flushesDenormals(boolean flushesDenormals) {
      this.flushesDenormals = flushesDenormals;
      return this;
    }

    /// Sets the processes that train together. The callback that adds their gradients up must be
    /// there, `data-parallel` of `modules/parallel`.
    public Builder ranks(Ranks ranks) {
      this.ranks = ranks;
      return this;
    }

    /// Sets the training step; by default [TrainingStep#STANDARD].
    public Builder step(TrainingStep step) {
      this.step = step;
      return this;
    }

    /// Sets the seed of every random stream; by default 42.
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /// Adds metrics.
    ///
    /// @throws IllegalArgumentException if there is one of the same name, or of the name of another
    ///   column of [Row]
    public Builder metrics(Metric... metrics) {
      for (Metric metric : metrics) {
        var all = new ArrayList<>(this.metrics);
        all.add(metric);
        Row.check(all, false);
        this.metrics.add(metric);
      }
      return this;
    }

    /// Computes metrics in training too; by default only in validation.
    public Builder scoresTraining(boolean scoresTraining) {
      this.scoresTraining = scoresTraining;
      return this;
    }

    /// Adds callbacks.
    public Builder callbacks(Callback... callbacks) {
      this.callbacks.addAll(List.of(callbacks));
      return this;
    }

    /// {@return the learner}
    ///
    /// @throws IllegalStateException if the model is missing
    public Learner build() {
      return new Learner(this);
    }
  }
}
