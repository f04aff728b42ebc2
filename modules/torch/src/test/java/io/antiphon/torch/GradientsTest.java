package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two parameters with the gradients (3, -4) and (12): the norm is 13.
class GradientsTest {
  private static final Offset<Float> CLOSE = Offset.offset(1e-5f);

  private NDManager manager;
  private NDArray first;
  private NDArray second;
  private Gradients gradients;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
    first = parameter(2);
    second = parameter(1);
    gradients = new Gradients(List.of(first, second));
  }

  @AfterEach
  void close() {
    gradients.close();
    manager.close();
  }

  @Test
  void gradientsAreDefinedAsZerosBeforeTheFirstBackward() {
    assertThat(read(first)).containsExactly(0f, 0f);
    assertThat(norm(2)).isZero();
    try (NDArray gradient = first.getGradient()) {
      assertThat(gradient.getShape()).isEqualTo(new Shape(2));
    }
  }

  @Test
  void definingThemLeavesThoseThatAreThere() {
    backward();
    new Gradients(List.of(first, second)).close();
    assertThat(read(first)).containsExactly(3f, -4f);
  }

  @Test
  void makingThemLeavesNoArrays() {
    int before = manager.getManagedArrays().size();
    new Gradients(List.of(first, second)).close();
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void zeroSetsAllToZero() {
    backward();
    gradients.zero();
    assertThat(read(first)).containsExactly(0f, 0f);
    assertThat(read(second)).containsExactly(0f);
    backward();
    assertThat(read(first)).containsExactly(3f, -4f);
  }

  @Test
  void scaleMultipliesAll() {
    backward();
    gradients.scale(0.5);
    assertThat(read(first)).containsExactly(1.5f, -2f);
    assertThat(read(second)).containsExactly(6f);
  }

  @Test
  void normsAreThoseOfAllGradientsAsOneVector() {
    backward();
    assertThat(norm(2)).isCloseTo(13f, CLOSE);
    assertThat(norm(Double.POSITIVE_INFINITY)).isEqualTo(12f);
    assertThat(norm(1)).isCloseTo(19f, CLOSE);
  }

  @Test
  void clipNormScalesByBoundOverNorm() {
    backward();
    try (NDArray before = gradients.clipNorm(manager, 6.5, 2)) {
      assertThat(before.getFloat()).isCloseTo(13f, CLOSE);
    }
    float factor = (float) (6.5 / (13 + 1e-6));
    assertThat(read(first)).containsExactly(new float[] {3 * factor, -4 * factor}, CLOSE);
    assertThat(read(second)).containsExactly(new float[] {12 * factor}, CLOSE);
    assertThat(norm(2)).isCloseTo(6.5f, CLOSE);
  }

  @Test
  void clipNormLeavesSmallGradientsAlone() {
    backward();
    gradients.clipNorm(manager, 14, 2).close();
    assertThat(read(first)).containsExactly(3f, -4f);
    assertThat(read(second)).containsExactly(12f);
  }

  @Test
  void clipNormByTheGreatestMagnitude() {
    backward();
    gradients.clipNorm(manager, 6, Double.POSITIVE_INFINITY).close();
    assertThat(read(first)).containsExactly(new float[] {1.5f, -2f}, CLOSE);
    assertThat(read(second)).containsExactly(new float[] {6f}, CLOSE);
  }

  @Test
  void clipNormOfZerosIsZero() {
    gradients.clipNorm(manager, 1, 2).close();
    assertThat(read(first)).containsExactly(0f, 0f);
  }

  @Test
  void clipValueLimitsEveryElement() {
    backward();
    gradients.clipValue(3.5);
    assertThat(read(first)).containsExactly(3f, -3.5f);
    assertThat(read(second)).containsExactly(3.5f);
  }

  @Test
  void adaptiveClippingLimitsTheRatioOfNormsOfEachRow() {
    NDArray weight = manager.create(new float[] {3, 4, 0, 0}, new Shape(2, 2));
    weight.setRequiresGradient(true);
    try (var rows = new Gradients(List.of(weight));
        var _ = Autograd.on()) {
      NDArray slopes = manager.create(new float[] {6, 8, 6, 8}, new Shape(2, 2));
      Autograd.backward(slopes.mul(weight).sum(), false);
      rows.clipAdaptively(0.1, 1e-3);
      assertThat(read(weight))
          .containsExactly(new float[] {0.3f, 0.4f, 0.6e-4f, 0.8e-4f}, Offset.offset(1e-8f));
    }
  }

  @Test
  void centralizingTakesTheMeanOffEachRowAndLeavesVectorsAlone() {
    NDArray weight = manager.ones(new Shape(2, 1, 2));
    weight.setRequiresGradient(true);
    try (var rows = new Gradients(List.of(weight, second));
        var _ = Autograd.on()) {
      NDArray slopes = manager.create(new float[] {1, 3, -2, 6}, new Shape(2, 1, 2));
      Autograd.backward(slopes.mul(weight).sum().add(second.mul(12).sum()), false);
      rows.centralize();
      assertThat(read(weight)).containsExactly(-1, 1, -4, 4);
      assertThat(read(second)).containsExactly(12);
    }
  }

  @Test
  void writesThroughHandlesCount() {
    backward();
    try (NDManager scratch = manager.newSubManager();
        var _ = Autograd.off()) {
      NDList handles = gradients.arrays(scratch);
      assertThat(handles).hasSize(2);
      handles.head().muli(10);
    }
    assertThat(read(first)).containsExactly(30f, -40f);
  }

  @Test
  void nothingIsRecordedEvenIfGradModeIsOn() {
    backward();
    try (var _ = Autograd.on()) {
      gradients.scale(2);
      try (NDArray norm = gradients.norm(manager, 2)) {
        assertThat(norm.hasGradient()).isFalse();
      }
    }
    backward();
    assertThat(read(first)).containsExactly(9f, -12f);
  }

  @Test
  void operationsMakeNoArrays() {
    backward();
    int before = manager.getManagedArrays().size();
    for (int i = 0; i < 20; i++) {
      gradients.scale(0.9);
      gradients.clipValue(1);
      gradients.clipNorm(manager, 1, 2).close();
      gradients.norm(manager, 2).close();
      gradients.arrays(manager).close();
      gradients.zero();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void withoutParametersAllIsZero() {
    try (var none = new Gradients(List.of())) {
      none.zero();
      none.scale(2);
      none.clipValue(1);
      assertThat(none.arrays(manager)).isEmpty();
      try (NDArray norm = none.norm(manager, 2);
          NDArray clipped = none.clipNorm(manager, 1, 2)) {
        assertThat(norm.getFloat()).isZero();
        assertThat(clipped.getFloat()).isZero();
      }
    }
  }

  private float norm(double order) {
    try (NDArray norm = gradients.norm(manager, order)) {
      return norm.getFloat();
    }
  }

  private void backward() {
    try (NDManager scratch = manager.newSubManager();
        var _ = Autograd.on()) {
      NDArray a = scratch.create(new float[] {3, -4});
      NDArray b = scratch.create(new float[] {12});
      Autograd.backward(a.mul(first).sum().add(b.mul(second).sum()), false);
    }
  }

  private NDArray parameter(int size) {
    NDArray array = manager.ones(new Shape(size));
    array.setRequiresGradient(true);
    return array;
  }

  private static float[] read(NDArray parameter) {
    try (NDArray gradient = parameter.getGradient()) {
      return gradient.toFloatArray();
    }
  }
}
