package io.antiphon.examples.distillation;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Activation;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.optim.AdamW;
import io.antiphon.schedule.OneCycle;
import java.nio.file.Path;
import java.util.List;

/// A conv net learns 8,000 digits, and a perceptron of 32 units 500 of them: by their classes
/// alone, and by what the conv net says of them. The argument, if there is one, is the folder of
/// MNIST's files; without it digits are drawn.
public final class Main {
  public static void main(String[] args) {
    DataProvider digits =
        args.length > 0 ? new Mnist().dir(Path.of(args[0])) : new Glyphs.Options();
    try (NDManager manager = NDManager.newBaseManager()) {
      var main = new Main(digits.create(new DataProvider.Setting(manager, 42)), 500);
      try (Learner teacher = main.teacher()) {
        System.out.printf("the teacher                %.4f%n", train(teacher, 3));
        System.out.printf("the student, alone         %.4f%n", main.alone());
        System.out.printf("the student, with teacher  %.4f%n", main.taught(teacher.model()));
      }
    }
  }

  private final Data data;
  private final DataLoader few;

  /// @param few how many digits the student gets
  Main(Data data, int few) {
    this.data = data;
    this.few = ((TensorLoader) data.train()).part(0, few).batchSize(32).shuffled();
  }

  /// {@return what teaches, not trained yet}
  Learner teacher() {
    return learner(Cnn.of(new Cnn.Options(), 10), data.train(), TrainingStep.STANDARD);
  }

  /// {@return the accuracy of a student that learned from classes}
  double alone() {
    return student(TrainingStep.STANDARD);
  }

  /// {@return the accuracy of a student that learned from a teacher}
  double taught(Block teacher) {
    return student(new Distillation(teacher, 4, 0.9));
  }

  private double student(TrainingStep step) {
    Block model = Mlp.of(new Mlp.Options(List.of(32), Activation.RELU), 10);
    try (Learner student = learner(model, few, step)) {
      return train(student, 30);
    }
  }

  /// {@return the accuracy after some epochs}
  static double train(Learner learner, int epochs) {
    return OneCycle.of(epochs, 1e-2).fit(learner).valid().orElseThrow().metrics().get("accuracy");
  }

  private Learner learner(Block model, DataLoader train, TrainingStep step) {
    return Learner.builder()
        .model(model)
        .loss(new CrossEntropy())
        .optimizer(AdamW.of(1e-3))
        .step(step)
        .train(train)
        .valid(data.valid().orElseThrow())
        .metrics(new Accuracy())
        .build();
  }
}
