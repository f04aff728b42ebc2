package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Without the guard each of these calls ends the JVM, and with it this test.
class TypeGuardTest {
  private static final Shape SHAPE = new Shape(2, 3);

  private static Map<String, Consumer<NDArray>> calls() {
    var calls = new TreeMap<String, Consumer<NDArray>>();
    calls.put("softmax", x -> x.softmax(-1));
    calls.put("logSoftmax", x -> x.logSoftmax(-1));
    calls.put("zerosLike", NDArray::zerosLike);
    calls.put("onesLike", NDArray::onesLike);
    calls.put("toType unknown", x -> x.toType(x.getDataType(), true));
    calls.put("toType bfloat16", x -> x.toType(DataType.BFLOAT16, true));
    calls.put("cumProd", x -> x.cumProd(1, x.getDataType()));
    calls.put("reverse division", x -> x.getNDArrayInternal().rdiv(2));
    calls.put("reverse modulo", x -> x.getNDArrayInternal().rmod(2));
    calls.put("reverse power", x -> x.getNDArrayInternal().rpow(2));
    calls.put("zeros", x -> x.getManager().zeros(SHAPE, x.getDataType()));
    calls.put("ones", x -> x.getManager().ones(SHAPE, x.getDataType()));
    calls.put("full", x -> x.getManager().full(SHAPE, 1, x.getDataType()));
    calls.put("create", x -> x.getManager().create(SHAPE, x.getDataType()));
    calls.put("arange", x -> x.getManager().arange(0f, 3f, 1f, x.getDataType()));
    calls.put("randomInteger", x -> x.getManager().randomInteger(0, 3, SHAPE, x.getDataType()));
    calls.put("randomNormal", x -> x.getManager().randomNormal(SHAPE, x.getDataType()));
    calls.put("randomUniform", x -> x.getManager().randomUniform(0, 1, SHAPE, x.getDataType()));
    calls.put("truncatedNormal", x -> x.getManager().truncatedNormal(SHAPE, x.getDataType()));
    calls.put(
        "DJL's cross entropy",
        x ->
            Loss.softmaxCrossEntropyLoss()
                .evaluate(
                    new NDList(x.getManager().zeros(new Shape(2), DataType.INT64)), new NDList(x)));
    return calls;
  }

  private static NDArray bfloat16(NDManager manager) {
    return Cast.to(manager.ones(SHAPE), DataType.BFLOAT16);
  }

  @Test
  void callsOfDjlThatWouldAbortTheProcessThrow() {
    callsThrow(TypeGuard.redirected().map(Rethrow::message).orElse(TypeGuard.MESSAGE));
  }

  @Test
  void onThisProcessorItIsASentence() {
    if (!System.getProperty("os.arch").equals("amd64")) {
      System.out.println("left out: a sentence is thrown on x86-64 alone");
      return;
    }
    assertThat(TypeGuard.redirected().orElseThrow().message())
        .startsWith("DJL cannot make arrays of this type; it knows int8, uint8");
  }

  @Test
  void othersTypesThatDjlLacksThrowToo() {
    SelfCheck.result(); // as before any training
    if (TypeGuard.redirected().isEmpty()) {
      System.out.println("left out: DJL's library for this machine cannot be redirected");
      return;
    }
    var calls = new TreeMap<String, Consumer<NDManager>>();
    calls.put("zeros", m -> m.zeros(SHAPE, DataType.INT16));
    calls.put("ones", m -> m.ones(SHAPE, DataType.INT16));
    calls.put("full", m -> m.full(SHAPE, 3, DataType.INT16));
    calls.put("create", m -> m.create(SHAPE, DataType.INT16));
    calls.put("arange", m -> m.arange(0f, 3f, 1f, DataType.INT16));
    calls.put("toType", m -> m.ones(SHAPE).toType(DataType.INT16, true));
    calls.put(
        "create from a buffer",
        m -> m.create(java.nio.ByteBuffer.allocateDirect(12), SHAPE, DataType.INT16));
    for (DataType type : List.of(DataType.UINT16, DataType.UINT32, DataType.UINT64)) {
      calls.put("zeros of " + type, m -> m.zeros(SHAPE, type));
      calls.put("toType " + type, m -> m.ones(SHAPE).toType(type, true));
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      calls.forEach((name, call) ->
          assertThatExceptionOfType(EngineException.class)
              .as(name)
              .isThrownBy(() -> call.accept(manager))
              .withMessage(TypeGuard.redirected().orElseThrow().message()));
    }
  }

