package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.torch.TorchScript;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SentenceTest {
  private static String of(Executable failing) {
    try {
      failing.execute();
    } catch (Throwable e) {
      return Sentence.of(e);
    }
    throw new AssertionError("nothing failed");
  }

  @Test
  void theUsersOwnTextIsShownWholeAndObeyedByNoTerminal() {
    var place = new Place("--set a=[1,\n2\u001b[2J", 0, 0, Path.of("/base"));
    assertThat(Sentence.of(new OptionException(place, "'a' is no list\tof\u202e names")))
        .isEqualTo("--set a=[1,\\n2\\u001b[2J: 'a' is no list\\tof\\u202e names");
    assertThat(Sentence.shown("näive 名 \ud83d\ude00 − plain"))
        .isEqualTo("näive 名 \ud83d\ude00 − plain");
    assertThat(Sentence.shown("\ud83d\u009b")).isEqualTo("\\ud83d\\u009b");
  }

  @Test
  void libtorchKeepsItsReasonAndNotItsStack() {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThat(of(() -> manager.ones(new Shape(2, 3)).matMul(manager.ones(new Shape(4, 5)))))
          .isEqualTo("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)");
      assertThat(
              of(() ->
                  manager
                      .ones(new Shape(2, 3))
                      .matMul(manager.ones(new Shape(3, 2), DataType.FLOAT64))))
          .isEqualTo("expected m1 and m2 to have the same dtype, but got: float != double");
      TorchScript script =
          TorchScript.compile(
              "def add(a: Tensor, b: Tensor) -> Tensor:\n  return torch.add(a, b)\n");
      assertThat(
              of(() ->
                  script.call(
                      manager, "add", manager.ones(new Shape(2)), manager.ones(new Shape(3)))))
          .startsWith("The size of tensor a (2) must match the size of tensor b (3)")
          .doesNotContain("Traceback", "Exception raised", "torch.add");
    }
  }

  @Test
  void filesAreNamedWithWhatIsWrongWithThem() {
    assertThat(Sentence.of(new UncheckedIOException(new NoSuchFileException("a\nb"))))
        .isEqualTo("'a\\nb' does not exist");
    assertThat(Sentence.of(new FileSystemException("f", null, "No space left on device")))
        .isEqualTo("'f' cannot be used: No space left on device");
  }

  @Test
  void aClassIsNamedOnceAndOnlyWhereItTellsMore() {
    assertThat(Sentence.of(new IllegalStateException("it broke.\n it did")))
        .isEqualTo("it broke. it did");
    assertThat(Sentence.of(new IllegalStateException(""))).isEqualTo("IllegalStateException");
    assertThat(Sentence.of(new StackOverflowError())).isEqualTo("StackOverflowError");
    assertThat(Sentence.of(new NoClassDefFoundError("a/B"))).isEqualTo("NoClassDefFoundError: a/B");
    assertThat(Sentence.of(new RuntimeException() {})).endsWith("SentenceTest$1");
    assertThat(
            Sentence.of(
                new EngineException(
                    "Failed to load PyTorch native library", new IOException("no disk"))))
        .isEqualTo("Failed to load PyTorch native library: no disk");
  }
}
