package io.antiphon.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StandardizationTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void whatItIsComputedFromGetsMeanZeroAndDeviationOne() {
    NDArray values = manager.create(new float[] {1, 2, 3, 4, 5, 9});
    int before = manager.getManagedArrays().size();
    Standardization standardization = Standardization.of(values);
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(standardization.mean()).isEqualTo(4, within(1e-6));
    assertThat(standardization.deviation()).isEqualTo(Math.sqrt(40 / 6.0), within(1e-6));
    NDArray after = standardization.apply(values);
    assertThat(after.mean().getFloat()).isCloseTo(0, within(1e-6f));
    assertThat(after.square().mean().getFloat()).isCloseTo(1, within(1e-6f));
    assertThat(values.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 9);
  }

  @Test
  void bytesAreFractionsOfTheirRange() {
    NDArray grey =
        manager.create(
            ByteBuffer.wrap(new byte[] {0, 51, (byte) 255}), new Shape(3), DataType.UINT8);
    assertThat(Standardization.NONE.apply(grey).toFloatArray()).containsExactly(0, 0.2f, 1);
    assertThat(new Standardization(0.2, 0.5).apply(grey).toFloatArray())
        .containsExactly(new float[] {-0.4f, 0, 1.6f}, within(1e-6f));
    assertThat(Standardization.of(grey).mean()).isEqualTo(0.4, within(1e-6));
  }

  @Test
  void aDeviationOfZeroIsRefused() {
    assertThatThrownBy(() -> new Standardization(0, 0))
        .hasMessage("deviation is 0; it must be finite and greater than 0");
    assertThatThrownBy(() -> new Standardization(Double.NaN, 1))
        .hasMessage("mean is NaN; it must be finite");
  }
}