  @Test
  void whereTheyCannotBeRedirectedAThreadIsGuardedByItself() {
    TypeGuard.redirected().ifPresent(Rethrow::restore);
    try {
      TypeGuard.protectThisThread();
      callsThrow(TypeGuard.MESSAGE);
    } finally {
      TypeGuard.redirected().ifPresent(Rethrow::redirect);
    }
  }

  @Test
  void threadsThatAntiphonNeverTouchedAreGuardedToo() throws InterruptedException {
    if (TypeGuard.redirected().isEmpty() && !System.getProperty("os.arch").equals("amd64")) {
      System.out.println("left out: DJL's library for this machine cannot be redirected");
      return;
    }
    assertThat(TypeGuard.redirected()).as("redirected").isPresent();
    var messages = new java.util.concurrent.ConcurrentLinkedQueue<String>();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = bfloat16(manager);
      var threads = new java.util.ArrayList<Thread>();
      for (int i = 0; i < 20; i++) {
        threads.add(
            (i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual())
                .start(() -> {
                  try {
                    x.softmax(-1);
                  } catch (EngineException e) {
                    messages.add(String.valueOf(e.getMessage()));
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(messages).hasSize(20).containsOnly(TypeGuard.redirected().orElseThrow().message());
  }

  private static void callsThrow(String message) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = bfloat16(manager);
      for (int round = 0; round < 100; round++) {
        for (var call : calls().entrySet()) {
          assertThatExceptionOfType(EngineException.class)
              .as(call.getKey())
              .isThrownBy(() -> call.getValue().accept(x))
              .withMessage(message);
        }
      }
      // Ordinary native failures are still their own.
      assertThatExceptionOfType(EngineException.class)
          .isThrownBy(() -> x.matMul(manager.ones(new Shape(7, 7))))
          .withMessageNotContaining("bfloat16:");
      assertThat(Cast.to(x.mul(2), DataType.FLOAT32).toFloatArray()).containsOnly(2f);
    }
  }

  @Test
  void anArrayThatAScriptMadeIsGuardedOnItsThread() throws InterruptedException {
    var script =
        TorchScript.compile(
            """
            def narrow(x: Tensor) -> Tensor:
              return torch.to(x, 15)
            """);
    var thrown = new java.util.concurrent.atomic.AtomicInteger();
    for (int i = 0; i < 50; i++) { // threads end, and take their guards with them
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
                  script.call(manager, "narrow", manager.ones(SHAPE)).head().softmax(-1);
                } catch (EngineException e) {
                  thrown.incrementAndGet();
                }
              });
      thread.join();
    }
    assertThat(thrown).hasValue(50);
  }

  @Test
  void antiphonsOwnCallsAreRefusedBeforeTheyReachDjl() throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = bfloat16(manager);
      var failure = new java.util.concurrent.atomic.AtomicReference<Throwable>();
      Thread unguarded =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((_, e) -> failure.set(e))
              .start(() -> {
                assertThatIllegalArgumentException()
                    .isThrownBy(() -> Autograd.backward(x, false))
                    .withMessageContaining("bfloat16;");
                assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Gradients(List.of(x)).close())
                    .withMessageContaining("bfloat16;");
              });
      unguarded.join();
      assertThat(failure.get()).isNull();
    }
  }
}
