package io.antiphon.training;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Checkpoint;
import io.antiphon.core.CheckpointException;
import io.antiphon.core.Checkpointing;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.core.Level;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Saves [Checkpoint]s during a fit: from time to time, of the best epochs, at its end, when it is
/// stopped (by Ctrl-C too), and when it fails.
///
/// A checkpoint's folder is `step-00000120` in the middle of an epoch and `step-00000200-epoch-2`
/// after its second one; `failed-…` after a failure, which has the weights but from which no fit
/// goes on. The file `best` names the folder of the best one. Old ones are removed once new ones
/// are whole: what stays are the last `keep` and the best `best`.
///
/// One that cannot be written, because the disk is full, is told, and the fit goes on; the former
/// ones stay.
public final class SaveModel implements Callback, Checkpointing, Stateful<SaveModel.State> {
  private static final Logger LOGGER = System.getLogger(SaveModel.class.getName());
  private static final String BEST = "best";

  private final Options options;
  private Optional<Monitor> monitor = Optional.empty();
  private boolean higher;
  private long every;
  private boolean inEpochs;
  private List<Saved> saved = new ArrayList<>();
  private long lastSaved = -1;
  private boolean waiting; // for what a checkpoint within an epoch needs

  /// When checkpoints are saved, and which of them stay.
  @Id("save-model")
  @Summary("saves checkpoints, from which an interrupted run goes on")
  public record Options(
      @Summary("how often: 1 epoch, 20 steps, 0.1 of the run; null for only at the end")
          Optional<Length> every,
      @Summary("how many of the last ones stay, at least 1") int keep,
      @Summary("how many of the best epochs stay beside them, 0 for none") int best,
      @Summary(
              "which number makes an epoch the best: a column; null for valid_loss, or train_loss without validation data")
          Optional<String> monitor,
      @Summary("which way is better; auto: as the metric says, smaller for a loss")
          Monitor.Mode mode,
      @Summary("the folder that they are in; by default checkpoints in the run's folder") Path dir)
      implements CallbackProvider {
    public Options {
      Check.atLeast("keep", keep, 1);
      Check.atLeast("best", best, 0);
      if (every.isPresent() && every.get().amount() == 0) {
        throw Check.refused("every", every.get(), "more than nothing");
      }
      monitor.ifPresent(name -> new Monitor(name, mode, 0, 1));
    }

    /// After each epoch; the last two and the best one stay, in the folder `checkpoints`.
    public Options() {
      this(Path.of("checkpoints"));
    }

    /// As [#Options()], in a folder.
    public Options(Path dir) {
      this(Optional.of(Length.epochs(1)), 2, 1, Optional.empty(), Monitor.Mode.AUTO, dir);
    }

    /// {@return the same that saves as often as this says}
    public Options every(Length every) {
      return new Options(Optional.of(every), keep, best, monitor, mode, dir);
    }

    /// {@return the same that keeps so many of the last ones}
    public Options keep(int keep) {
      return new Options(every, keep, best, monitor, mode, dir);
    }

    /// {@return the same that keeps so many of the best ones}
    public Options best(int best) {
      return new Options(every, keep, best, monitor, mode, dir);
    }

    /// {@return the same by whose number an epoch is the best}
    public Options monitor(String monitor) {
      return new Options(every, keep, best, Optional.of(monitor), mode, dir);
    }

    /// {@return the same with another way that is better}
    public Options mode(Monitor.Mode mode) {
      return new Options(every, keep, best, monitor, mode, dir);
    }

    /// {@return the same with another folder}
    public Options dir(Path dir) {
      return new Options(every, keep, best, monitor, mode, dir);
    }

    @Override
    public Callback create() {
      return new SaveModel(this);
    }
  }

  /// A checkpoint that is there.
  ///
  /// @param name its folder's
  /// @param value the monitored number, if it was saved after an epoch that had one
  public record Saved(String name, OptionalDouble value) {}

  /// What this remembers.
  ///
  /// @param saved the checkpoints that are there, the newest last
  public record State(List<Saved> saved) {}

  /// Saves after each epoch in a folder; the last two and the best one stay.
  public SaveModel(Path dir) {
    this(new Options(dir));
  }

  public SaveModel(Options options) {
    this.options = options;
  }

  /// {@return that one process saves for all}
  @Override
  public boolean leadsOnly() {
    return true;
  }

