package io.antiphon.experiment;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Predictions;
import io.antiphon.core.Purpose;
import io.antiphon.core.Row;
import io.antiphon.core.SavedModel;
import io.antiphon.core.Scores;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.TextWriter;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.SelfCheck;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// A model that a run left, ready to predict: the net with its weights, and what prepares samples
/// for it as those for training were.
///
/// ```
/// try (FinishedModel model = FinishedModel.open(Path.of("runs/wine"), Catalog.boot())) {
///   model.predict(Path.of("new.csv"), each -> System.out.println(each.says()));
/// }
/// ```
///
/// Predictions are made in float32, without what the run's callbacks changed. It is used by one
/// thread at a time.
public final class FinishedModel implements AutoCloseable {
  /// Its folder in that of a run.
  static final String FOLDER = "model";

  private final SavedModel saved;
  private final Experiment experiment;
  private final Optional<Supplier<Choice<DataProvider>>> ofRun; // which know the run's files
  private final NDManager manager;
  private final Learner learner;

  private FinishedModel(
      SavedModel saved,
      Experiment experiment,
      Optional<Supplier<Choice<DataProvider>>> ofRun,
      NDManager manager) {
    this.saved = saved;
    this.experiment = experiment;
    this.ofRun = ofRun;
    this.manager = manager;
    Task task = task();
    Block block = experiment.model().orElseThrow().make(options -> options.create(task));
    try (var _ = Autograd.off();
        var _ = Autocast.off()) {
      block.initialize(manager, DataType.FLOAT32, task.shapes().toArray(Shape[]::new));
    }
    saved.read(block);
    Learner.Builder builder =
        Learner.builder()
            .model(block)
            .loss(experiment.loss().orElseThrow().make(LossProvider::create))
            .task(task)
            .device(manager.getDevice())
            .seed(experiment.seed());
    for (Choice<MetricProvider> each : experiment.metrics().orElseThrow()) {
      each.make(metric -> builder.metrics(metric.create()));
    }
    learner = builder.build();
  }

  /// Opens a model.
  ///
  /// @param folder a run's, or a copy of the folder `model` in it
  /// @param catalog the components that there are
  /// @throws io.antiphon.core.CheckpointException if there is none, it is damaged, or of a newer
  ///   program
  /// @throws OptionException if a program made it, or a component that it needs is not here
  public static FinishedModel open(Path folder, Catalog catalog) {
    return open(folder, catalog, Optional.empty());
  }

