package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TorchScriptTest {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def scaled(x: Tensor, y: Tensor, factor: float) -> Tensor:
            return torch.add(x, torch.mul(y, factor))
          def stacked(xs: List[Tensor], at: int) -> Tensor:
            return torch.select(torch.stack(xs), 0, at)
          def signed(x: Tensor, negative: bool) -> Tensor:
            if negative:
              x = torch.neg(x)
            return x
          def several(x: Tensor) -> List[Tensor]:
            return [x, torch.mul(x, 2)]
          def mixed(x: Tensor) -> Tuple[Tensor, int, Tensor]:
            return (x, 3, torch.mul(x, 2))
          def total(x: Tensor) -> float:
            return float(torch.sum(x))
          def size(x: Tensor) -> int:
            return torch.numel(x)
          def seven() -> int:
            return 7
          def count(xs: List[Tensor]) -> int:
            return torch.len(xs)
          def grow(xs: List[Tensor]) -> List[Tensor]:
            torch._foreach_add_(xs, 1)
            return xs
          def cast(x: Tensor) -> Tensor:
            return torch.to(x, 7)
          """);

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
  void arraysNumbersAndBooleansArePassed() {
    NDArray x = manager.create(new float[] {1, 2});
    NDArray y = manager.create(new float[] {10, 20});
    assertThat(floats(SCRIPT.call(manager, "scaled", x, y, 0.5))).containsExactly(6f, 12f);
    assertThat(floats(SCRIPT.call(manager, "scaled", x, y, 2f))).containsExactly(21f, 42f);
    assertThat(floats(SCRIPT.call(manager, "signed", x, true))).containsExactly(-1f, -2f);
    assertThat(floats(SCRIPT.call(manager, "signed", x, false))).containsExactly(1f, 2f);
    assertThat(floats(SCRIPT.call(manager, "stacked", new NDList(x, y), 1)))
        .containsExactly(10f, 20f);
    assertThat(floats(SCRIPT.call(manager, "stacked", List.of(x, y), 0L))).containsExactly(1f, 2f);
  }

  @Test
  void listsAndTuplesAreGiven() {
    NDArray x = manager.create(new float[] {1, 2});
    NDList several = SCRIPT.call(manager, "several", x);
    assertThat(several).hasSize(2);
    assertThat(several.get(1).toFloatArray()).containsExactly(2f, 4f);
    NDList mixed = SCRIPT.call(manager, "mixed", x);
    assertThat(mixed).hasSize(2);
    assertThat(mixed.get(1).toFloatArray()).containsExactly(2f, 4f);
    assertThat(SCRIPT.call(manager, "size", x)).isEmpty();
  }

  @Test
  void numbersAreGiven() {
    NDArray x = manager.create(new float[] {1, 2});
    assertThat(SCRIPT.number("total", x)).isEqualTo(3);
    assertThat(SCRIPT.number("size", x)).isEqualTo(2);
    assertThat(SCRIPT.number("seven")).isEqualTo(7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.number("several", x))
        .withMessage("function 'several' does not give a number");
  }

  @Test
  void resultsBelongToTheGivenManagerAndArgumentsLeaveNothing() {
    NDArray x = manager.create(new float[] {1, 2});
    int before = manager.getManagedArrays().size();
    try (NDManager other = manager.newSubManager()) {
      NDList list = SCRIPT.call(other, "several", x);
      assertThat(list.head().getManager()).isSameAs(other);
      assertThat(other.getManagedArrays()).hasSize(2);
      SCRIPT.run("several", x);
      SCRIPT.run("stacked", new NDList(x, x), 0);
      assertThat(other.getManagedArrays()).hasSize(2);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void keptListsAreTheSameArrays() {
    NDArray x = manager.create(new float[] {1, 2});
    try (TorchScript.Value kept = TorchScript.keep(List.of(x))) {
      SCRIPT.run("grow", kept);
      assertThat(x.toFloatArray()).containsExactly(2f, 3f);
      SCRIPT.run("grow", kept);
      assertThat(x.toFloatArray()).containsExactly(3f, 4f);
      assertThat(floats(SCRIPT.call(manager, "stacked", kept, 0))).containsExactly(3f, 4f);
    }
  }

  @Test
  void anEmptyListCanBeKept() {
    try (TorchScript.Value none = TorchScript.keep(List.of())) {
      assertThat(SCRIPT.number("count", none)).isZero();
    }
  }

  @Test
  void aCallIsDifferentiatedIfGradModeIsOn() {
    NDArray x = manager.create(new float[] {1, 2});
    x.setRequiresGradient(true);
    NDArray y = manager.create(new float[] {10, 20});
    try (var _ = Autograd.on()) {
      NDArray called = SCRIPT.call(manager, "scaled", y, x, 3.0).head();
      Autograd.backward(called.mul(y).sum(), false);
      assertThat(x.getGradient().toFloatArray()).containsExactly(30f, 60f);
      NDArray cast = SCRIPT.call(manager, "cast", x).head();
      assertThat(cast.getDataType()).isEqualTo(DataType.FLOAT64);
      Autograd.backward(cast.sum(), false);
      assertThat(x.getGradient().toFloatArray()).containsExactly(31f, 61f);
    }
    try (var _ = Autograd.off()) {
      NDArray called = SCRIPT.call(manager, "scaled", y, x, 3.0).head();
      assertThatThrownBy(() -> Autograd.backward(called, false))
          .isInstanceOf(IllegalStateException.class);
      // not an inference tensor: it can enter a graph later
      try (var _ = Autograd.on()) {
        Autograd.backward(called.mul(x).sum(), false);
      }
      assertThat(x.getGradient().toFloatArray()).containsExactly(31f + 13f, 61f + 26f);
    }
  }

  @Test
  void textThatDoesNotCompileIsRefusedWithReasonAndLine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            TorchScript.compile(
                """
                def f(x: Tensor) -> Tensor:
                  y = torch.mul(x, 2)
                  return torch.no_such_operator(y)
                """))
        .withMessageContaining("this TorchScript does not compile")
        .withMessageContaining("no_such_operator")
        .withMessageContaining("   3    return torch.no_such_operator(y)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TorchScript.compile("def f(x: Tensor) -> Tensor:\n  return ((x\n"))
        .withMessageContaining("   2    return ((x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TorchScript.compile("def f(x: Tensor) -> Tensor:\n  return y\n"))
        .withMessageContaining("y");
  }

  @Test
  void textMayBeIndented() {
    var script = TorchScript.compile("    def two() -> int:\n      return 2\n  ");
    assertThat(script.number("two")).isEqualTo(2);
    script.close();
  }

  @Test
  void anUnknownFunctionIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("nothing"))
        .withMessageContaining("nothing")
        .withMessageContaining("   1  def scaled(x: Tensor, y: Tensor, factor: float) -> Tensor:");
  }

  @Test
  void wrongArgumentsAreRefused() {
    NDArray x = manager.create(new float[] {1, 2});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, x))
        .withMessageContaining("TorchScript function 'scaled' failed")
        .withMessageContaining("missing value for argument 'factor'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, x, 0.5, x))
        .withMessageContaining("at most 4 argument(s) for operator 'scaled', but received 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, 1.0, 0.5))
        .withMessageContaining("for argument 'y'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, "text", 0.5))
        .withMessageContaining("not a java.lang.String");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("stacked", List.of(x, "text"), 0))
        .withMessageContaining("not a java.lang.String");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, System.getProperty("antiphon.not.there")))
        .withMessageEndingWith("not null");
    NDArray other = manager.ones(new Shape(5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SCRIPT.run("scaled", x, other, 0.5))
        .withMessageContaining("must match the size")
        .withMessageContaining("   2    return torch.add(x, torch.mul(y, factor))");
  }

  @Test
  void threadsCallAtOnce() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      var results =
          threads.invokeAll(
              Collections.nCopies(
                  8,
                  () -> {
                    try (NDManager own = NDManager.newBaseManager();
                        var _ = Autograd.on()) {
                      NDArray x = own.ones(new Shape(16));
                      x.setRequiresGradient(true);
                      for (int i = 0; i < 200; i++) {
                        try (NDManager scratch = own.newSubManager()) {
                          NDArray y = scratch.full(new Shape(16), 2f);
                          NDArray z = SCRIPT.call(scratch, "scaled", y, x, 0.5).head();
                          Autograd.backward(z, false);
                        }
                      }
                      return x.getGradient().toFloatArray()[15];
                    }
                  }));
      for (var result : results) {
        assertThat(result.get()).isEqualTo(100f);
      }
    }
  }

  private static float[] floats(NDList list) {
    return list.singletonOrThrow().toFloatArray();
  }
}
