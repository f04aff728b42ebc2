package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.antiphon.torch.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What is larger than the machine, and what is as large as a number can be.
class SizesTest {
  private static Block linear(long units) {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(units).build())
        .add(BatchNorm.builder().build())
        .add(Linear.builder().setUnits(units).build())
        .add(Linear.builder().setUnits(2).build());
  }

  @Test
  void aModelThatNoMachineHoldsIsRefusedBeforeItIsMadeAndNothingOfItStays() {
    Assumptions.assumeTrue(Machine.memory().isPresent(), "nothing tells how much memory there is");
    Block model = linear(3_000_000);
    assertThatThrownBy(() -> Points.learner(1).model(model).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "its parameters take 3[23]\\.\\d TiB of memory or more, and there are .* here; make it"
                + " smaller");
    assertThat(model.getParameters().values()).noneMatch(Parameter::isInitialized);
  }

  @Test
  void aLargeModelWhoseParametersAreCountedFirstHasTheSameOnes() {
    var all = new ArrayList<List<float[]>>();
    for (double small : List.of(1e9, 0.0)) {
      try (NDManager manager = NDManager.newBaseManager()) {
        Block model = linear(16);
        Initialization.of(model, manager, 7, List.of(new Shape(8, 4)), small);
        all.add(
            model.getParameters().values().stream()
                .map(parameter -> parameter.getArray().toFloatArray())
                .toList());
      }
    }
    assertThat(all.get(0)).usingRecursiveComparison().isEqualTo(all.get(1));
    assertThat(all.get(0)).hasSize(10);
  }

  @Test
  void aBatchIsNoLargerThanItsData() {
    List<Integer> items = IntStream.range(0, 5).boxed().toList();
    ListLoader<Integer> loader =
        DataLoader.of(
                items,
                (manager, some) ->
                    new Samples(
                        new NDList(manager.zeros(new Shape(some.size(), 3))),
                        new NDList(),
                        some.size()))
            .batchSize(Integer.MAX_VALUE);
    assertThat(loader.batches()).isOne();
    assertThat(loader.dropLast().batches()).isZero();
    assertThat(loader.inputShapes()).containsExactly(new Shape(5, 3));
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    Assumptions.assumeTrue(Machine.memory().isPresent(), "nothing tells how much memory there is");
    assertThatThrownBy(() -> Check.fits("train", 5_000_000_000L, 4e18))
        .isInstanceOf(RefusedException.class)
        .hasMessageMatching(
            "train is 5000000000, which takes 3\\.5 EiB of memory, and there are .* here");
    Check.fits("train", 5, 1e6);
    assertThat(List.of(Check.bytes(12), Check.bytes(1536), Check.bytes(3e9)))
        .containsExactly("12 bytes", "1.5 KiB", "2.8 GiB");
  }

  record Perhaps(OptionalInt count) {}

  @Test
  void aCountInACheckpointThatIsNoIntIsNotCutOff() {
    JsonElement json = JsonParser.parseString("{\"count\": 4294967297}");
    assertThatThrownBy(() ->
            RecordJson.read(
                Perhaps.class,
                json,
                "state",
                name -> {
                  throw new AssertionError(name);
                }))
        .hasMessage("state/count is out of range");
  }
}
