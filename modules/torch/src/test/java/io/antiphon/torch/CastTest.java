package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class CastTest {
  private static final DataType[] TYPES = {
    DataType.FLOAT16, DataType.BFLOAT16, DataType.FLOAT32, DataType.FLOAT64
  };

  @Test
  void gradientsFlowThroughEveryPairOfTypes() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var _ = Autograd.on()) {
      for (DataType from : TYPES) {
        for (DataType to : TYPES) {
          NDArray x = manager.create(new float[] {1, -2, 3});
          x.setRequiresGradient(true);
          NDArray cast = Cast.to(Cast.to(x, from), to);
          assertThat(Cast.typeOf(cast)).isEqualTo(to);
          NDArray single = Cast.to(cast, DataType.FLOAT32);
          Autograd.backward(single.mul(single), false);
          assertThat(x.getGradient().toFloatArray())
              .as(from + " to " + to)
              .containsExactly(2, -4, 6);
        }
      }
    }
  }

  @Test
  void valuesRoundToTheTypesPrecision() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = manager.create(new float[] {1.001953125f, 70000f}); // 1 + 2^-9
      NDArray brain = Cast.to(Cast.to(x, DataType.BFLOAT16), DataType.FLOAT32);
      assertThat(brain.toFloatArray()).containsExactly(1f, 70144f);
      NDArray half = Cast.to(Cast.to(x, DataType.FLOAT16), DataType.FLOAT32);
      assertThat(half.toFloatArray()).containsExactly(1.001953125f, Float.POSITIVE_INFINITY);
    }
  }

  @Test
  void theResultBelongsToTheManagerThatIsNamed() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        NDManager owner = manager.newSubManager()) {
      NDArray x = manager.ones(new Shape(2));
      assertThat(Cast.to(x, DataType.FLOAT16).getManager()).isSameAs(manager);
      assertThat(Cast.to(x, DataType.FLOAT16, owner).getManager()).isSameAs(owner);
    }
  }

  @Test
  void integersAreNoTarget() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Cast.to(manager.ones(new Shape(2)), DataType.INT32))
          .withMessage("a cast is to float16, bfloat16, float32 or float64, not to int32");
    }
  }
}