  @Override
  public Order order() {
    return Order.SAVE;
  }

  @Override
  public Path checkpoints() {
    return options.dir();
  }

  /// {@return the checkpoints that are there, the newest last}
  public List<Saved> saved() {
    return List.copyOf(saved);
  }

  @Override
  public void check(Learner learner) {
    monitor(learner).check(learner, "monitor");
    interval(learner, 1);
  }

  private Monitor monitor(Learner learner) {
    String name =
        options.monitor().orElse(learner.validData().isPresent() ? Row.VALID_LOSS : Row.TRAIN_LOSS);
    return new Monitor(name, options.mode(), 0, 1);
  }

  /// How many steps lie between two, or epochs if it is a number of them.
  private void interval(Learner learner, long run) {
    every = Long.MAX_VALUE;
    inEpochs = false;
    if (options.every().isEmpty()) {
      return;
    }
    Length length = options.every().get();
    inEpochs = length.unit() == Length.Unit.EPOCHS && length.amount() == Math.rint(length.amount());
    every =
        inEpochs
            ? (long) length.amount()
            : Math.max(1, length.toSteps(learner.trainData().batches(), run));
  }

  @Override
  public String explain(Learner learner) {
    var text = new StringBuilder();
    options.every().ifPresent(length -> text.append("every ").append(length).append('\n'));
    text.append("the last ").append(options.keep());
    if (options.best() > 0) {
      text.append(" and the best ").append(options.best()).append(" by ");
      text.append(monitor(learner).name());
    }
    text.append(" stay in ").append(options.dir()).append('\n');
    for (String limit : learner.resumeLimits()) {
      text.append("not exact when resumed: ").append(limit).append('\n');
    }
    return text.toString();
  }

  @Override
  public void beforeFit(Fit fit) {
    Learner learner = fit.learner();
    for (String limit : learner.resumeLimits()) {
      LOGGER.log(Logger.Level.WARNING, "save-model: {0}", limit);
    }
    Monitor watched = monitor(learner);
    watched.check(learner, "monitor");
    monitor = Optional.of(watched);
    higher = watched.isHigherBetter(learner);
    interval(learner, fit.steps());
    lastSaved = -1;
    waiting = false;
    Checkpoint.sweep(options.dir());
    if (fit.isResumed()) {
      takeStock(learner);
    }
  }

  /// The process before may have ended between a new one and the removal of old ones.
  private void takeStock(Learner learner) {
    saved.removeIf(each -> !Files.isDirectory(options.dir().resolve(each.name())));
    List<String> names = saved.stream().map(Saved::name).toList();
    for (Checkpoint each : Checkpoint.all(options.dir())) {
      String name = String.valueOf(each.folder().getFileName());
      if (name.startsWith("step-")
          && !names.contains(name)
          && each.steps() <= learner.stepsDone()) {
        remove(name);
      }
    }
  }

  @Override
  public void afterBatch(Batch batch) {
    Fit fit = batch.fit();
    boolean isDue = batch.isTraining() && !inEpochs && (fit.trainIter() + 1) % every == 0;
    if ((isDue || fit.stopsAfter(Level.BATCH)) && !waiting) {
      waiting = true;
      fit.whenSettled(() -> saveInEpoch(fit));
    }
  }

  /// Saves as soon as all that is needed is in this process.
  private void saveInEpoch(Fit fit) {
    Learner learner = fit.learner();
    if (waiting && learner.canSave()) {
      waiting = false;
      save(learner, inEpoch(learner), OptionalDouble.empty());
    } else if (waiting) {
      fit.whenSettled(() -> saveInEpoch(fit));
    }
  }

  private static String inEpoch(Learner learner) {
    return "step-%08d".formatted(learner.stepsDone());
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    Fit fit = epoch.fit();
    OptionalDouble value = epoch.isPartial() ? OptionalDouble.empty() : valueOf(epoch);
    boolean isDue = inEpochs && (epoch.index() + 1) % every == 0;
    boolean isLast = epoch.index() + 1 >= fit.epochs() || fit.stopsAfter(Level.EPOCH);
    boolean late = waiting;
    waiting = false;
    String place = inEpoch(fit.learner());
    boolean interrupted =
        fit.stopsAfter(Level.BATCH)
            && (late || saved.stream().anyMatch(each -> each.name().equals(place)));
    if (interrupted && late) {
      LOGGER.log(
          Logger.Level.WARNING,
          "save-model: what each process remembers of its own rows is in no checkpoint; the run goes"
              + " on from the one before");
    }
    if (!interrupted && (late || isDue || isLast || isAmongBest(value))) {
      Learner learner = fit.learner();
      fit.whenSettled(() -> {
        String name = "step-%08d-epoch-%d".formatted(learner.stepsDone(), learner.epochsDone());
        save(learner, name, value);
      });
    }
  }

