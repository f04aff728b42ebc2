package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  @TempDir Path folder;

  private static Block model() {
    return new SequentialBlock()
        .add(ai.djl.nn.core.Linear.builder().setUnits(6).build())
        .add(BatchNorm.builder().build())
        .add(Dropout.builder().optRate(0.3f).build())
        .add(ai.djl.nn.core.Linear.builder().setUnits(2).build());
  }

  private static Learner learner(Callback... callbacks) {
    return Points.learner(5).model(model()).callbacks(callbacks).build();
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  /// Sums the losses that it sees, and lowers the learning rate by what it saw.
  private static final class Sum implements Callback, Stateful<Sum.State> {
    record State(double sum, List<Double> all, NDList array) {}

    private double sum;
    private final List<Double> all = new ArrayList<>();

    @Override
    public void beforeBatch(Batch batch) {
      batch.fit().set(Hyper.LEARNING_RATE, 0.1 / (1 + sum));
    }

    @Override
    public void afterBatch(Batch batch) {
      if (batch.isTraining()) {
        sum += batch.lossValue();
        all.add(batch.fit().pctTrain());
      }
    }

    @Override
    public State state(NDManager manager) {
      return new State(sum, List.copyOf(all), new NDList(manager.create(new double[] {sum})));
    }

    @Override
    public void restore(State state) {
      assertThat(state.array().head().getDouble()).isEqualTo(state.sum());
      sum = state.sum();
      all.clear();
      all.addAll(state.all());
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }
  }

  /// Saves when a batch that is asked for has ended, or an epoch.
  private static Callback saving(Path to, Predicate<Scope> when) {
    return new Callback() {
      @Override
      public String name() {
        return "saving";
      }

      private void at(Scope scope) {
        if (when.test(scope)) {
          Learner learner = scope.fit().learner();
          scope.fit().whenSettled(() -> learner.save(to));
        }
      }

      @Override
      public void afterBatch(Batch batch) {
        at(batch);
      }

      @Override
      public void afterEpoch(Epoch epoch) {
        at(epoch);
      }
    };
  }

  private record End(
      List<float[]> weights,
      FitResult result,
      double[] losses,
      double sum,
      List<Double> progress) {}

  private static End end(Learner learner, Sum sum, int epochs) {
    var losses = new ArrayList<double[]>();
    FitResult result =
        learner.fit(
            epochs,
            new Callback() {
              @Override
              public void afterFit(Fit fit) {
                losses.add(fit.losses(0));
              }
            });
    return new End(weights(learner), result, losses.getFirst(), sum.sum, List.copyOf(sum.all));
  }

  private End undisturbed() {
    var sum = new Sum();
    try (Learner learner = learner(sum)) {
      return end(learner, sum, 3);
    }
  }

  private void goesOnFrom(Predicate<Scope> when) {
    Path saved = folder.resolve("saved");
    End straight = undisturbed();
    try (Learner learner = learner(new Sum())) {
      learner.fit(3, saving(saved, when));
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight.weights());
    }
    var sum = new Sum();
    try (Learner learner = learner(sum)) {
      learner.load(saved);
      End end = end(learner, sum, 3);
      assertThat(end).usingRecursiveComparison().isEqualTo(straight);
      assertThat(learner.stepsDone()).isEqualTo(15);
      assertThat(learner.epochsDone()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 4, 5, 9, 14})
  void aFitGoesOnAfterAnyBatchWithTheSameBits(int step) {
    goesOnFrom(scope ->
        scope instanceof Batch batch
            && batch.isTraining()
            && batch.fit().learner().stepsDone() == step);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFitGoesOnAfterAnyEpochWithTheSameBits(int index) {
    goesOnFrom(scope -> scope instanceof Epoch epoch && epoch.index() == index);
  }

  @Test
  void aValidationThatWasInterruptedBeginsAgain() {
    goesOnFrom(scope ->
        scope instanceof Batch batch
            && !batch.isTraining()
            && batch.index() == 0
            && batch.pass().epoch().index() == 1);
  }

  /// Begins anew in every run that does not go on.
  private static final class Count implements Callback, Stateful<Count.State> {
    record State(int batches) {}

    private int batches;

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.allOf(Purpose.class);
    }

    @Override
    public void beforeFit(Fit fit) {
      if (!fit.isResumed()) {
        batches = 0;
      }
    }

    @Override
    public void afterBatch(Batch batch) {
      batches++;
    }

    @Override
    public State state(NDManager manager) {
      return new State(batches);
    }

    @Override
    public void restore(State state) {
      batches = state.batches();
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }
  }

  @Test
  void aValidationBeforeAFitGoesOnChangesNothing() {
    Path saved = folder.resolve("saved");
    var straight = new Count();
    try (Learner learner = learner(straight)) {
      learner.fit(
          2,
          saving(
              saved,
              scope -> scope instanceof Batch batch && batch.fit().learner().stepsDone() == 2));
    }
    var count = new Count();
    try (Learner learner = learner(count)) {
      learner.load(saved);
      learner.validate();
      learner.fit(2);
    }
    assertThat(count.batches).isEqualTo(straight.batches);
  }

  @Test
  void aFitOfStepsOfWhichOnlyTheLastValidationIsLeftDoesIt() {
    Path saved = folder.resolve("saved");
    var straight = new ArrayList<List<Row.Cell>>();
    FitResult result;
    try (Learner learner = learner(rows(straight))) {
      result =
          learner.fit(
              Length.steps(7),
              saving(
                  saved,
                  scope ->
                      scope instanceof Batch batch
                          && !batch.isTraining()
                          && batch.index() == 0
                          && batch.pass().epoch().index() == 1));
    }
    var rest = new ArrayList<List<Row.Cell>>();
    try (Learner learner = learner(rows(rest))) {
      learner.load(saved);
      assertThat(learner.fit(Length.steps(7))).isEqualTo(result);
    }
    assertThat(straight).hasSize(2);
    assertThat(rest).containsExactly(straight.getLast());
  }

  private static Callback rows(List<List<Row.Cell>> into) {
    return new Observer() {
      @Override
      public void afterEpoch(Epoch epoch) {
        assertThat(epoch.validScores()).isPresent();
        into.add(epoch.row().cells());
      }
    };
  }

  @Test
  void aFitThatWasOverReturnsWhatItReturnedAndTheOpenOneGoesOn() {
    Path saved = folder.resolve("saved");
    List<float[]> straight;
    FitResult first;
    try (Learner learner = learner()) {
      first = learner.fit(2);
      learner.fit(
          2,
          saving(
              saved,
              scope -> scope instanceof Batch batch && batch.fit().learner().stepsDone() == 13));
      straight = weights(learner);
    }
    try (Learner learner = learner()) {
      learner.load(saved);
      assertThat(learner.fit(2)).isEqualTo(first);
      assertThat(learner.stepsDone()).isEqualTo(14);
      learner.fit(2);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
    }
  }

  @Test
  void aLearnerThatWasNotFittingIsBroughtBackForWhateverComes() {
    Path saved = folder.resolve("saved");
    List<float[]> straight;
    try (Learner learner = learner()) {
      learner.fit(1);
      learner.optimizer().set(Hyper.LEARNING_RATE, 0.05);
      learner.model().getParameters().valueAt(0).freeze(true);
      learner.save(saved);
      learner.fit(2);
      straight = weights(learner);
    }
    try (Learner learner = learner()) {
      learner.load(saved);
      assertThat(learner.model().getParameters().valueAt(0).requiresGradient()).isFalse();
      learner.fit(2);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
    }
  }

  @Test
  void gradientsThatAreKeptOverBatchesAreSavedToo() {
    var momentum =
        new TrainingStep() {
          @Override
          public void zeroGrad(Batch batch) {
            batch.gradients().scale(0.85);
          }
        };
    Path saved = folder.resolve("saved");
    List<float[]> straight;
    try (Learner learner = Points.learner(5).model(model()).step(momentum).build()) {
      learner.fit(
          2,
          saving(
              saved,
              scope -> scope instanceof Batch batch && batch.fit().learner().stepsDone() == 6));
      straight = weights(learner);
    }
    try (Learner learner = Points.learner(5).model(model()).step(momentum).build()) {
      learner.load(saved);
      learner.fit(2);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(straight);
    }
  }

  @Test
  void aStopAfterAnEpochIsKeptAndOneAfterABatchIsNot() {
    Path saved = folder.resolve("saved");
    for (Level level : List.of(Level.EPOCH, Level.BATCH)) {
      try (Learner learner = learner()) {
        learner.fit(
            3,
            saving(
                saved,
                scope ->
                    level == Level.EPOCH
                        ? scope instanceof Epoch
                        : scope instanceof Batch batch && batch.isTraining()),
            new Callback() {
              @Override
              public void afterBatch(Batch batch) {
                if (batch.fit().learner().stepsDone() == 6) {
                  batch.fit().stopAfter(level, "enough");
                }
              }
            });
      }
      try (Learner learner = learner()) {
        learner.load(saved);
        FitResult result = learner.fit(3);
        assertThat(result.epochs()).isEqualTo(level == Level.EPOCH ? 2 : 3);
        assertThat(
                result.outcome() instanceof Outcome.Stopped stopped
                    && stopped.why().equals("enough"))
            .isEqualTo(level == Level.EPOCH);
      }
    }
  }

  @Test
  void aLearnerIsSavedOnlyBetweenBatches() {
    try (Learner learner = learner()) {
      assertThatThrownBy(() ->
              learner.fit(
                  1,
                  new Callback() {
                    @Override
                    public void afterBatch(Batch batch) {
                      batch.fit().learner().save(folder.resolve("saved"));
                    }
                  }))
          .hasMessageContaining("between two batches or epochs");
      assertThat(folder.resolve("saved")).doesNotExist();
    }
  }

  @Test
  void whatIsSavedInTheCleanupOfAFitHasItsWeightsAndNoPlace() {
    Path saved = folder.resolve("saved");
    List<float[]> weights;
    try (Learner learner = learner()) {
      assertThatThrownBy(() ->
              learner.fit(
                  1,
                  new Callback() {
                    @Override
                    public void afterStep(Batch batch) {
                      throw new IllegalStateException("broken");
                    }

                    @Override
                    public void cleanupFit(Fit fit) {
                      fit.learner().save(saved);
                    }
                  }))
          .hasMessageContaining("broken");
      weights = weights(learner);
    }
    assertThat(Checkpoint.of(saved).isResumable()).isFalse();
    assertThat(Checkpoint.newest(folder).newest()).isEmpty();
    try (Learner learner = learner()) {
      learner.load(saved);
      assertThat(weights(learner)).usingRecursiveComparison().isEqualTo(weights);
    }
  }

  private void save(Path to) {
    try (Learner learner = learner(new Sum())) {
      learner.save(to);
    }
  }

  private static void damage(Path file, Consumer<byte[]> how) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      how.accept(bytes);
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights.safetensors", "state.safetensors", "state.json"})
  void aFileThatIsDamagedCutOffOrMissingIsNamed(String name) throws IOException {
    Path saved = folder.resolve("saved");
    Path file = saved.resolve(name);
    save(saved);
    damage(file, bytes -> bytes[bytes.length / 2] ^= 1);
    refused(saved, name + " is damaged: its checksum is another");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 5));
    refused(saved, name + " is cut off: it has 5 bytes of ");
    Files.delete(file);
    refused(saved, name + " is missing");
  }

  @Test
  void aLinkThatLeadsOutOfTheFolderIsRefused() throws IOException {
    Path saved = folder.resolve("saved");
    save(saved);
    Path weights = saved.resolve("weights.safetensors");
    Path outside = Files.move(weights, folder.resolve("outside"));
    Files.createSymbolicLink(weights, outside);
    refused(saved, "weights.safetensors is a link that leads out of the folder");
    Files.delete(weights);
    Files.move(outside, saved.resolve("inside"));
    Files.createSymbolicLink(weights, Path.of("inside"));
    try (Learner learner = learner(new Sum())) {
      learner.load(saved);
    }
    Files.createSymbolicLink(folder.resolve("link"), saved);
    try (Learner learner = learner(new Sum())) {
      learner.load(folder.resolve("link")); // whose name the user gave
    }
  }

  private void refused(Path saved, String told) {
    try (Learner learner = learner(new Sum())) {
      assertThatThrownBy(() -> learner.load(saved))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(saved + ": ")
          .hasMessageContaining(told);
    }
  }

  @Test
  void aForeignOrNewerFolderIsRefusedInASentence() throws IOException {
    Path saved = folder.resolve("saved");
    refused(saved, "there is no such folder");
    Files.createDirectory(saved);
    refused(saved, "this is no checkpoint; it has no checkpoint.json");
    Path manifest = saved.resolve("checkpoint.json");
    Files.writeString(manifest, "{");
    refused(saved, "checkpoint.json is damaged");
    Files.writeString(manifest, "[".repeat(100_000));
    refused(saved, "checkpoint.json is damaged");
    Files.writeString(manifest, "{\"format\": \"other\", \"version\": 1}");
    refused(saved, "this is no checkpoint; its checkpoint.json tells of 'other'");
    Files.writeString(manifest, "{\"format\": \"antiphon-checkpoint\", \"version\": 2}");
    refused(
        saved,
        "a newer program wrote this checkpoint (version 2 of its format, this program reads up to 1)");
    Files.writeString(manifest, "{\"format\": \"antiphon-checkpoint\", \"version\": \"x\"}");
    refused(saved, "its 'version' is missing or wrong");
  }

  @Test
  void aLearnerOfOtherPartsIsRefused() {
    Path saved = folder.resolve("saved");
    save(saved);
    try (Learner other = Points.learner(5).build()) {
      assertThatThrownBy(() -> other.load(saved))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("these are the weights of another model: missing in the file: ");
    }
    Path plain = folder.resolve("plain");
    try (Learner learner = learner()) {
      learner.save(plain);
    }
    try (Learner learner = learner(new Sum())) {
      assertThatThrownBy(() -> learner.load(plain))
          .hasMessageContaining("it has nothing of callback 'sum', which remembers something");
    }
    Path open = folder.resolve("open");
    try (Learner learner = learner(new Sum())) {
      learner.fit(1, saving(open, scope -> scope instanceof Epoch));
    }
    try (Learner learner = learner()) {
      learner.load(open);
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessageContaining("it has the memory of [callback 'sum'], which this learner lacks");
    }
    try (Learner learner = Points.learner(5).model(model()).seed(8).callbacks(new Sum()).build()) {
      learner.load(open);
      assertThatThrownBy(() -> learner.fit(1))
          .hasMessageContaining("its seed is 3, that of this learner 8");
    }
  }

  @Test
  void theNewestWholeOneIsFoundAndTheBadOnesAreNamed() throws IOException {
    try (Learner learner = learner(new Sum())) {
      for (int i = 0; i < 4; i++) {
        learner.fit(1);
        learner.save(folder.resolve("c" + i));
      }
    }
    damage(folder.resolve("c3/state.safetensors"), bytes -> bytes[bytes.length - 1] ^= 1);
    Files.delete(folder.resolve("c2/checkpoint.json"));
    Files.createDirectory(folder.resolve(".writing-c4"));
    Checkpoint.Found found = Checkpoint.newest(folder);
    assertThat(found.newest().orElseThrow().folder()).isEqualTo(folder.resolve("c1"));
    assertThat(found.bad()).hasSize(2);
    assertThat(Checkpoint.newest(folder.resolve("nothing")).newest()).isEmpty();
    Checkpoint.sweep(folder);
    assertThat(folder.resolve(".writing-c4")).doesNotExist();
    found.newest().orElseThrow().remove();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).hasSize(3);
    }
  }

  @Test
  void oneThatANewOneHadOnlyJustTakenThePlaceOfIsThereStill() throws IOException {
    Path saved = folder.resolve("saved");
    save(saved);
    Path former =
        folder.resolve(".former-saved"); // as if the process had ended between two renames
    Files.move(saved, former);
    try (Learner learner = learner(new Sum())) {
      learner.load(saved); // which throws if it is not there
    }
    Checkpoint.sweep(folder);
    assertThat(saved.resolve("checkpoint.json")).exists();
    assertThat(former).doesNotExist();

    Files.move(saved, former);
    save(saved);
    assertThat(former).doesNotExist();
    assertThat(saved.resolve("checkpoint.json")).exists();
  }

  @Test
  void savingAndLoadingLeaveNoArrayBehind() {
    Path saved = folder.resolve("saved");
    try (Learner learner = learner(new Sum())) {
      learner.fit(1);
      int arrays = learner.manager().getManagedArrays().size();
      for (int i = 0; i < 3; i++) {
        learner.save(saved);
        learner.load(saved);
      }
      assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void weightsAreReadByNameAndTheReportTellsTheRest() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    try (Learner learner = learner();
        Learner other = Points.learner(5).seed(9).build();
        Learner same = Points.learner(5).model(model()).seed(9).build()) {
      Weights.write(learner.model(), file);
      Weights.read(same.model(), file);
      assertThat(weights(same)).usingRecursiveComparison().isEqualTo(weights(learner));
      assertThatThrownBy(() -> Weights.read(other.model(), file))
          .hasMessageContaining("weights of another model");
      String head = other.model().getParameters().keyAt(2);
      Weights.Report report =
          Weights.read(
              other.model(), file, name -> name.startsWith("04Linear_w") ? head : "x" + name);
      assertThat(report.loaded()).containsExactly(head);
      assertThat(report.missing()).hasSize(3);
      assertThat(report.left()).hasSize(7);
      assertThat(report.isWhole()).isFalse();
      assertThat(report.toString()).startsWith("loaded 1\nmissing in the file: ");
    }
  }
}
