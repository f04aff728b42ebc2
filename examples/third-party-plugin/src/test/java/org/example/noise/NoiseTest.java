package org.example.noise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.Pass;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.spi.Task;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoiseTest {
  @Test
  void gradientNoiseKeepsTheContractOfCallbacks() {
    CallbackContract.of(() -> new GradientNoise(new GradientNoise.Options(0.1, 0.55))).verify();
  }

  @Test
  void confidenceIsAProbability() {
    var confidence = new Confidence();
    var values = new ArrayList<Double>();
    var reader =
        new Callback() {
          @Override
          public void afterValidate(Pass pass) {
            values.add(confidence.value());
          }
        };
    try (Learner learner = TinyTask.learner().metrics(confidence).callbacks(reader).build()) {
      learner.fit(2);
    }
    assertEquals(2, values.size());
    assertTrue(values.stream().allMatch(value -> value >= 0.5 && value <= 1), values::toString);
  }

  @Test
  void maxoutTrainsAndGivesOneOutputPerClass() {
    var task = new Task(List.of(new Shape(8, 1, 6, 6)), 2);
    var maxout = new Maxout(5, 2).create(task);
    try (Learner learner = TinyTask.learner().model(maxout).build()) {
      learner.fit(1);
      assertEquals(new Shape(3, 2), maxout.getOutputShapes(new Shape[] {new Shape(3, 1, 6, 6)})[0]);
    }
  }

  @Test
  void wrongOptionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new GradientNoise.Options(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Maxout(0, 1));
  }

  @Test
  void everythingIsFoundByName() {
    Catalog catalog = Catalog.boot();
    assertEquals(
        "org.example.noise",
        catalog.find(Kind.CALLBACK, "acme-gradient-noise").orElseThrow().module());
    assertTrue(catalog.find(Kind.METRIC, "confidence").isPresent());
    assertTrue(catalog.find(Kind.MODEL, "maxout").isPresent());
    assertEquals(List.of(), catalog.broken());
  }
}
