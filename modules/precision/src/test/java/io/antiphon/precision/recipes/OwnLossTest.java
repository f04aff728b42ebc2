package io.antiphon.precision.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Splitter;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.data.Glyphs;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.losses.Mse;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Activation;
import io.antiphon.models.Mlp;
import io.antiphon.models.Networks;
import io.antiphon.optim.AdamW;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.precision.MixedPrecision.Type;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is more than a model, a loss and targets: each a training step, in float32 and narrow.
class OwnLossTest {
  private static final LossFunction CLASSES = new CrossEntropy();
  private static final LossFunction PIXELS = new Mse();

  private static Learner.Builder learner(NDManager manager, Block model, boolean narrow) {
    TensorLoader train =
        Glyphs.train(1).loader(manager, 1536, Glyphs.STANDARDIZATION).batchSize(32);
    TensorLoader valid = Glyphs.valid(1).loader(manager, 256, Glyphs.STANDARDIZATION).batchSize(64);
    Learner.Builder learner =
        Learner.builder()
            .model(model)
            .loss(CLASSES)
            .optimizer(AdamW.of(2e-3))
            .train(train.shuffled())
            .valid(valid)
            .device(Device.cpu())
            .seed(2);
    return narrow ? learner.callbacks(new MixedPrecision(Type.BF16)) : learner;
  }

  private static Block mlp(int outputs, Integer... hidden) {
    return Mlp.of(new Mlp.Options(List.of(hidden), Activation.RELU), outputs);
  }

  /// Knowledge distillation (Hinton et al., 2015): the student learns what the teacher says of
  /// images whose classes it is never told.
  private record Distillation(Block teacher, double temperature) implements TrainingStep {
    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      if (!batch.isTraining()) {
        return CLASSES.loss(predictions, targets);
      }
      NDArray logits = batch.evaluate(teacher, batch.inputs()).head();
      NDArray wanted = logits.div(temperature).softmax(1);
      NDArray said = predictions.head().div(temperature).logSoftmax(1);
      return said.mul(wanted).sum(new int[] {1}).mean().mul(-temperature * temperature);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStudentLearnsFromItsTeacherAlone(boolean narrow) {
    Block teacher = mlp(10, 100);
    Block model = mlp(10, 50);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Learner school = learner(manager, teacher, false).metrics(new Accuracy()).build();
        Learner student =
            learner(manager, model, narrow)
                .metrics(new Accuracy())
                .step(new Distillation(teacher, 2))
                .build()) {
      double known = school.fit(4).valid().orElseThrow().metrics().get("accuracy");
      float[] taught = teacher.getParameters().valueAt(0).getArray().toFloatArray();
      double accuracy = student.fit(6).valid().orElseThrow().metrics().get("accuracy");
      System.out.printf("accuracy: teacher %.3f, student %.3f%n", known, accuracy);
      assertThat(accuracy).isGreaterThan(0.75);
      assertThat(teacher.getParameters().valueAt(0).getArray().toFloatArray()).isEqualTo(taught);
    }
  }

  /// A denoising autoencoder (Vincent et al., 2008), which needs no targets and tells the parts of
  /// its loss.
  private static final class Denoising implements TrainingStep {
    @Override
    public List<String> reports() {
      return List.of("reconstruction", "sparsity");
    }

    @Override
    public boolean hasLoss(Batch batch) {
      return true;
    }

