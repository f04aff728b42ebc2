package io.antiphon.modelzoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {
  static List<Arguments> models() {
    var grey = new Shape(2, 1, 32, 32);
    var colour = new Shape(2, 3, 32, 32);
    var flat = new Shape(2, 28, 28);
    return List.of(
        Arguments.of(new Zoo.ResNet(18), grey),
        Arguments.of(new Zoo.ResNet(18), flat),
        Arguments.of(new Zoo.ResNet(20), colour),
        Arguments.of(new Zoo.ResNet(50), colour),
        Arguments.of(new Zoo.Le(), grey),
        Arguments.of(new Zoo.Le(), flat),
        Arguments.of(new Zoo.Mobile(0.5), colour),
        Arguments.of(new Zoo.Mobile2(), colour),
        Arguments.of(new Zoo.Squeeze(), colour),
        Arguments.of(new Zoo.Vgg(), colour),
        Arguments.of(new Zoo.Inception(), colour));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("models")
  void aStepTrains(ModelProvider component, Shape input) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var _ = Autograd.on()) {
      new RandomStream(1, "modelzoo").seedTorch(0, 0);
      Block model = component.create(new Task(List.of(input), 7));
      model.initialize(manager, DataType.FLOAT32, input);
      var store = new ParameterStore(manager, false);
      int arrays = manager.getManagedArrays().size();
      try (NDManager batch = manager.newSubManager()) {
        NDArray x = batch.randomNormal(input);
        NDList y = model.forward(store, new NDList(x), true);
        assertThat(y.singletonOrThrow().getShape()).isEqualTo(new Shape(2, 7));
        NDArray target = batch.create(new float[] {1, 5});
        NDArray loss = Loss.softmaxCrossEntropyLoss().evaluate(new NDList(target), y);
        Autograd.backward(loss, false);
        int moved = 0;
        int all = 0;
        for (Parameter parameter : model.getParameters().values()) {
          if (parameter.requiresGradient()) {
            try (NDArray gradient = parameter.getArray().getGradient()) {
              gradient.attach(batch);
              moved += gradient.abs().sum().getFloat() > 0 ? 1 : 0;
              all++;
              parameter.getArray().setRequiresGradient(false);
              parameter.getArray().subi(gradient.mul(1e-3));
            }
          }
        }
        assertThat(moved).as("parameters with a gradient, of %d", all).isGreaterThan(all / 2);
      }
      assertThat(manager.getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void whatDoesNotFitIsASentence() {
    assertThatThrownBy(() -> new Zoo.ResNet(19))
        .hasMessageStartingWith("depth is 19; it must be one of [18, 34, 50, 101, 152]");
    assertThatThrownBy(() -> new Zoo.Mobile(0)).hasMessage("width is 0; it must be in (0, 1]");
    assertThatThrownBy(() -> new Zoo.Le().create(new Task(List.of(new Shape(2, 784)), 10)))
        .hasMessageContaining("models of the zoo take images");
  }
}
