package io.antiphon.precision.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Snapshot;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.data.Glyphs;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.BinaryCrossEntropy;
import io.antiphon.models.Activation;
import io.antiphon.models.Mlp;
import io.antiphon.models.Networks;
import io.antiphon.optim.Adam;
import io.antiphon.optim.Sgd;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.precision.MixedPrecision.Options;
import io.antiphon.precision.MixedPrecision.Type;
import io.antiphon.schedule.ParamScheduler;
import io.antiphon.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A generative adversarial network (Goodfellow et al., 2014) that draws digits.
class GanTest {
  private static final int NOISE = 16;
  private static final BinaryCrossEntropy LOSS = new BinaryCrossEntropy();

  /// Two networks, trained by turns.
  private record Gan(Networks networks) implements TrainingStep {
    @Override
    public List<Turn> turns() {
      return List.of(Turn.of("discriminator"), Turn.of("generator"));
    }

    @Override
    public boolean hasLoss(Batch batch) {
      return true; // no targets are needed
    }

    @Override
    public NDList predict(Batch batch, NDList inputs) {
      NDArray noise = batch.manager().randomNormal(new Shape(batch.size(), NOISE));
      NDArray drawn = batch.forward(networks.network("generator"), new NDList(noise)).head();
      NDArray judged = isDrawing(batch) ? drawn : flat(inputs.head()).concat(drawn);
      return batch.forward(networks.network("discriminator"), new NDList(judged));
    }

    @Override
    public NDArray loss(Batch batch, NDList predictions, NDList targets) {
      int size = batch.size(); // the discriminator knows what is real; the generator deceives it
      NDArray real = batch.manager().ones(new Shape(size, 1));
      return LOSS.loss(predictions, new NDList(isDrawing(batch) ? real : real.concat(real.mul(0))));
    }

    private static boolean isDrawing(Batch batch) {
      return batch.turn().name().equals("generator");
    }
  }

  private static NDArray flat(NDArray images) {
    return images.reshape(images.getShape().get(0), -1);
  }

  private static Networks networks() {
    var hidden = new Mlp.Options(List.of(96), Activation.RELU);
    return new Networks()
        .add("generator", Mlp.of(hidden, 784), new Shape(1, NOISE))
        .add("discriminator", Mlp.of(hidden, 1), new Shape(1, 784));
  }

  private static Learner.Builder learner(Networks networks, TensorLoader data) {
    return Learner.builder()
        .model(networks)
        .step(new Gan(networks))
        .optimizer(
            Optimizer.Factory.ofParts(
                "generator", Adam.of(1e-3).betas(0.5, 0.999), "discriminator", Sgd.of(0.05)))
        .train(data)
        .device(Device.cpu())
        .seed(5);
  }

  /// {@return how alike the mean of what is drawn and the mean of the data are: the correlation of
  /// their pixels}
  private static double likeness(Networks networks, NDManager manager, NDArray images) {
    try (NDManager scratch = manager.newSubManager()) {
      NDArray noise = scratch.randomNormal(new Shape(256, NOISE));
      NDArray drawn =
          networks
              .network("generator")
              .forward(new ParameterStore(scratch, false), new NDList(noise), false)
              .head()
              .mean(new int[] {0});
      NDArray real = flat(images).mean(new int[] {0});
      real.attach(scratch);
      NDArray a = drawn.sub(drawn.mean());
      NDArray b = real.sub(real.mean());
      return a.mul(b).sum().div(a.square().sum().mul(b.square().sum()).sqrt()).getFloat();
    }
  }

  @Test
  void generatorAndDiscriminatorTrainByTurnsWithSchedulesAndALossScale() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      TensorLoader data =
          Glyphs.train(1).loader(manager, 1024, Glyphs.STANDARDIZATION).batchSize(32).shuffled();
      NDArray images;
      try (var all = data.batchSize(1024).open(1, 0, 0)) {
        images = all.next(manager).inputs().head();
      }
      Networks networks = networks();
      var precision = new MixedPrecision(new Options(Type.FP16, 1024, 2, 0.5, 50, true, true));
      var rates =
          ParamScheduler.of(Hyper.MOMENTUM, Schedule.constant(0.5))
              .and(Hyper.WEIGHT_DECAY, Schedule.linear(0, 1e-4));
      try (Learner learner = learner(networks, data).callbacks(precision, rates).build()) {
        assertThat(learner.explain())
            .contains("discriminator      trains discriminator")
            .contains("generator          trains generator")
            .contains("weight-decay of generator")
            .contains("weight-decay of discriminator");
        double before = likeness(networks, manager, images);
        var result = learner.fit(10);
        double after = likeness(networks, manager, images);
        System.out.printf("likeness of the mean digit: %.2f, then %.2f%n", before, after);
        assertThat(after).isGreaterThan(before + 0.5);
        assertThat(result.train().orElseThrow().metrics())
            .containsOnlyKeys("discriminator_loss", "generator_loss");
        assertThat(result.train().orElseThrow().metrics().values())
            .allMatch(loss -> loss > 0.05 && loss < 5);
        assertThat(precision.lossScale()).isGreaterThan(1024);
      }
    }
  }

  @Test
  void aGanGoesOnFromASnapshotAsIfNothingHadBeen() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      TensorLoader data =
          Glyphs.train(1).loader(manager, 256, Glyphs.STANDARDIZATION).batchSize(32);
      Networks networks = networks();
      var snapshots = new ArrayList<Snapshot>();
      var inTheMiddle =
          new Callback() {
            @Override
            public void afterStep(Batch batch) {
              if (snapshots.isEmpty() && batch.index() == 3) {
                snapshots.add(batch.fit().learner().snapshot()); // while the generator rests
              }
            }
          };
      try (Learner learner = learner(networks, data).callbacks(inTheMiddle).build()) {
        learner.fit(1);
        try (Snapshot snapshot = learner.snapshot()) {
          learner.fit(1);
          float[] first = weights(networks);
          learner.restore(snapshot);
          learner.fit(1);
          assertThat(weights(networks)).isEqualTo(first);
        }
        learner.restore(snapshots.getFirst());
        snapshots.getFirst().close();
        assertThat(networks.getParameters().values()).allMatch(p -> p.requiresGradient());
      }
    }
  }

  private static float[] weights(Networks networks) {
    return networks.getParameters().valueAt(0).getArray().toFloatArray();
  }
}
