package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.ref.WeakReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class GraphMemoryTest {
  @Test
  void aNumberThatTheGraphReadsOutlivesACollection() throws InterruptedException {
    gradientsAre(1.5f, x -> x.mul(3).div(2));
  }

  @Test
  void soDoesOneOfAManagerThatWasMadeAndClosedSince() throws InterruptedException {
    gradientsAre(
        6f,
        x -> {
          try (NDManager own = x.getManager().newSubManager()) {
            NDArray three = own.create(new float[] {3, 3});
            return x.mul(three).mul(own.create(2f));
          }
        });
  }

  private static void gradientsAre(float expected, UnaryOperator<NDArray> function)
      throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var memory = new GraphMemory();
        var _ = Autograd.on()) {
      NDManager batch = manager.newSubManager(); // before it is asked to keep anything
      memory.keep(manager);
      for (int i = 0; i < 10; i++) {
        NDArray x = batch.create(new float[] {1, 2});
        x.setRequiresGradient(true);
        NDArray target = function.apply(x).sum();
        System.gc();
        Thread.sleep(10); // what frees direct memory is a thread of its own
        for (int j = 0; j < 1000; j++) {
          batch.create(new float[] {7, 7});
          batch.create(7f);
        }
        Autograd.backward(target, false);
        assertThat(x.getGradient().toFloatArray()).containsExactly(expected, expected);
        memory.release();
      }
    }
  }

  @Test
  void whatIsReleasedIsFreed() throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var memory = new GraphMemory()) {
      memory.keep(manager);
      WeakReference<Object> buffer = closed(manager);
      assertThat(isFreed(buffer)).isFalse();
      memory.release();
      assertThat(isFreed(buffer)).isTrue();
    }
  }

  @Test
  void nothingIsKeptOnceItIsClosed() throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      var first = new GraphMemory();
      first.keep(manager);
      WeakReference<Object> before = closed(manager);
      first.close();
      assertThat(isFreed(before)).isTrue();
      assertThat(isFreed(closed(manager))).isTrue();
      try (var second = new GraphMemory()) {
        second.keep(manager);
        assertThat(isFreed(closed(manager))).isFalse();
      }
    }
  }

  private static WeakReference<Object> closed(NDManager manager) {
    try (NDArray array = manager.create(new float[] {1, 2})) {
      return new WeakReference<>(JavaBuffer.of(array));
    }
  }

  private static boolean isFreed(WeakReference<Object> buffer) throws InterruptedException {
    for (int i = 0; i < 3 && buffer.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    return buffer.get() == null;
  }
}
