package io.antiphon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ImageModelsTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray forward(Block block, NDArray x, boolean training) {
    return block
        .forward(new ParameterStore(manager, false), new NDList(x), training)
        .singletonOrThrow();
  }

  private Block initialized(Block block, Shape shape) {
    new RandomStream(3, "test").seedTorch(0, 0);
    block.initialize(manager, DataType.FLOAT32, shape);
    return block;
  }

  @Test
  void aResNetHalvesEachStageButTheFirstAndGivesItsOutputs() {
    var options = new ResNet.Options(List.of(4, 8, 8), 2, 0.1);
    for (Shape shape : List.of(new Shape(2, 3, 17, 12), new Shape(2, 9, 9), new Shape(2, 64))) {
      Block net = initialized(ResNet.of(options, 5), shape);
      NDArray y = forward(net, manager.randomNormal(shape), false);
      assertThat(y.getShape()).isEqualTo(new Shape(2, 5));
      assertThat(net.getOutputShapes(new Shape[] {shape})[0]).isEqualTo(new Shape(2, 5));
      assertThat(y.isNaN().any().getBoolean()).isFalse();
    }
    Block stage = initialized(PreActivationBlock.of(8, 2, true), new Shape(2, 4, 7, 6));
    assertThat(forward(stage, manager.randomNormal(new Shape(2, 4, 7, 6)), true).getShape())
        .isEqualTo(new Shape(2, 8, 4, 3));
  }

  @Test
  void aResidualBlockWhoseLastWeightsAreZeroIsTheIdentity() {
    Block block = initialized(PreActivationBlock.of(4, 1, false), new Shape(2, 4, 6, 6));
    block.getParameters().get("weight2").getArray().muli(0);
    NDArray x = manager.randomNormal(new Shape(2, 4, 6, 6));
    assertThat(forward(block, x, true)).isEqualTo(x);
  }

  @Test
  void aResidualBlockIsWhatItsFormulaSays() {
    Block block = initialized(PreActivationBlock.of(3, 2, true), new Shape(2, 2, 5, 5));
    NDArray x = manager.randomNormal(new Shape(2, 2, 5, 5));
    var p = block.getParameters();
    NDArray a = x.div(Math.sqrt(1 + 1e-5)).maximum(0); // running mean 0, variance 1
    NDArray y = convolved(a, p.get("weight1").getArray(), 2, 1);
    y = y.div(Math.sqrt(1 + 1e-5)).maximum(0);
    y = convolved(y, p.get("weight2").getArray(), 1, 1);
    NDArray expected = y.add(convolved(a, p.get("shortcut").getArray(), 2, 0));
    assertThat(forward(block, x, false).toFloatArray())
        .containsExactly(expected.toFloatArray(), within(1e-4f));
  }

  @Test
  void aBatchOfOneValuePerChannelTeachesResidualBlocksNoVariance() {
    Block block = initialized(PreActivationBlock.of(3, 2, true), new Shape(2, 2, 2, 2));
    forward(block, manager.randomNormal(new Shape(1, 2, 2, 2)), true);
    for (var each : block.getParameters()) {
      assertThat(each.getValue().getArray().isNaN().any().getBoolean()).as(each.getKey()).isFalse();
    }
  }

  private static NDArray convolved(NDArray x, NDArray weight, long stride, long padding) {
    return Conv2d.conv2d(x, weight, null, new Shape(stride, stride), new Shape(padding, padding))
        .singletonOrThrow();
  }

  @Test
  void aUNetKeepsHeightAndWidthWhateverTheyAre() {
    for (Shape shape :
        List.of(new Shape(2, 1, 16, 16), new Shape(1, 3, 13, 22), new Shape(2, 2, 4, 5))) {
      var net = new UNet(new UNet.Options(List.of(4, 8, 8)), 3);
      initialized(net, shape);
      NDArray y = forward(net, manager.randomNormal(shape), true);
      Shape expected = new Shape(shape.get(0), shape.get(2), shape.get(3), 3);
      assertThat(y.getShape()).isEqualTo(expected);
      assertThat(net.getOutputShapes(new Shape[] {shape})[0]).isEqualTo(expected);
    }
    assertThatThrownBy(() ->
            initialized(new UNet(new UNet.Options(List.of(4, 8, 8)), 3), new Shape(1, 1, 3, 9)))
        .hasMessageContaining(
            "a U-Net of 3 levels takes images [B, C, H, W] of at least 4 × 4 pixels");
  }

  @Test
  void everyParameterOfBothGetsAGradient() {
    var shape = new Shape(2, 1, 12, 12);
    for (Block net :
        List.of(
            ResNet.of(new ResNet.Options(List.of(4, 8), 1, 0), 3),
            new UNet(new UNet.Options(List.of(4, 8)), 3))) {
      initialized(net, shape);
      try (var _ = Autograd.on()) {
        net.getParameters().values().stream()
            .filter(each -> each.requiresGradient())
            .forEach(each -> each.getArray().setRequiresGradient(true));
        NDArray x = manager.randomNormal(shape);
        Autograd.backward(forward(net, x, true).square().sum(), false);
      }
      for (var each : net.getParameters()) {
        if (each.getValue().requiresGradient()) {
          assertThat(each.getValue().getArray().getGradient().abs().sum().getFloat())
              .as(each.getKey())
              .isPositive();
        }
      }
    }
  }
}
