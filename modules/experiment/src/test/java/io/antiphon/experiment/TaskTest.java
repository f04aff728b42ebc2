package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.DataLoader;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Samples;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskTest {
  @TempDir Path temporary;

  @Test
  void theTaskTellsModelLossAndMetricsThatAFileLeavesOpen() throws Exception {
    Experiment written = experiment("{ use: fixed, goal: regression, names: [price, age] }");
    assertThat(written.model()).isEmpty();
    assertThat(written.loss()).isEmpty();
    assertThat(written.yaml()).doesNotContain("loss:").doesNotContain("model:");
    try (Run run = Run.of(written, temporary.resolve("run"), _ -> {})) {
      Experiment settled = run.prepared().experiment();
      assertThat(settled.loss().orElseThrow().component().id()).isEqualTo("mse");
      assertThat(settled.model().orElseThrow().component().id()).isEqualTo("mlp");
      assertThat(settled.metrics().orElseThrow()).as("its module is not here").isEmpty();
      assertThat(Files.readString(temporary.resolve("run").resolve("experiment.yaml")))
          .isEqualTo(settled.yaml())
          .contains("loss: mse");
      assertThat(run.prepared().explain())
          .contains("task        regression of 2 numbers: price, age")
          .contains("a note");
    }
  }

  @Test
  void theReportOfDataCountsThemBeforeAnythingIsTrained() {
    assertThat(DataReport.of(experiment("{ use: fixed, goal: regression, names: [price] }")))
        .contains(
            "data 'fixed'",
            "training    4 samples in 1 batch",
            "task        regression of 1 number: price",
            "a note")
        .containsPattern("target +least +mean +deviation +greatest\\n +price +0\\.000");
    assertThat(DataReport.of(experiment("{ use: fixed, goal: labels, names: [a, b] }")))
        .containsPattern("label +training\\n +a +0\\n +b +0\\n");
  }

  @Test
  void whatTheFileNamesStays() {
    Experiment written =
        parse(
            "threads: 1\ndata: { use: fixed, goal: labels }\nloss: mse\nmetrics: []\nmodel: mlp\n");
    try (Prepared prepared = written.prepare(temporary)) {
      assertThat(prepared.experiment().yaml()).isEqualTo(written.yaml());
    }
  }

  @Test
  void aLossThatDoesNotFitIsRefusedWithTheRemedy() {
    assertThatThrownBy(() ->
            parse("data: { use: fixed, goal: classification }\nloss: mse\n").prepare(temporary))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "e.yaml:2:7: loss 'mse' does not fit classification, which the data are for; leave 'loss'"
                + " out for the usual one, or name one that does");
  }

  @Test
  void whereTheUsualOneIsNotHereThatIsTold() {
    assertThatThrownBy(() -> experiment("{ use: fixed, goal: labels }").prepare(temporary))
        .hasMessage(
            "e.yaml:1:14: the experiment names no loss, and the usual one for the choice of labels is"
                + " not here; name one");
  }

  @Test
  void everythingThatMayBeUsualIsAmongTheChoices() {
    List<String> ids =
        experiment("{ use: fixed, goal: labels }").choices().stream()
            .map(choice -> choice.component().id())
            .toList();
    assertThat(ids).contains("mse", "mlp", "cross-entropy", "accuracy");
  }

  private static Experiment experiment(String data) {
    return parse("data: " + data + "\n");
  }

  private static Experiment parse(String yaml) {
    Catalog catalog = Toys.catalog().with(new Fixed(), new Mse(), new Plain());
    return ExperimentFile.parse(yaml, new Place("e.yaml", 0, 0, Path.of("/folder")))
        .with(List.of("device=cpu"), Path.of("/folder"))
        .resolve(catalog);
  }

  /// One batch of zeros.
  @Id("fixed")
  record Fixed(Task.Goal goal, List<String> names) implements DataProvider {
    Fixed() {
      this(Task.Goal.CLASSIFICATION, List.of("a", "b"));
    }

    @Override
    public Data create(Setting setting) {
      var task = new Task(goal, Task.of(List.of(new Shape(4, 3))), names);
      return new Data(
          new Zeros(names.size()), Optional.empty(), task, Optional.empty(), List.of("a note"));
    }
  }

  record Zeros(int outputs) implements DataLoader {
    @Override
    public int batches() {
      return 1;
    }

    @Override
    public long samples() {
      return 4;
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(new Shape(4, 3));
    }

    @Override
    public Batches open(long seed, long epoch, int first) {
      return new Batches() {
        private boolean given;

        @Override
        public boolean hasNext() {
          return !given;
        }

        @Override
        public Samples next(NDManager manager) {
          given = true;
          return new Samples(
              new NDList(manager.zeros(new Shape(4, 3))),
              new NDList(manager.zeros(new Shape(4, outputs))),
              4);
        }
      };
    }
  }

  @Id("mse")
  record Mse() implements LossProvider {
    @Override
    public LossFunction create() {
      return (predictions, targets) -> predictions.head().sub(targets.head()).square().mean();
    }

    @Override
    public boolean suits(Task.Goal goal) {
      return !goal.hasClasses();
    }
  }

  @Id("mlp")
  record Plain() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return new SequentialBlock()
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(task.outputs()).build());
    }
  }
}
