package io.antiphon.tensorboard;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Outcome;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Png;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.Series;
import io.antiphon.core.Tunable;
import io.antiphon.core.Turn;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.worst.Worst;
import io.antiphon.worst.WorstSamples;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes a run as TensorBoard shows it: `tensorboard --logdir runs`.
///
/// Scalars: losses of batches (`loss/batch`), hyper-parameters and numbers that callbacks offer at
/// some steps, and the numbers of every epoch by its last step (`loss/train`, `accuracy/valid`).
/// Hyper-parameters: what the learner was told of its settings ([Learner#settings]). Histograms of
/// weights at the ends of epochs, and of the gradients that the first step of an epoch got. Images:
/// the first training batch as the model got it, and the most wrong samples of each validation,
/// with a table of what they are. Texts: settings and plan.
///
/// The loop does not wait for it, but when it is written: after an epoch, every half minute in a
/// long one, and at the end, whichever way that comes. A run that goes on from a checkpoint writes
/// another file, which makes void what was after that checkpoint. What cannot be written is told
/// once, is tried again, and the training goes on.
public final class TensorBoard implements Observer, RowReader {
  private static final Logger LOGGER = System.getLogger(TensorBoard.class.getName());
  private static final long WITHIN_EPOCH = 30_000_000_000L; // ns
  private static final int MOST_VALUES = 1 << 20;
  private static final int LARGEST_IMAGE = 256;
  private static final String TRAIN = "train_";

  private final Options options;
  private final Path folder;
  private final List<Track> tracks = new ArrayList<>();
  private final Series steps = new Series();
  private final List<Kept> gradients = new ArrayList<>();
  private final Set<Turn> seen = new HashSet<>();
  private @Nullable EventFile file;
  private @Nullable Fit fit;
  private @Nullable Object tracksOf;
  private @Nullable WorstSamples worst;
  private boolean spread;
  private boolean shown;
  private int taken;
  private long written;
  private boolean told;

  /// What is written, and where.
  @Id("tensorboard")
  @Summary("writes scalars, hyper-parameters, histograms, images and texts for TensorBoard")
  public record Options(
      @Summary("the folder of the event files; by default the run's") Path dir,
      @Summary("at each how many-th step losses and hyper-parameters are written") int every,
      @Summary("after each how many-th epoch there are histograms; 0 for none") int histograms,
      @Summary(
              "how many images of the first training batch, and of the most wrong samples, 0 to 64")
          int images)
      implements CallbackProvider {
    public Options {
      Check.atLeast("every", every, 1);
      Check.atLeast("histograms", histograms, 0);
      Check.within("images", images, 0, 64);
    }

    /// Every tenth step, histograms of every epoch, 8 images, in the run's folder.
    public Options() {
      this(Path.of("."));
    }

    /// The same in a folder.
    public Options(Path dir) {
      this(dir, 10, 1, 8);
    }

    /// {@return the same in another folder}
    public Options dir(Path dir) {
      return new Options(dir, every, histograms, images);
    }

    /// {@return the same at other steps}
    public Options every(int every) {
      return new Options(dir, every, histograms, images);
    }

    /// {@return the same with histograms of other epochs}
    public Options histograms(int histograms) {
      return new Options(dir, every, histograms, images);
    }

    /// {@return the same with so many images}
    public Options images(int images) {
      return new Options(dir, every, histograms, images);
    }

    @Override
    public Callback create() {
      return new TensorBoard(this);
    }
  }

  /// A number that is read at some training batches.
  private record Track(String tag, DoubleSupplier value, Series values) {}

  /// A gradient that is still on the device.
  private record Kept(String tag, long step, NDArray values) {}

  /// The usual in a folder.
  public TensorBoard(Path folder) {
    this(new Options(folder));
  }

  public TensorBoard(Options options) {
    this.options = options;
    folder = options.dir().toAbsolutePath().normalize();
  }

  @Override
  public String name() {
    return "tensorboard";
  }

  @Override
  public void beforeFit(Fit fit) {
    this.fit = fit;
    taken = fit.losses(0).length;
    tracksOf = null;
    written = System.nanoTime();
    if (file != null) {
      return;
    }
    var opened = EventFile.in(folder);
    file = opened;
    double time = now();
    opened.add(Event.version(time));
    Learner learner = fit.learner();
    if (fit.isResumed()) {
      opened.add(Event.goesOn(time, learner.stepsDone() + 1));
    }
    Map<String, String> settings = learner.settings();
    if (!settings.isEmpty()) {
      String name = String.valueOf(folder.getFileName());
      List<String> tags = Row.columns(learner).stream().map(TensorBoard::tag).toList();
      opened.add(Event.experiment(time, settings, tags));
      opened.add(Event.begin(time, name, settings));
      opened.add(Event.text(time, 0, "settings", table(settings)));
    }
    opened.add(Event.text(time, 0, "plan", plan(learner).indent(4)));
  }

