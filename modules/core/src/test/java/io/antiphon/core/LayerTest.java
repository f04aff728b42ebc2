package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.LSTM;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTest {
  @Test
  void aMatrixIsMultipliedOnceForEachRow() {
    var net =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock(784))
            .add(Linear.builder().setUnits(50).build())
            .add(Activation::relu)
            .add(Linear.builder().setUnits(10).build());
    assertThat(layers(net, new Shape(64, 784)))
        .extracting(Layer::work)
        .containsExactly(0.0, 64 * 784 * 50.0, 0.0, 64 * 50 * 10.0);
  }

  @Test
  void aKernelIsMultipliedOnceForEachPlace() {
    Block net = convolution(8);
    assertThat(layers(net, new Shape(64, 3, 28, 28)).getFirst().work())
        .isEqualTo(64 * 14 * 14 * (8 * 3 * 9.0));
  }

  @Test
  void aRecurrentLayerMultipliesAtEachStep() {
    Block net = LSTM.builder().setNumLayers(1).setStateSize(16).optBatchFirst(true).build();
    assertThat(layers(net, new Shape(4, 5, 8)).getFirst().work())
        .isEqualTo(4 * 5 * (4 * 16 * (8 + 16.0)));
  }

  @Test
  void whatConsistsOfSeveralCountsThemAll() {
    Block net =
        new ParallelBlock(arrays -> arrays.getFirst(), List.of(convolution(4), convolution(4)));
    assertThat(layers(net, new Shape(2, 3, 8, 8)).getFirst().work())
        .isEqualTo(2 * 2 * 4 * 4 * (4 * 3 * 9.0));
  }

  private static Block convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .optStride(new Shape(2, 2))
        .optPadding(new Shape(1, 1))
        .setFilters(filters)
        .build();
  }

  private static List<Layer> layers(Block block, Shape input) {
    try (NDManager manager = NDManager.newBaseManager()) {
      block.initialize(manager, DataType.FLOAT32, input);
      return Layer.of(block, List.of(input));
    }
  }
}
