package org.example.digits;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import io.antiphon.core.Learner;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void itLearns() {
    double accuracy = Main.train(3).valid().orElseThrow().metrics().get("accuracy");
    assertTrue(accuracy > 0.5, "accuracy " + accuracy);
  }

  @Test
  void everythingIsANamedModule() {
    assertTrue(Main.class.getModule().isNamed());
    assertTrue(Learner.class.getModule().isNamed());
    assertTrue(Engine.class.getModule().getDescriptor().isAutomatic(), "DJL's jar as it is");
  }
}
