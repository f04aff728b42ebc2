package io.antiphon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Feature;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.core.spi.Task.Input;
import io.antiphon.core.spi.Task.Scale;
import io.antiphon.torch.Autograd;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TabularTest {
  private static final Input NUMBERS =
      new Input(new Shape(4, 2), List.of(number("a"), number("b")));
  private static final Input CATEGORIES =
      new Input(
          new Shape(4, 2),
          List.of(
              new Feature("c", List.of("?", "x", "y"), Scale.NONE),
              new Feature("d", Task.numbered(40), Scale.NONE)));

  private static Feature number(String name) {
    return new Feature(name, List.of(), Scale.NONE);
  }

  @Test
  void eachColumnOfCategoriesHasAnEmbeddingBesideTheNumbers() {
    var task =
        new Task(
            Goal.REGRESSION,
            List.of(NUMBERS, CATEGORIES),
            List.of("p", "q"),
            List.of(new Scale(1000, 50), new Scale(-3, 0.01)));
    Block model = new Tabular.Options().create(task);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var _ = Autograd.on()) {
      model.initialize(manager, DataType.FLOAT32, task.shapes().toArray(Shape[]::new));
      // 1.6 * 3^0.56 and 1.6 * 40^0.56, rounded
      assertThat(model.getParameters().values().stream().map(p -> p.getArray().getShape()).limit(3))
          .containsExactly(new Shape(3, 3), new Shape(40, 13), new Shape(64, 2 + 3 + 13));
      var inputs =
          new NDList(
              manager.create(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, new Shape(4, 2)),
              manager.create(new long[] {0, 39, 1, 0, 2, 7, 2, 7}, new Shape(4, 2)));
      var store = new ParameterStore(manager, false);
      float[] outputs = model.forward(store, inputs, true).head().toFloatArray();
      assertThat(outputs[0]).as("a net begins where the targets lie").isBetween(700f, 1300f);
      assertThat(outputs[1]).isBetween(-3.1f, -2.9f);
    }
  }

  @Test
  void oneKindOfColumnsIsEnough() {
    for (Input input : List.of(NUMBERS, CATEGORIES)) {
      var task = new Task(Goal.CLASSIFICATION, List.of(input), List.of("no", "yes"));
      Block model =
          new Tabular.Options(List.of(), Activation.RELU, 0, OptionalInt.of(5)).create(task);
      try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        model.initialize(manager, DataType.FLOAT32, input.shape());
        long width = input == NUMBERS ? 2 : 10;
        assertThat(model.getParameters().values().stream().map(p -> p.getArray().getShape()))
            .contains(new Shape(2, width));
      }
    }
  }

  @Test
  void whatIsNoTableIsRefused() {
    assertThatThrownBy(
            () -> new Tabular.Options().create(new Task(List.of(new Shape(4, 1, 8, 8)), 2)))
        .hasMessage("the inputs have shape (4, 1, 8, 8); a table is [B, columns]");
    var task = new Task(Goal.CLASSIFICATION, List.of(NUMBERS, CATEGORIES), List.of("a", "b"));
    assertThatThrownBy(() -> new Mlp.Options().create(task))
        .hasMessage(
            "a perceptron takes one input, and the data give 2; use model: tabular, or let the data"
                + " give one");
  }
}