  private static String table(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(each -> "| %s | `%s` |\n".formatted(each.getKey(), cell(each.getValue())))
        .collect(Collectors.joining("", "| setting | value |\n|---|---|\n", ""));
  }

  private static String plan(Learner learner) {
    try {
      return learner.explain();
    } catch (RuntimeException e) {
      return "The plan cannot be told: " + e.getMessage();
    }
  }

  private static double now() {
    return Duration.between(Instant.EPOCH, Instant.now()).toMillis() / 1e3;
  }

  /// {@return the tag of a column: `train_x` and `x` are in one chart}
  private static String tag(String column) {
    if (column.equals(Row.VALID_LOSS)) {
      return "loss/valid";
    }
    return column.startsWith(TRAIN)
        ? column.substring(TRAIN.length()) + "/train"
        : column + "/valid";
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    spread = options.histograms() > 0 && epoch.number() % options.histograms() == 0;
    seen.clear();
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (!shown && batch.isTraining()) {
      shown = true;
      NDArray input = batch.inputs().head();
      if (options.images() > 0 && isImages(input.getShape())) {
        show(input, batch.manager(), batch.fit().learner().stepsDone());
      }
    }
  }

  private static boolean isImages(Shape shape) {
    return shape.dimension() == 4
        && (shape.get(1) == 1 || shape.get(1) == 3)
        && shape.get(2) > 1
        && shape.get(3) > 1;
  }

  private void show(NDArray input, NDManager scratch, long step) {
    Shape shape = input.getShape();
    int count = (int) Math.min(options.images(), shape.get(0));
    NDArray some = input.get(scratch, new NDIndex("0:{}", count));
    some.attach(scratch);
    NDArray single = some.toType(DataType.FLOAT32, false);
    single.attach(scratch);
    float[] all = single.toFloatArray();
    int length = all.length / count;
    for (int i = 0; i < count; i++) {
      float[] own = Arrays.copyOfRange(all, i * length, (i + 1) * length);
      Png image =
          Png.of(own, (int) shape.get(1), (int) shape.get(2), (int) shape.get(3), LARGEST_IMAGE);
      file().add(Event.image(now(), step, "first batch/" + i, image));
    }
  }

  private EventFile file() {
    return Objects.requireNonNull(file);
  }

  @Override
  public void beforeStep(Batch batch) {
    if (!spread || !seen.add(batch.turn())) {
      return;
    }
    List<NDArray> arrays = batch.gradients().arrays(batch.manager());
    long step = batch.fit().learner().stepsDone() + 1;
    int i = 0;
    for (ParameterGroup group : batch.fit().optimizer().groups()) {
      for (Pair<String, Parameter> each : group.parameters()) {
        if (batch.turn().trains().test(group) && each.getValue().requiresGradient()) {
          NDArray some = some(arrays.get(i++), batch.manager()).duplicate();
          some.attach(batch.pass().manager());
          gradients.add(new Kept("gradients/" + each.getKey(), step, some));
        }
      }
    }
  }

  /// {@return the values of an array, or some of them if there are a great many}
  private static NDArray some(NDArray array, NDManager scratch) {
    NDArray flat = array.flatten();
    flat.attach(scratch);
    long every = Math.ceilDiv(array.size(), MOST_VALUES);
    return every <= 1 ? flat : flat.get(scratch, new NDIndex("::{}", every));
  }

  @Override
  public void afterBatch(Batch batch) {
    if (!batch.isTraining()) {
      return;
    }
    long step = batch.fit().learner().stepsDone() + 1;
    if (step % options.every() == 0) {
      if (tracksOf != batch.fit().optimizer()) {
        follow(batch.fit());
      }
      steps.add(step);
      for (int i = 0; i < tracks.size(); i++) {
        tracks.get(i).values().add(tracks.get(i).value().getAsDouble());
      }
    }
    if (System.nanoTime() - written > WITHIN_EPOCH) {
      writeTracks();
      write();
    }
  }

  private void follow(Fit fit) {
    writeTracks();
    tracks.clear();
    tracksOf = fit.optimizer();
    List<ParameterGroup> groups = fit.optimizer().groups();
    for (ParameterGroup group : groups) {
      for (Hyper hyper : group.hypers()) {
        String of = groups.size() == 1 ? "" : "/" + group.name();
        tracks.add(new Track("hyper/" + hyper.name() + of, () -> group.get(hyper), new Series()));
      }
    }
    for (Callback callback : fit.callbacks()) {
      for (Tunable tunable : callback.tunables()) {
        tracks.add(new Track(callback.name() + "/" + tunable.name(), tunable::get, new Series()));
      }
    }
  }

