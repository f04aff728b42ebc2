package io.antiphon.examples.gan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Batch;
import io.antiphon.core.Purpose;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Turn;
import io.antiphon.losses.BinaryCrossEntropy;
import io.antiphon.models.Activation;
import io.antiphon.models.Mlp;
import io.antiphon.models.Networks;
import java.util.List;

/// A generator that draws digits from noise, and a discriminator that tells drawn ones from real
/// ones (Goodfellow et al., 2014). With each batch both learn, the discriminator first.
record Gan(Networks networks) implements TrainingStep {
  /// Numbers that a digit is drawn from.
  static final int NOISE = 32;

  private static final int PIXELS = 28 * 28;

  /// How sure the discriminator shall be of real digits: one that is all too sure teaches nothing.
  private static final double SURE = 0.9;

  /// {@return both networks, not initialised; images are `[B, 784]` in `[-1, 1]`}
  static Networks create() {
    Block generator =
        new SequentialBlock()
            .add(Mlp.of(new Mlp.Options(List.of(256, 512), Activation.SILU), PIXELS))
            .add(ai.djl.nn.Activation.tanhBlock());
    Block discriminator = Mlp.of(new Mlp.Options(List.of(256), Activation.SILU, 0.3), 1);
    return new Networks()
        .add("generator", generator, new Shape(1, NOISE))
        .add("discriminator", discriminator, new Shape(1, PIXELS));
  }

  @Override
  public List<Turn> turns() {
    return List.of(Turn.of("discriminator"), Turn.of("generator"));
  }

  @Override
  public boolean hasLoss(Batch batch) {
    return batch.fit().purpose() != Purpose.PREDICT;
  }

  /// {@return for a prediction, which is asked of noise, digits; else what the discriminator says
  /// of real digits and drawn ones, or of drawn ones alone when it is the generator's turn}
  @Override
  public NDList predict(Batch batch, NDList inputs) {
    if (batch.fit().purpose() == Purpose.PREDICT) {
      return batch.forward(inputs);
    }
    NDArray noise = batch.manager().randomNormal(new Shape(batch.size(), NOISE));
    NDArray drawn = batch.forward(networks.network("generator"), new NDList(noise)).head();
    NDArray real = inputs.head().flatten(1, -1);
    return batch.forward(
        networks.network("discriminator"), new NDList(draws(batch) ? drawn : real.concat(drawn)));
  }

  @Override
  public NDArray loss(Batch batch, NDList predictions, NDList targets) {
    NDArray one = batch.manager().ones(new Shape(batch.size(), 1));
    NDArray wanted = draws(batch) ? one : one.mul(SURE).concat(one.mul(0));
    return new BinaryCrossEntropy().loss(predictions, new NDList(wanted));
  }

  private static boolean draws(Batch batch) {
    return batch.turn().name().equals("generator");
  }
}
