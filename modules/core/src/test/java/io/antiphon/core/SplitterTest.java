package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.util.PairList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitterTest {
  @Test
  void normsAndBiasesOfEachPartBecomeAGroupWithoutDecayAndStayInTheirPart() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Block model = Points.model();
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
      Splitter halves =
          each -> {
            var all = each.getParameters();
            return List.of(
                new ParameterGroup("trunk", all.subList(0, 2), Map.of(Hyper.LEARNING_RATE, 0.1)),
                new ParameterGroup("head", all.subList(2, 4), Map.of()),
                new ParameterGroup("none", new PairList<>(), Map.of()));
          };
      List<ParameterGroup> groups = halves.withoutDecayOnNormsAndBiases().split(model);
      assertThat(groups)
          .extracting(group -> group.part() + ":" + group.name())
          .containsExactly(
              "trunk:trunk",
              "trunk:trunk-norms-and-biases",
              "head:head",
              "head:head-norms-and-biases");
      assertThat(groups.get(1).fixes(Hyper.WEIGHT_DECAY)).isTrue();
      assertThat(groups.get(1).fixes(Hyper.LEARNING_RATE)).isTrue();
      assertThat(groups.get(0).fixes(Hyper.WEIGHT_DECAY)).isFalse();
      assertThat(groups.get(3).parameters().keys()).allMatch(name -> name.endsWith("bias"));
      assertThat(Splitter.noDecayOnNormsAndBiases().split(model))
          .extracting(group -> group.part() + ":" + group.name())
          .containsExactly("all:decayed", "all:norms-and-biases");
    }
  }

  @Test
  void frozenWeightsArePartOfAGroupButRunningStatisticsAndNormsWithoutScaleAreNot() {
    var norm = BatchNorm.builder().optScale(false).build();
    Block shared = Linear.builder().setUnits(4).build();
    Block model = new SequentialBlock().add(shared).add(norm).add(shared);
    shared.freezeParameters(true);
    try (NDManager manager = NDManager.newBaseManager()) {
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
      assertThat(Splitter.single().split(model).getFirst().parameters().values())
          .extracting(parameter -> parameter.getType().name())
          .containsExactly("WEIGHT", "BIAS", "BETA");
    }
  }
}
