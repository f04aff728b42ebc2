package io.antiphon.precision.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
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
import io.antiphon.losses.CrossEntropy;
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
import java.util.Arrays;
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

  /// What 256 drawings are like.
  ///
  /// @param nearest the mean correlation of a drawing's pixels with those of the digit of the data
  ///   that is most like it
  /// @param sureness how sure a classifier of the data is of what a drawing shows, in the mean
  /// @param kinds how many of the ten digits it sees in more than one of a hundred drawings
  private record Drawings(double nearest, double sureness, int kinds) {
    static Drawings of(Networks networks, Block judge, NDManager manager, NDArray images) {
      try (NDManager scratch = manager.newSubManager()) {
        var store = new ParameterStore(scratch, false);
        var noise = new NDList(scratch.randomNormal(new Shape(256, NOISE)));
        NDArray drawn = networks.network("generator").forward(store, noise, false).head();
        NDArray seen = judge.forward(store, new NDList(drawn), false).head().softmax(1);
        var counts = new int[10];
        for (long digit : seen.argMax(1).toLongArray()) {
          counts[(int) digit]++;
        }
        NDArray real = flat(images);
        real.attach(scratch);
        NDArray correlations = standardized(drawn).dot(standardized(real).transpose());
        return new Drawings(
            correlations.max(new int[] {1}).mean().getFloat(),
            seen.max(new int[] {1}).mean().getFloat(),
            (int) Arrays.stream(counts).filter(count -> count > 2).count());
      }
    }

    private static NDArray standardized(NDArray rows) {
      NDArray centred = rows.sub(rows.mean(new int[] {1}, true));
      return centred.div(centred.square().sum(new int[] {1}, true).sqrt());
    }
  }

  /// Teaches a classifier the digits of the data.
  private static Learner school(Block judge, TensorLoader data) {
    return Learner.builder()
        .model(judge)
        .loss(new CrossEntropy())
        .optimizer(Adam.of(2e-3))
        .train(data)
        .device(Device.cpu())
        .build();
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
      Block judge = Mlp.of(new Mlp.Options(List.of(64), Activation.RELU), Glyphs.CLASSES);
      Networks networks = networks();
      var precision = new MixedPrecision(new Options(Type.FP16, 1024, 2, 0.5, 50, true, true));
      var rates =
          ParamScheduler.of(Hyper.MOMENTUM, Schedule.constant(0.5))
              .and(Hyper.WEIGHT_DECAY, Schedule.linear(0, 1e-4));
      try (Learner school = school(judge, data);
          Learner learner = learner(networks, data).callbacks(precision, rates).build()) {
        school.fit(8);
        assertThat(learner.explain())
            .contains("discriminator      trains discriminator")
            .contains("generator          trains generator")
            .contains("weight-decay of generator")
            .contains("weight-decay of discriminator");
        Drawings before = Drawings.of(networks, judge, manager, images);
        var result = learner.fit(40);
        Drawings after = Drawings.of(networks, judge, manager, images);
        System.out.printf("at first %s, then %s%n", before, after);
        assertThat(before.nearest()).isLessThan(0.2);
        assertThat(before.sureness()).isLessThan(0.4);
        assertThat(after.nearest()).isGreaterThan(0.4);
        assertThat(after.sureness()).isGreaterThan(0.5);
        assertThat(after.kinds()).isGreaterThanOrEqualTo(8);
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
