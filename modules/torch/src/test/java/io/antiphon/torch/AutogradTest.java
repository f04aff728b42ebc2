package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AutogradTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void modesNestAndRestoreTheFormerOne() {
    boolean before = Autograd.isOn();
    try (var _ = Autograd.on()) {
      assertThat(Autograd.isOn()).isTrue();
      try (var _ = Autograd.off()) {
        assertThat(Autograd.isOn()).isFalse();
        try (var _ = Autograd.off()) {
          assertThat(Autograd.isOn()).isFalse();
        }
        assertThat(Autograd.isOn()).isFalse();
        try (var _ = Autograd.on()) {
          assertThat(Autograd.isOn()).isTrue();
        }
        assertThat(Autograd.isOn()).isFalse();
      }
      assertThat(Autograd.isOn()).isTrue();
    }
    assertThat(Autograd.isOn()).isEqualTo(before);
  }

  @Test
  void anExceptionRestoresTheFormerMode() {
    try (var _ = Autograd.on()) {
      assertThatThrownBy(
              () -> {
                try (var _ = Autograd.off()) {
                  throw new IllegalStateException("on purpose");
                }
              })
          .hasMessage("on purpose");
      assertThat(Autograd.isOn()).isTrue();
    }
  }

  @Test
  void closingTwiceChangesNothing() {
    try (var _ = Autograd.on()) {
      Autograd.Mode off = Autograd.off();
      off.close();
      try (var _ = Autograd.off()) {
        off.close();
        assertThat(Autograd.isOn()).isFalse();
      }
    }
  }

  @Test
  void aModeHoldsForItsThreadOnly() throws Exception {
    try (var threads = Executors.newSingleThreadExecutor();
        var _ = Autograd.off()) {
      assertThat(threads.submit(Autograd::isOn).get()).isTrue();
      assertThat(Autograd.isOn()).isFalse();
    }
  }

  @Test
  void backwardAddsToTheGradient() {
    NDArray x = leaf(3);
    try (var _ = Autograd.on()) {
      Autograd.backward(x.mul(x).sum(), false);
      Autograd.backward(x.mul(x).sum(), false);
    }
    assertThat(x.getGradient().toFloatArray()).containsExactly(12f, 12f);
  }

  @Test
  void ofAnArrayTheSumIsMeant() {
    NDArray x = leaf(3);
    try (var _ = Autograd.on()) {
      Autograd.backward(x.mul(x), false);
    }
    assertThat(x.getGradient().toFloatArray()).containsExactly(6f, 6f);
  }

  @Test
  void aKeptGraphAllowsASecondBackward() {
    NDArray x = leaf(3);
    try (var _ = Autograd.on()) {
      NDArray loss = x.mul(x).sum();
      Autograd.backward(loss, true);
      Autograd.backward(loss, false);
      assertThat(x.getGradient().toFloatArray()).containsExactly(12f, 12f);
      assertThatThrownBy(() -> Autograd.backward(loss, false))
          .hasMessageContaining("backward through the graph a second time");
    }
  }

  @Test
  void backwardMakesNoArrays() {
    NDArray x = leaf(3);
    try (var _ = Autograd.on()) {
      NDArray loss = x.mul(x).sum();
      int before = manager.getManagedArrays().size();
      Autograd.backward(loss, false);
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void whatDependsOnNoParameterIsRefusedWithTheReasons() {
    NDArray x = leaf(3);
    try (var _ = Autograd.off()) {
      NDArray loss = x.mul(x).sum();
      int before = manager.getManagedArrays().size();
      assertThatThrownBy(() -> Autograd.backward(loss, false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("backward needs an array that depends on a parameter")
          .hasMessageContaining("grad mode off");
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
    try (var _ = Autograd.on()) {
      NDArray cut = x.toType(DataType.FLOAT64, true).sum();
      assertThatThrownBy(() -> Autograd.backward(cut, false))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void manyThreadsDifferentiateAtOnce() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      var results =
          threads.invokeAll(
              java.util.Collections.nCopies(
                  8,
                  () -> {
                    try (NDManager own = NDManager.newBaseManager();
                        var _ = Autograd.on()) {
                      NDArray x = own.ones(new Shape(50));
                      x.setRequiresGradient(true);
                      for (int i = 0; i < 100; i++) {
                        Autograd.backward(x.mul(x).sum(), false);
                      }
                      return x.getGradient().sum().getFloat();
                    }
                  }));
      for (var result : results) {
        assertThat(result.get()).isEqualTo(10_000f);
      }
    }
  }

  private NDArray leaf(float value) {
    NDArray x = manager.full(new Shape(2), value);
    x.setRequiresGradient(true);
    return x;
  }

  @Test
  void theGradientsThatALossIsGivenStayOnes() {
    NDArray leaf = manager.create(3f);
    leaf.setRequiresGradient(true);
    for (int times = 1; times <= 3; times++) {
      try (var _ = Autograd.on()) {
        Autograd.backward(leaf, false); // what it is given could become its gradient
      }
      assertThat(leaf.getGradient().getFloat()).isEqualTo(times);
    }
    leaf.getGradient().muli(5);
    NDArray other = manager.create(3f);
    other.setRequiresGradient(true);
    try (var _ = Autograd.on()) {
      Autograd.backward(other, false);
    }
    assertThat(other.getGradient().getFloat()).isEqualTo(1);
  }
}