  /// Adds what was kept of batches since the last time.
  private void writeTracks() {
    if (fit == null) {
      return;
    }
    double time = now();
    double[] losses = fit.losses(taken);
    long before = fit.learner().stepsDone() - fit.trainIter() + taken;
    for (int i = 0; i < losses.length; i++) {
      long step = before + i + 1;
      if (step % options.every() == 0 && Double.isFinite(losses[i])) {
        file().add(Event.scalar(time, step, "loss/batch", losses[i]));
      }
    }
    taken += losses.length;
    double[] at = steps.toArray();
    for (Track track : tracks) {
      double[] values = track.values().toArray();
      for (int i = 0; i < values.length; i++) {
        boolean isBend =
            i == 0
                || i == values.length - 1
                || values[i] != values[i - 1]
                || values[i] != values[i + 1];
        if (isBend) { // a line between these is what a chart draws anyway
          file().add(Event.scalar(time, (long) at[i], track.tag(), values[i]));
        }
      }
      track.values().clear();
    }
    steps.clear();
  }

  @Override
  public void cleanupTrain(Pass pass) {
    double time = now();
    for (Kept each : gradients) {
      file().add(Event.histogram(time, each.step(), each.tag(), histogram(each.values())));
    }
    gradients.clear();
  }

  private static Histogram histogram(NDArray values) {
    return Histogram.of(values.toFloatArray());
  }

  @Override
  public void beforeValidate(Pass pass) {
    worst = new WorstSamples(pass, options.images(), LARGEST_IMAGE);
  }

  @Override
  public void afterLoss(Batch batch) {
    WorstSamples open = worst;
    if (open != null && !batch.isTraining()) {
      open.add(batch);
    }
  }

  @Override
  public void afterValidate(Pass pass) {
    WorstSamples open = worst;
    if (open != null && pass.outcome().isFinished()) {
      show(open.read(), pass);
    }
  }

  @Override
  public void cleanupValidate(Pass pass) {
    worst = null;
  }

  private void show(List<Worst> samples, Pass pass) {
    if (samples.isEmpty()) {
      return;
    }
    double time = now();
    Learner learner = pass.fit().learner();
    long step = learner.stepsDone();
    List<String> names = learner.task().map(task -> task.names()).orElse(List.of());
    var table = new StringBuilder("| | sample | loss | is | says |\n|---|---|---|---|---|\n");
    for (int i = 0; i < samples.size(); i++) {
      Worst each = samples.get(i);
      table.append(
          String.format(
              Locale.ROOT,
              "| %d | %s | %.4f | %s | %s |\n",
              i,
              cell(pass.data().name((int) each.place())),
              each.loss(),
              cell(each.is(names)),
              cell(each.says(names))));
      String tag = "most wrong/" + i;
      each.picture().ifPresent(image -> file().add(Event.image(time, step, tag, image)));
    }
    file().add(Event.text(time, step, "most wrong", table.toString()));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    RowReader.super.afterEpoch(epoch);
    if (spread) {
      weights(epoch.fit());
    }
    write();
  }

  private void weights(Fit fit) {
    double time = now();
    long step = fit.learner().stepsDone();
    try (NDManager scratch = fit.learner().manager().newSubManager()) {
      for (ParameterGroup group : fit.optimizer().groups()) {
        for (Pair<String, Parameter> each : group.parameters()) {
          NDArray array = each.getValue().getArray();
          if (array.getDataType() == DataType.FLOAT32) {
            file()
                .add(
                    Event.histogram(
                        time, step, "weights/" + each.getKey(), histogram(some(array, scratch))));
          }
        }
      }
    }
  }

  @Override
  public void row(Epoch epoch, Row row) {
    writeTracks();
    double time = now();
    row.numbers()
        .forEach((column, value) -> {
          if (Double.isFinite(value)) {
            file().add(Event.scalar(time, row.step(), tag(column), value));
          }
        });
    file().add(Event.scalar(time, row.step(), "time/epoch", row.seconds()));
  }

  @Override
  public void cleanupFit(Fit fit) {
    if (this.fit == null) {
      return;
    }
    writeTracks();
    if (fit.isLast() && !fit.learner().settings().isEmpty()) {
      file()
          .add(
              Event.end(
                  now(),
                  switch (fit.outcome()) {
                    case Outcome.Finished _, Outcome.Stopped _ -> Event.Status.SUCCESS;
                    case Outcome.Cancelled _ -> Event.Status.UNKNOWN;
                    case Outcome.Running _ -> Event.Status.FAILURE;
                  }));
    }
    write();
    this.fit = null;
    tracks.clear();
    tracksOf = null;
    gradients.clear();
  }

  private void write() {
    written = System.nanoTime();
    try {
      file().write();
    } catch (IOException e) {
      if (!told) {
        told = true;
        LOGGER.log(
            Logger.Level.WARNING,
            "{0} could not be written ({1}); the training goes on, and the next epoch tries again",
            file().path(),
            e.toString());
      }
    }
  }

  @Override
  public String explain(Learner learner) {
    return "writes event files into " + folder + "\n";
  }
}
