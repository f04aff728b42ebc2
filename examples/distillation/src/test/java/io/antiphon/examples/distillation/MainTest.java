package io.antiphon.examples.distillation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Learner;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void aStudentLearnsMoreFromATeacherThanFromClassesAlone() {
    String folder = System.getProperty("antiphon.mnist");
    DataProvider digits = folder == null ? new Glyphs.Options() : new Mnist().dir(Path.of(folder));
    try (NDManager manager = NDManager.newBaseManager()) {
      var main = new Main(digits.create(new DataProvider.Setting(manager, 42)), 500);
      try (Learner teacher = main.teacher()) {
        double teaches = Main.train(teacher, 1);
        double alone = main.alone();
        double taught = main.taught(teacher.model());
        System.out.printf("teacher %.4f, alone %.4f, taught %.4f%n", teaches, alone, taught);
        assertThat(teaches).isGreaterThan(0.9);
        assertThat(taught).isGreaterThan(alone + 0.01);
      }
    }
  }
}