    @Override
    public NDList predict(Batch batch, NDList inputs) {
      NDArray images = inputs.head().reshape(batch.size(), -1);
      NDArray noise = batch.manager().randomNormal(images.getShape()).mul(0.3);
      return batch.forward(new NDList(batch.isTraining() ? images.add(noise) : images));
    }

    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      NDArray images = batch.inputs().head().reshape(batch.size(), -1);
      NDArray reconstruction = PIXELS.loss(predictions, new NDList(images));
      NDArray sparsity = predictions.head().abs().mean();
      batch.report("reconstruction", reconstruction);
      batch.report("sparsity", sparsity);
      return reconstruction.add(sparsity.mul(0.01));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAutoencoderLearnsWithoutTargetsAndTellsThePartsOfItsLoss(boolean narrow) {
    Block model = mlp(784, 48);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Learner learner = learner(manager, model, narrow).step(new Denoising()).build()) {
      double before = learner.validate().metrics().get("reconstruction");
      var after = learner.fit(8).valid().orElseThrow();
      System.out.printf("reconstruction: %.3f, then %s%n", before, after.metrics());
      assertThat(after.metrics().get("reconstruction")).isLessThan(before * 0.65);
      assertThat(after.loss())
          .isCloseTo(
              after.metrics().get("reconstruction") + 0.01 * after.metrics().get("sparsity"),
              org.assertj.core.api.Assertions.within(1e-4));
    }
  }

  /// Alternating minimisation: decoder and encoder learn a code of images, a head classes from it.
  private record Alternating(Networks networks, boolean withHead) implements TrainingStep {
    @Override
    public List<Turn> turns() {
      return List.of(Turn.of("decoder"), Turn.of("encoder"), Turn.of("head"));
    }

    @Override
    public boolean takes(Batch batch, Turn turn) {
      return withHead || !turn.name().equals("head");
    }

    @Override
    public NDList predict(Batch batch, NDList inputs) {
      NDArray images = inputs.head().reshape(batch.size(), -1);
      NDList code = batch.forward(networks.network("encoder"), new NDList(images));
      String last = batch.turn().name().equals("head") ? "head" : "decoder";
      return batch.forward(networks.network(last), code);
    }

    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      return batch.turn().name().equals("head")
          ? CLASSES.loss(predictions, targets)
          : PIXELS.loss(predictions, new NDList(batch.inputs().head().reshape(batch.size(), -1)));
    }
  }

  private static Networks coders() {
    return new Networks()
        .add("encoder", mlp(64, 64))
        .add("decoder", mlp(784), new Shape(1, 64))
        .add("head", mlp(10), new Shape(1, 64));
  }

  private static Learner.Builder alternating(
      NDManager manager, Networks networks, boolean narrow, boolean withHead) {
    return learner(manager, networks, narrow)
        .splitter(Splitter.children())
        .step(new Alternating(networks, withHead));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHeadLearnsClassesFromACodeThatAlternatingTurnsLearn(boolean narrow) {
    Networks networks = coders();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Learner learner =
            alternating(manager, networks, narrow, true).metrics(new Accuracy()).build()) {
      var first = learner.fit(1).valid().orElseThrow();
      var last = learner.fit(23).valid().orElseThrow();
      System.out.printf("alternating: %s, then %s%n", first.metrics(), last.metrics());
      // the code knows nothing of classes; one guess in ten is right by chance
      assertThat(last.metrics().get("accuracy")).isGreaterThan(0.6);
      assertThat(last.metrics().get("encoder_loss"))
          .isLessThan(first.metrics().get("encoder_loss") / 2);
      assertThat(last.metrics().get("head_loss")).isLessThan(first.metrics().get("head_loss") / 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theCodeIsTheSameBitByBitWhetherAHeadLearnsFromItOrNot(boolean narrow) {
    Networks watched = coders();
    Networks alone = coders();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Learner learner = alternating(manager, watched, narrow, true).build();
        Learner without = alternating(manager, alone, narrow, false).build()) {
      float[] head = weights(alone, "head");
      learner.fit(2);
      without.fit(2);
      assertThat(weights(watched, "encoder")).isEqualTo(weights(alone, "encoder"));
      assertThat(weights(watched, "decoder")).isEqualTo(weights(alone, "decoder"));
      assertThat(weights(alone, "head")).isEqualTo(head);
      assertThat(weights(watched, "head")).isNotEqualTo(head);
    }
  }

  private static float[] weights(Networks networks, String name) {
    return networks.network(name).getParameters().valueAt(0).getArray().toFloatArray();
  }
}