  /// Opens a model on a device.
  ///
  /// @param device where; nothing for where its experiment says
  static FinishedModel open(Path folder, Catalog catalog, Optional<Device> device) {
    var _ = SelfCheck.result();
    SavedModel saved = find(folder);
    boolean isRun = !saved.folder().equals(folder);
    var file =
        new Place(saved.folder().resolve("experiment.yaml").toString(), 0, 0, saved.folder());
    if (saved.experiment().isEmpty()) {
      throw new OptionException(
          file, "it is empty, for a program made this model; read it by SavedModel in Java");
    }
    Experiment experiment =
        ExperimentFile.parse(saved.experiment(), file)
            .resolve(catalog)
            .settled(saved.description().task());
    // what its callbacks are is asked of nobody: their modules need not be here
    Optional<Supplier<Choice<DataProvider>>> ofRun =
        Optional.of(RunFolder.experiment(folder))
            .filter(written -> isRun && Files.isRegularFile(written))
            .map(written -> () -> ExperimentFile.read(written).resolve(catalog).data());
    NDManager manager =
        NDManager.newBaseManager(device.orElseGet(() -> Prepared.device(experiment)));
    manager.setName("model");
    try {
      return new FinishedModel(saved, experiment, ofRun, manager);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /// {@return the model in a run's folder, or in a folder of its own}
  static SavedModel find(Path folder) {
    Path inside = folder.resolve(FOLDER);
    return SavedModel.open(Files.isDirectory(inside) || RunFolder.isOne(folder) ? inside : folder);
  }

  /// {@return what it was trained for}
  public Task task() {
    return saved.description().task();
  }

  /// {@return what it is, and what it scored when it was finished}
  public SavedModel.Description description() {
    return saved.description();
  }

  /// {@return the options that make its net}
  public ModelProvider net() {
    return experiment.model().orElseThrow().options();
  }

  /// {@return a learner that has the net, the loss and the metrics, but no data and no optimizer:
  /// it predicts and validates}
  public Learner learner() {
    return learner;
  }

  /// {@return the samples of a file or folder, in its order, prepared as those for training were}
  ///
  /// @throws IllegalArgumentException if it cannot be read, or its samples have another shape than
  ///   those for training: a sentence with its name
  /// @throws UnsupportedOperationException if such data come from no file
  public DataLoader read(Path source) {
    return read(source, manager);
  }

  /// {@return the same, whose loader keeps what it keeps with somebody else}
  DataLoader read(Path source, NDManager owner) {
    DataLoader data =
        experiment
            .data()
            .options()
            .read(new DataProvider.Setting(owner, experiment.seed()), source);
    List<Shape> found = samples(data.inputShapes());
    List<Shape> known = samples(task().shapes());
    if (!found.equals(known)) {
      throw new IllegalArgumentException(
          "%s has samples of %s, but the model was trained on samples of %s"
              .formatted(source, joined(found), joined(known)));
    }
    return data;
  }

  /// Lets samples that come from no file be read as one, for kinds of data read files, some of them
  /// twice.
  ///
  /// @param in what a file would hold
  /// @param called what sentences about it call it, in the place of the file's name
  /// @param reader gets the file, which is there until it returns
  /// @return what it returns
  /// @throws IllegalArgumentException as the reader throws it, by that name
  /// @throws IOException if this machine's folder for temporary files takes nothing
  public static <T> T asFile(InputStream in, String called, Function<Path, T> reader)
      throws IOException {
    Path file = Files.createTempFile("samples", "");
    try {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return reader.apply(file);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          Sentence.of(e).replace("'" + file + "'", called).replace(file.toString(), called), e);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /// {@return the shapes of one sample}
  private static List<Shape> samples(List<Shape> shapes) {
    return shapes.stream().map(shape -> shape.slice(1)).toList();
  }

  private static String joined(List<Shape> shapes) {
    return shapes.stream()
        .map(shape -> Arrays.toString(shape.getShape()))
        .collect(Collectors.joining(" and "));
  }

  /// {@return the data that its run validated with}
  ///
  /// @throws OptionException if there were none, they are not where they were, or this is a copy of
  ///   a model, which knows no files
  public DataLoader validData() {
    try {
      Choice<DataProvider> data = ofRun.map(Supplier::get).orElse(experiment.data());
      return data.make(
              options -> options.create(new DataProvider.Setting(manager, experiment.seed())))
          .valid()
          .orElseThrow(() -> new OptionException(data.place(), "the run had no validation data"));
    } catch (OptionException e) {
      throw new OptionException(
          new Place(saved.folder().toString(), 0, 0, saved.folder()),
          "there is nothing to predict for; name a file or folder of samples. "
              + (ofRun.isPresent()
                  ? "What the run validated with cannot be had: " + Sentence.of(e)
                  : "A copy of a model does not know what its run validated with"),
          e);
    }
  }

  /// Predicts for the samples of a file or folder in its order, a batch at a time, so that memory
  /// stays as it is however many there are. Of a language model, the samples are the lines of a
  /// text that have something to predict, and what it says of one is its loss.
  ///
  /// @param source what to predict for
  /// @param reader hears of each
  /// @throws IllegalArgumentException as [#read(Path)]
  /// @throws UnsupportedOperationException if such data come from no file
  public void predict(Path source, Consumer<Prediction> reader) {
    if (task().goal() == Task.Goal.LANGUAGE_MODEL) {
      writer()
          .losses(
              learner.model(),
              task(),
              manager,
              source,
              (line, loss) -> reader.accept(Prediction.ofText(Integer.toString(line), loss)));
    } else {
      predict(read(source), reader);
    }
  }

  /// Predicts for samples in their order, a batch at a time, so that memory stays as it is however
  /// many there are.
  ///
  /// @param data the samples
  /// @param reader hears of each
  /// @throws UnsupportedOperationException for a language model, which says nothing of a sample as
  ///   a whole
  public void predict(DataLoader data, Consumer<Prediction> reader) {
    refuseTokens();
    learner.predictions(data, batch -> decode(batch, data::name).forEach(reader));
  }

  /// @throws UnsupportedOperationException if this says nothing of a sample as a whole
  void refuseTokens() {
    if (task().goal() == Task.Goal.LANGUAGE_MODEL) {
      throw new UnsupportedOperationException(
          "a language model says nothing of a sequence of its data as a whole; name a text, whose lines"
              + " are scored, let it write (--prompt), or validate it");
    }
  }

  /// {@return what the outputs for some samples say}
  ///
  /// @param names what a sample is called, by its place in the order of the data
  List<Prediction> decode(Predictions batch, IntFunction<String> names) {
    var all = new ArrayList<Prediction>(batch.size());
    var decoder = new Decoder(task(), batch);
    for (int i = 0; i < batch.size(); i++) {
      all.add(decoder.prediction(i, names.apply((int) batch.first() + i)));
    }
    return all;
  }

  /// {@return a text that begins with the prompt, and goes on as the model draws it}
  ///
  /// @param prompt how the text begins
  /// @param length how many tokens to add, at least 0
  /// @param temperature at least 0: 1 draws by the model's probabilities, less prefers the likely
  ///   tokens, 0 takes the likeliest
  /// @param seed of the draws
  /// @throws UnsupportedOperationException if this is no model that writes
  /// @throws IllegalArgumentException if the prompt is empty, or has what the model does not know
  public String write(String prompt, int length, double temperature, long seed) {
    return writer().write(learner.model(), task(), manager, prompt, length, temperature, seed);
  }

  private TextWriter writer() {
    if (experiment.data().options() instanceof TextWriter writer) {
      return writer;
    }
    throw new UnsupportedOperationException(
        "this is a model for %s, which writes no texts".formatted(task().goal()));
  }

  /// {@return the loss and the metrics over samples}
  ///
  /// @param data with targets
  /// @param more callbacks for this validation, such as [#confusion()]
  /// @throws IllegalArgumentException if they have none
  public Scores validate(DataLoader data, Callback... more) {
    var knows = new TargetsKnown();
    var all = new ArrayList<Callback>(List.of(more));
    all.add(knows);
    learner.validData(data);
    Scores scores = learner.validate(all.toArray(Callback[]::new));
    if (!knows.known) {
      throw new IllegalArgumentException(
          "the samples have no targets, so that nothing can be scored");
    }
    return scores;
  }

  /// Sees whether samples have targets.
  private static final class TargetsKnown implements Callback {
    private boolean known;

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.of(Purpose.VALIDATE);
    }

    @Override
    public void beforeBatch(Batch batch) {
      known |= !batch.targets().isEmpty();
    }
  }

  /// {@return what counts in [#validate] how often which class is taken for which}
  ///
  /// @throws UnsupportedOperationException if the model does not classify
  public Confusion confusion() {
    if (task().goal() != Task.Goal.CLASSIFICATION) {
      throw new UnsupportedOperationException(
          "classes are confused in classification only, and this is a model for " + task().goal());
    }
    return new Confusion(task().names());
  }

  /// {@return scores as a JSON object on one line, by the names of the columns of a history}
  ///
  /// @param counts how often which class was taken for which, if that was counted
  public static String json(Scores scores, Optional<Confusion> counts) {
    var json = new JsonObject();
    json.add(Row.VALID_LOSS, Numbers.json(Numbers.text(scores.loss())));
    scores.metrics().forEach((name, value) -> json.add(name, Numbers.json(Numbers.text(value))));
    json.addProperty("samples", scores.samples());
    counts.ifPresent(confusion -> json.add("confusion", confusion.json()));
    return json.toString();
  }

  /// {@return a text as a JSON object on one line}
  public static String json(String text) {
    var json = new JsonObject();
    json.addProperty("text", text);
    return json.toString();
  }

  /// Closes the net.
  @Override
  public void close() {
    learner.close();
    manager.close();
  }
}