  private OptionalDouble valueOf(Epoch epoch) {
    OptionalDouble value = monitor.orElseThrow().value(epoch);
    return value.isPresent() && Double.isNaN(value.getAsDouble()) ? OptionalDouble.empty() : value;
  }

  private boolean isAmongBest(OptionalDouble value) {
    List<Saved> best = best();
    return options.best() > 0
        && value.isPresent()
        && (best.size() < options.best()
            || isBetter(value.getAsDouble(), best.getLast().value().orElseThrow()));
  }

  private boolean isBetter(double value, double other) {
    return higher ? value > other : value < other;
  }

  /// The best ones that are there, the best first; of equal ones the older is better.
  private List<Saved> best() {
    Comparator<Saved> byValue = Comparator.comparingDouble(each -> each.value().orElseThrow());
    return saved.stream()
        .filter(each -> each.value().isPresent())
        .sorted(higher ? byValue.reversed() : byValue)
        .limit(options.best())
        .toList();
  }

  private void save(Learner learner, String name, OptionalDouble value) {
    var former = List.copyOf(saved);
    saved.removeIf(each -> each.name().equals(name));
    saved.add(new Saved(name, value));
    List<Saved> going = going(); // what is saved shall not name those that go
    saved.removeAll(going);
    try {
      learner.save(options.dir().resolve(name));
    } catch (UncheckedIOException e) {
      saved = new ArrayList<>(former);
      LOGGER.log(
          Logger.Level.WARNING,
          "checkpoint {0} could not be written ({1}); the training goes on, and the former ones stay",
          name,
          why(e));
      return;
    }
    lastSaved = learner.stepsDone();
    nameBest();
    for (Saved each : going) {
      remove(each.name());
    }
  }

  private static String why(UncheckedIOException failure) {
    IOException cause = failure.getCause();
    return String.valueOf(cause == null ? failure.getMessage() : cause.getMessage());
  }

  private List<Saved> going() {
    var staying = new ArrayList<>(best());
    staying.addAll(saved.subList(Math.max(0, saved.size() - options.keep()), saved.size()));
    return saved.stream().filter(each -> !staying.contains(each)).toList();
  }

  private void nameBest() {
    if (best().isEmpty()) {
      return;
    }
    Path file = options.dir().resolve(BEST);
    Path writing = options.dir().resolve(".writing-" + BEST);
    try {
      Files.writeString(writing, best().getFirst().name() + "\n", StandardCharsets.UTF_8);
      Files.move(
          writing, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOGGER.log(Logger.Level.WARNING, "{0} could not be written ({1})", file, e.getMessage());
    }
  }

  private void remove(String name) {
    try {
      Checkpoint.of(options.dir().resolve(name)).remove();
    } catch (UncheckedIOException | CheckpointException e) {
      LOGGER.log(
          Logger.Level.WARNING, "checkpoint {0} could not be removed ({1})", name, e.getMessage());
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    Learner learner = fit.learner();
    if (fit.outcome() instanceof Outcome.Running && learner.stepsDone() > lastSaved) {
      try {
        learner.save(options.dir().resolve("failed-" + inEpoch(learner)));
      } catch (UncheckedIOException e) {
        LOGGER.log(
            Logger.Level.WARNING,
            "what the failed run had learned could not be written ({0})",
            why(e));
      }
    }
  }

  @Override
  public State state(NDManager manager) {
    return new State(List.copyOf(saved));
  }

  @Override
  public void restore(State state) {
    for (Saved each : state.saved()) {
      if (!each.name().matches("[a-z0-9-]+")) {
        throw new IllegalArgumentException(
            "'%s' is no name of a checkpoint's folder".formatted(each.name()));
      }
    }
    saved = new ArrayList<>(state.saved());
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }
}
