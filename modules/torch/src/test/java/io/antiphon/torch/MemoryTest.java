package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MemoryTest {
  @Test
  void readingAndWritingReachTheArray() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var arena = Arena.ofConfined()) {
      NDArray x = manager.arange(6f).reshape(2, 3);
      MemorySegment view = Memory.view(x, arena);
      assertThat(view.toArray(JAVA_FLOAT)).containsExactly(0, 1, 2, 3, 4, 5);
      view.setAtIndex(JAVA_FLOAT, 4, 40);
      assertThat(x.getFloat(1, 1)).isEqualTo(40);
      x.muli(2);
      assertThat(view.getAtIndex(JAVA_FLOAT, 5)).isEqualTo(10);
    }
  }

  @Test
  void theAddressIsThatOfTheView() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var arena = Arena.ofConfined()) {
      NDArray x = manager.arange(6f).reshape(2, 3);
      assertThat(Memory.address(x)).isEqualTo(Memory.view(x, arena).address());
      assertThat(Memory.address(x.get(1))).isEqualTo(Memory.address(x) + 12);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Memory.address(x.transpose()))
          .withMessageContaining("contiguous");
    }
  }

  @Test
  void theViewKeepsTheMemoryUntilItsArenaCloses() {
    MemorySegment view;
    try (var arena = Arena.ofConfined()) {
      try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        view = Memory.view(manager.full(new Shape(1 << 20), 7f), arena);
      }
      try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        manager.zeros(new Shape(1 << 20));
        assertThat(view.getAtIndex(JAVA_FLOAT, 12345)).isEqualTo(7);
      }
    }
    assertThatIllegalStateException().isThrownBy(() -> view.getAtIndex(JAVA_FLOAT, 0));
  }

  @Test
  void whatLivesInAJavaBufferOutlivesTheArray() throws InterruptedException {
    var sum =
        TorchScript.compile(
            """
            def total(x: List[Tensor]) -> float:
              return float(torch.sum(x[0]))
            """);
    var ones = new float[100_000];
    java.util.Arrays.fill(ones, 1);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var arena = Arena.ofConfined()) {
      NDArray viewed = manager.create(ones);
      NDArray kept = manager.create(ones);
      NDArray cast = manager.create(ones);
      MemorySegment view = Memory.view(viewed, arena);
      NDArray same = Cast.to(cast, DataType.FLOAT32);
      try (TorchScript.Value value = TorchScript.keep(java.util.List.of(kept))) {
        viewed.close();
        kept.close();
        cast.close();
        for (int i = 0; i < 3; i++) {
          System.gc();
          Thread.sleep(20);
        }
        for (int i = 0; i < 100; i++) {
          var other = java.nio.ByteBuffer.allocateDirect(4 * ones.length);
          for (int at = 0; at < other.capacity(); at++) {
            other.put(at, (byte) -1);
          }
        }
        assertThat(view.toArray(JAVA_FLOAT)).containsOnly(1);
        assertThat(sum.number("total", value)).isEqualTo(100_000);
        assertThat(same.sum().getFloat()).isEqualTo(100_000);
      }
    }
  }

  @Test
  void bfloat16CanBeRead() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var arena = Arena.ofConfined()) {
      NDArray x = Cast.to(manager.full(new Shape(3), 1f), DataType.BFLOAT16);
      assertThat(Memory.view(x, arena).toArray(JAVA_SHORT))
          .containsOnly((short) (Float.floatToIntBits(1f) >>> 16));
    }
  }

  @Test
  void anArrayWithGapsIsRefused() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var arena = Arena.ofConfined()) {
      NDArray x = manager.ones(new Shape(2, 3)).transpose();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Memory.view(x, arena))
          .withMessageContaining("(3, 2)");
      assertThat(Memory.view(manager.create(new Shape(0)), arena).byteSize()).isZero();
    }
  }

  @Test
  void aNumberIsReadFromAnArrayOfOneElement() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertThat(Memory.number(manager.create(0.1f))).isEqualTo(0.1f);
      assertThat(Memory.number(manager.create(0.1))).isEqualTo(0.1);
      assertThat(Memory.number(manager.create(new long[] {-7}))).isEqualTo(-7);
      assertThat(Memory.number(manager.arange(6f).get(4))).isEqualTo(4);
      assertThat(Memory.number(manager.arange(6f).sum())).isEqualTo(15);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Memory.number(manager.arange(6f)))
          .withMessageContaining("one element, not from one of shape (6)");
      assertThat(Memory.number(manager.create(true))).isEqualTo(1);
      assertThat(Memory.number(Cast.to(manager.create(0.5f), DataType.BFLOAT16))).isEqualTo(0.5);
    }
  }
}
