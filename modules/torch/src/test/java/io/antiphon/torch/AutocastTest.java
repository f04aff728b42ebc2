package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutocastTest {
  private static final Device CPU = Device.cpu();

  @AfterEach
  void autocastIsOff() {
    assertThat(Autocast.isOn(CPU)).isFalse();
  }

  @Test
  void productsComputeInTheNarrowTypeWhileAScopeIsOpen() {
    try (NDManager manager = NDManager.newBaseManager(CPU)) {
      NDArray x = manager.ones(new Shape(8, 8));
      for (DataType type : new DataType[] {DataType.BFLOAT16, DataType.FLOAT16}) {
        try (var _ = Autocast.on(CPU, type)) {
          assertThat(Autocast.type(CPU)).isEqualTo(type);
          assertThat(Cast.typeOf(x.matMul(x))).isEqualTo(type);
          assertThat(x.matMul(x).mul(x).sum().getDataType()).isEqualTo(DataType.FLOAT32);
        }
        assertThat(x.matMul(x).getDataType()).isEqualTo(DataType.FLOAT32);
      }
    }
  }

  @Test
  void scopesNestAndEachRestoresWhatItFound() {
    DataType before = Autocast.type(CPU);
    try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
      try (var _ = Autocast.on(CPU, DataType.FLOAT16)) {
        assertThat(Autocast.type(CPU)).isEqualTo(DataType.FLOAT16);
        try (var _ = Autocast.off(CPU)) {
          assertThat(Autocast.isOn(CPU)).isFalse();
        }
        assertThat(Autocast.isOn(CPU)).isTrue();
      }
      assertThat(Autocast.type(CPU)).isEqualTo(DataType.BFLOAT16);
      assertThat(Autocast.isOn(CPU)).isTrue();
    }
    assertThat(Autocast.type(CPU)).isEqualTo(before);
  }

  @Test
  void anExceptionRestoresToo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> {
          try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
            throw new IllegalArgumentException();
          }
        });
    assertThat(Autocast.isOn(CPU)).isFalse();
  }

  @Test
  void aScopeIsConfinedToItsThread() throws InterruptedException {
    var seen = new AtomicReference<Throwable>();
    var on = new AtomicReference<Boolean>();
    Autocast scope = Autocast.on(CPU, DataType.BFLOAT16);
    try {
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                on.set(Autocast.isOn(CPU));
                try {
                  scope.close();
                } catch (IllegalStateException e) {
                  seen.set(e);
                }
              });
      other.join();
      assertThat(on.get()).isFalse();
      assertThat(seen.get()).hasMessageContaining("close it where it was opened");
      assertThat(Autocast.isOn(CPU)).isTrue();
    } finally {
      scope.close();
    }
  }

  @Test
  void aScopeThatWasForgottenEndsWithTheOuterOneAndIsTold() {
    DataType before = Autocast.type(CPU);
    var outer = Autocast.on(CPU, DataType.BFLOAT16);
    var forgotten = Autocast.on(CPU, DataType.FLOAT16);
    assertThatIllegalStateException()
        .isThrownBy(outer::close)
        .withMessageStartingWith("1 autocast scope inside this one was never closed; open them by");
    assertThat(Autocast.isOn(CPU)).isFalse();
    assertThat(Autocast.type(CPU)).isEqualTo(before);
    outer.close(); // does nothing
    try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
      forgotten.close(); // neither does this
      assertThat(Autocast.isOn(CPU)).isTrue();
    }
  }

  @Test
  void offWithoutADeviceIsForAllOfThem() {
    try (var _ = Autocast.on(CPU, DataType.BFLOAT16);
        var _ = Autocast.on(Device.gpu(), DataType.FLOAT16)) {
      try (var _ = Autocast.off()) {
        assertThat(Autocast.isOn(CPU)).isFalse();
        assertThat(Autocast.isOn(Device.gpu())).isFalse();
      }
      assertThat(Autocast.isOn(CPU)).isTrue();
      assertThat(Autocast.isOn(Device.gpu())).isTrue();
    }
    assertThat(Autocast.isOn(Device.gpu())).isFalse();
  }

  @Test
  void aLookWithoutAGraphLeavesTheWeightTrainable() {
    try (NDManager manager = NDManager.newBaseManager(CPU);
        var _ = Autograd.on()) {
      NDArray x = manager.ones(new Shape(4, 4));
      NDArray weight = manager.ones(new Shape(4, 4));
      weight.setRequiresGradient(true);
      NDArray loss;
      try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
        try (var _ = Autograd.off()) {
          x.matMul(weight);
          weight.muli(2); // and a narrow copy from before does not count
        }
        loss = Cast.to(x.matMul(weight), DataType.FLOAT32).sum();
      }
      assertThat(loss.getFloat()).isEqualTo(128);
      Autograd.backward(loss, false);
      assertThat(weight.getGradient().toFloatArray()).containsOnly(4f);
    }
  }

  @Test
  void aVirtualThreadIsRefused() throws InterruptedException {
    var seen = new java.util.concurrent.ConcurrentLinkedQueue<String>();
    Thread.ofVirtual()
        .name("v")
        .start(() -> {
          for (Runnable call :
              java.util.List.<Runnable>of(
                  () -> Autocast.on(CPU, DataType.FLOAT16).close(),
                  () -> Autocast.off().close(),
                  () -> Autograd.off().close(),
                  TypeGuard::protectThisThread)) {
            try {
              call.run();
            } catch (IllegalStateException e) {
              seen.add(e.getMessage());
            }
          }
        })
        .join();
    assertThat(seen)
        .hasSize(4)
        .allMatch(
            text -> text.contains("virtual thread 'v'") && text.contains("Thread.ofPlatform"));
  }

  @Test
  void aWeightChangedBetweenTwoScopesCountsInTheSecond() {
    try (NDManager manager = NDManager.newBaseManager(CPU);
        var _ = Autograd.on()) {
      NDArray x = manager.ones(new Shape(8, 8));
      NDArray weight = manager.ones(new Shape(8, 8));
      weight.setRequiresGradient(true);
      double first = product(x, weight);
      try (var _ = Autograd.off()) {
        weight.muli(2);
      }
      assertThat(product(x, weight)).isEqualTo(2 * first);
    }
  }

  private static double product(NDArray x, NDArray weight) {
    try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
      return Cast.to(x.matMul(weight), DataType.FLOAT32).sum().getFloat();
    }
  }

  @Test
  void gradientsThroughAScopeAreInTheWeightsType() {
    try (NDManager manager = NDManager.newBaseManager(CPU);
        var _ = Autograd.on()) {
      NDArray weight = manager.ones(new Shape(4, 4));
      weight.setRequiresGradient(true);
      NDArray loss;
      try (var _ = Autocast.on(CPU, DataType.BFLOAT16)) {
        loss = Cast.to(manager.ones(new Shape(4, 4)).matMul(weight), DataType.FLOAT32).sum();
      }
      Autograd.backward(loss, false);
      assertThat(weight.getGradient().getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(weight.getGradient().toFloatArray()).containsOnly(4f);
    }
  }

  @Test
  void aScriptComputesInTheTypeInForceNotInThatOfItsFirstCalls() {
    var script =
        TorchScript.compile(
            """
            def linear(x: Tensor, weight: Tensor) -> Tensor:
              return torch.linear(x, weight)
            """);
    try (NDManager manager = NDManager.newBaseManager(CPU);
        var _ = Autograd.on()) {
      NDArray x = manager.ones(new Shape(2, 4));
      NDArray weight = manager.ones(new Shape(4, 4));
      weight.setRequiresGradient(true);
      for (DataType type : new DataType[] {DataType.BFLOAT16, DataType.FLOAT16}) {
        for (int i = 0; i < 3; i++) {
          NDArray y;
          try (var _ = Autocast.on(CPU, type)) {
            y = script.call(manager, "linear", x, weight).head();
          }
          assertThat(Cast.typeOf(y)).isEqualTo(type);
          Autograd.backward(Cast.to(y, DataType.FLOAT32), false);
        }
      }
      Autograd.backward(script.call(manager, "linear", x, weight).head(), false);
      assertThat(weight.getGradient().toFloatArray()).containsOnly(14f);
    }
  }

  @Test
  void otherTypesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Autocast.on(CPU, DataType.FLOAT32).close())
        .withMessage("autocast computes in bfloat16 or float16, not in float32");
  }
}
