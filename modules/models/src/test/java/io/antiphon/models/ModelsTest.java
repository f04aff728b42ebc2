package io.antiphon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelsTest {
  private NDManager manager;
  private Autograd.Mode mode;
  private ParameterStore store;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
    mode = Autograd.on();
    new RandomStream(7, "models").seedTorch(0, 0);
    store = new ParameterStore(manager, false);
  }

  @AfterEach
  void close() {
    mode.close();
    manager.close();
  }

  @Test
  void perceptronsFlattenWhateverComes() {
    for (Shape input : List.of(new Shape(3, 784), new Shape(3, 28, 28), new Shape(3, 1, 28, 28))) {
      Block model = new Mlp.Options().create(new Task(List.of(input), 10));
      model.initialize(manager, DataType.FLOAT32, input);
      assertThat(output(model, input)).isEqualTo(new Shape(3, 10));
      assertThat(model.getParameters().values().stream().map(p -> p.getArray().getShape()))
          .containsExactly(new Shape(50, 784), new Shape(50), new Shape(10, 50), new Shape(10));
    }
  }

  @Test
  void convolutionsTakeImagesWithoutTheirChannel() {
    for (Shape input : List.of(new Shape(3, 784), new Shape(3, 28, 28), new Shape(3, 1, 28, 28))) {
      Block model = new Cnn.Options().create(new Task(List.of(input), 10));
      model.initialize(manager, DataType.FLOAT32, input);
      assertThat(output(model, input)).isEqualTo(new Shape(3, 10));
      assertThat(model.getOutputShapes(new Shape[] {input})).containsExactly(new Shape(3, 10));
    }
  }

  @Test
  void severalColoursAndOddSizesWork() {
    Block model = Cnn.of(new Cnn.Options(List.of(5, 7)), 2);
    model.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 13, 9));
    assertThat(output(model, new Shape(2, 3, 13, 9))).isEqualTo(new Shape(2, 2));
  }

  @Test
  void activationsAreThoseOfTheirPapers() {
    for (double x : new double[] {-3, -0.5, 0, 0.7, 2, 90}) {
      NDArray input = manager.create(new double[] {x});
      double normal = (1 + input.div(Math.sqrt(2)).erf().getDouble(0)) / 2;
      var expected =
          Map.of(
              Activation.RELU,
              Math.max(0, x),
              Activation.GELU,
              x * normal,
              Activation.SILU,
              x / (1 + Math.exp(-x)),
              Activation.MISH,
              x * Math.tanh(Math.log1p(Math.exp(x))),
              Activation.TANH,
              Math.tanh(x),
              Activation.SIGMOID,
              1 / (1 + Math.exp(-x)));
      assertThat(expected).containsOnlyKeys(Activation.values());
      expected.forEach((activation, y) -> {
        NDList output = activation.block().forward(store, new NDList(input), false);
        assertThat(output.head().getDouble(0))
            .as("%s(%s)", activation, x)
            .isCloseTo(y, within(1e-12));
      });
    }
  }

  @Test
  void everyActivationHasASlope() {
    for (Activation activation : Activation.values()) {
      Block model = Mlp.of(new Mlp.Options(List.of(4, 3), activation), 2);
      model.initialize(manager, DataType.FLOAT32, new Shape(8, 5));
      NDArray x = manager.randomNormal(new Shape(8, 5));
      Autograd.backward(model.forward(store, new NDList(x), true).head().square().sum(), false);
      NDArray first = model.getParameters().get(0).getValue().getArray();
      assertThat(first.getGradient().abs().sum().getFloat()).as(activation.name()).isPositive();
    }
  }

  @Test
  void aConvBlockEqualsTheThreeBlocksOfDjl() {
    var input = new Shape(4, 3, 11, 8);
    Block ours = new ConvBlock(6);
    Block theirs =
        new SequentialBlock()
            .add(
                Conv2d.builder()
                    .setKernelShape(new Shape(3, 3))
                    .setFilters(6)
                    .optStride(new Shape(2, 2))
                    .optPadding(new Shape(1, 1))
                    .optBias(false)
                    .build())
            .add(BatchNorm.builder().build())
            .add(ai.djl.nn.Activation::relu);
    ours.initialize(manager, DataType.FLOAT32, input);
    theirs.initialize(manager, DataType.FLOAT32, input);
    theirs
        .getParameters()
        .get(0)
        .getValue()
        .getArray()
        .set(ours.getParameters().get(0).getValue().getArray().toFloatArray());
    for (boolean training : new boolean[] {true, true, false}) {
      NDArray x = manager.randomNormal(input);
      NDArray weights = manager.randomNormal(new Shape(4, 6, 6, 4));
      NDArray a = ours.forward(store, new NDList(x.duplicate()), training).head();
      NDArray b = theirs.forward(store, new NDList(x.duplicate()), training).head();
      assertThat(a.allClose(b, 1e-5, 1e-5, false)).isTrue();
      Autograd.backward(a.mul(weights).sum(), false);
      Autograd.backward(b.mul(weights).sum(), false);
    }
    for (int i = 0; i < 5; i++) {
      Parameter our = ours.getParameters().get(i).getValue();
      Parameter their = theirs.getParameters().get(i).getValue();
      assertThat(our.getType()).isEqualTo(their.getType());
      assertThat(our.getArray().allClose(their.getArray(), 1e-5, 1e-6, false)).isTrue();
      if (our.requiresGradient()) {
        assertThat(
                our.getArray()
                    .getGradient()
                    .allClose(their.getArray().getGradient(), 1e-4, 1e-4, false))
            .as(our.getName())
            .isTrue();
      }
    }
  }

  @Test
  void aSavedConvBlockComesBack() throws Exception {
    var input = new Shape(2, 1, 8, 8);
    Block saved = Cnn.of(new Cnn.Options(List.of(2, 3)), 4);
    saved.initialize(manager, DataType.FLOAT32, input);
    var bytes = new ByteArrayOutputStream();
    saved.saveParameters(new DataOutputStream(bytes));
    Block loaded = Cnn.of(new Cnn.Options(List.of(2, 3)), 4);
    loaded.loadParameters(
        manager, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    NDArray x = manager.randomNormal(input);
    assertThat(loaded.forward(store, new NDList(x), false).head())
        .isEqualTo(saved.forward(store, new NDList(x), false).head());
  }

  @Test
  void firstWeightsHaveTheirVariance() {
    Block model = Mlp.of(new Mlp.Options(List.of(400), Activation.RELU), 500);
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 600));
    NDArray hidden = model.getParameters().get(0).getValue().getArray();
    NDArray last = model.getParameters().get(2).getValue().getArray();
    assertThat(hidden.square().mean().getFloat()).isCloseTo(2f / 600, within(1e-4f));
    assertThat(last.square().mean().getFloat()).isCloseTo(1f / 400 / 3, within(1e-5f));
    assertThat(last.max().getFloat()).isLessThanOrEqualTo(0.05f);
  }

  @Test
  void aForwardPassLeavesNothingBehind() {
    var input = new Shape(4, 1, 28, 28);
    Block model = Cnn.of(new Cnn.Options(), 10);
    model.initialize(manager, DataType.FLOAT32, input);
    int before = manager.getManagedArrays().size();
    try (NDManager batch = manager.newSubManager()) {
      NDArray x = batch.randomNormal(input);
      NDArray y = model.forward(store, new NDList(x), true).head();
      assertThat(y.getManager()).isSameAs(batch);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void sizesOutOfRangeAreSentences() {
    assertThatThrownBy(() -> new Mlp.Options(List.of(10, 0), Activation.RELU))
        .hasMessage("hidden is 0; it must be at least 1");
    assertThatThrownBy(() -> new Cnn.Options(List.of()))
        .hasMessage("channels is empty; it must be one number or more, as in [8, 16]");
    Block model = Cnn.of(new Cnn.Options(), 10);
    assertThatThrownBy(() -> model.initialize(manager, DataType.FLOAT32, new Shape(2, 12)))
        .hasMessageContaining("rows of 12 numbers are no square images");
  }

  private Shape output(Block model, Shape input) {
    return model.forward(store, new NDList(manager.randomNormal(input)), false).head().getShape();
  }

  @Test
  void oneValuePerChannelLeavesRunningStatisticsAsTheyWere() {
    Block block = new ConvBlock(3);
    block.initialize(manager, DataType.FLOAT32, new Shape(2, 1, 4, 4));
    NDArray large = manager.randomNormal(new Shape(2, 1, 4, 4));
    block.forward(store, new NDList(large), true);
    var before = statistics(block);
    NDList outputs = block.forward(store, new NDList(manager.ones(new Shape(1, 1, 2, 2))), true);
    assertThat(outputs.head().toFloatArray()).containsOnly(0);
    assertThat(statistics(block)).usingRecursiveComparison().isEqualTo(before);
    assertThat(before.getLast()).doesNotContain(1f, Float.NaN);
  }

  private static List<float[]> statistics(Block block) {
    return block.getParameters().values().stream()
        .filter(each ->
            each.getType() == Parameter.Type.RUNNING_MEAN
                || each.getType() == Parameter.Type.RUNNING_VAR)
        .map(each -> each.getArray().toFloatArray())
        .toList();
  }
}
