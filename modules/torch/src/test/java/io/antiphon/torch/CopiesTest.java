package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CopiesTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void copiesHaveTheirOwnMemoryAndOwnerAndNeedNoGradient() {
    NDArray x = manager.create(new float[] {1, 2});
    NDArray y = manager.create(new long[] {3});
    x.setRequiresGradient(true);
    NDList copies;
    try (NDManager owner = manager.newSubManager();
        var _ = Autograd.on()) {
      copies = Copies.of(List.of(x, y), owner);
      assertThat(owner.getManagedArrays()).hasSize(2);
      assertThat(copies.get(0).hasGradient()).isFalse();
      assertThat(copies.get(1).getDataType()).isEqualTo(DataType.INT64);
      copies.get(0).subi(1);
      assertThat(copies.get(0).toFloatArray()).containsExactly(0, 1);
      assertThat(x.toFloatArray()).containsExactly(1, 2);
    }
    assertThat(copies.get(0).isReleased()).isTrue();
    assertThat(Copies.of(List.of(), manager)).isEmpty();
  }

  @Test
  void whatIsWrittenLeavesArraysWhereTheyAre() {
    NDArray x = manager.create(new float[] {1, 2});
    NDArray view = x.reshape(2, 1);
    x.setRequiresGradient(true);
    try (var _ = Autograd.on()) {
      Copies.write(List.of(manager.create(new double[] {3, 4})), List.of(x));
    }
    assertThat(x.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(view.toFloatArray()).containsExactly(3, 4);
    Copies.write(List.of(), List.of());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    NDArray two = manager.zeros(new Shape(2));
    NDArray three = manager.zeros(new Shape(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.write(List.of(three), List.of(two)));
    assertThatIllegalArgumentException().isThrownBy(() -> Copies.write(List.of(), List.of(two)));
  }

  @Test
  void nothingIsWrittenWhereALaterArrayDoesNotFit() {
    NDArray x = manager.create(new float[] {1, 2});
    NDArray y = manager.create(new float[] {3, 4});
    NDArray two = manager.zeros(new Shape(2));
    NDArray three = manager.zeros(new Shape(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Copies.write(List.of(two, three), List.of(x, y)))
        .withMessageContaining("shape (3), which cannot be written into one of shape (2)");
    assertThat(x.toFloatArray()).containsExactly(1, 2);
    Copies.write(List.of(manager.create(5f)), List.of(x)); // spreads
    assertThat(x.toFloatArray()).containsExactly(5, 5);
  }
}
