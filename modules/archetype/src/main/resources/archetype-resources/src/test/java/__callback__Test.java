package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ${callback}Test {
  @Test
  void itKeepsTheContractOfAllCallbacks() {
    CallbackContract.of(() -> new ${callback}(0.01)).verify();
  }

  @Test
  void itChangesWhatIsLearned() {
    assertFalse(Arrays.equals(weights(new ${callback}(1)), weights(new Callback() {})));
  }

  private static float[] weights(Callback callback) {
    try (Learner learner = TinyTask.learner().callbacks(callback).build()) {
      learner.fit(1);
      return learner.model().getParameters().valueAt(0).getArray().toFloatArray();
    }
  }

  @Test
  void itIsFoundByItsName() {
    Catalog catalog = Catalog.boot();
    assertEquals(
        "${package}", catalog.find(Kind.CALLBACK, "${artifactId}").orElseThrow().module());
    assertEquals(List.of(), catalog.broken());
  }

  @Test
  void aNegativeDeviationIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ${callback}.Options(-1));
  }
}
