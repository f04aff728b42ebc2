package io.antiphon.examples.gan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Png;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.data.Standardization;
import io.antiphon.models.Networks;
import io.antiphon.optim.Adam;
import io.antiphon.progress.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Learns to draw digits, and draws 64 of them into a picture. The first argument is the picture to
/// write, the second, if there is one, the folder of MNIST's files; without it the digits to learn
/// from are drawn ones.
public final class Main {
  private static final int SIDE = 28;

  /// From grey values in `[0, 1]` to those of the generator.
  private static final Standardization RANGE = new Standardization(0.5, 0.5);

  public static void main(String[] args) throws IOException {
    Path picture = Path.of(args.length > 0 ? args[0] : "digits.png").toAbsolutePath();
    Files.createDirectories(picture.getParent());
    try (NDManager manager = NDManager.newBaseManager();
        Learner learner = learner(digits(manager, Arrays.stream(args).skip(1).findFirst(), 8000))) {
      learner.fit(30, new Progress());
      write(draw(learner, manager, 64), picture);
      System.out.println("wrote " + picture);
    }
  }

  static DataLoader digits(NDManager manager, Optional<String> folder, int count) {
    if (folder.isEmpty()) {
      return Glyphs.train(42).loader(manager, count, RANGE).batchSize(64).shuffled();
    }
    return new Mnist()
        .dir(Path.of(folder.get()))
        .train(count)
        .valid(0)
        .mean(RANGE.mean())
        .deviation(RANGE.deviation())
        .create(new DataProvider.Setting(manager, 42))
        .train();
  }

  static Learner learner(DataLoader digits) {
    Networks networks = Gan.create();
    Adam adam = Adam.of(5e-4).betas(0.5, 0.999);
    return Learner.builder()
        .model(networks)
        .step(new Gan(networks))
        .optimizer(Optimizer.Factory.ofParts("generator", adam, "discriminator", adam))
        .train(digits)
        .build();
  }

  /// {@return drawn digits, `[count, 784]` in `[-1, 1]`}
  static NDArray draw(Learner learner, NDManager manager, int count) {
    NDArray noise = manager.randomNormal(new Shape(count, Gan.NOISE));
    return learner.predict(new NDList(noise), manager).head();
  }

  /// Writes 64 digits as a grey picture, eight in a row.
  private static void write(NDArray digits, Path file) throws IOException {
    NDArray sheet =
        digits.reshape(8, 8, SIDE, SIDE).transpose(0, 2, 1, 3).reshape(1, 8 * SIDE, 8 * SIDE);
    try (OutputStream out = Files.newOutputStream(file)) {
      Png.of(sheet.toFloatArray(), 1, 8 * SIDE, 8 * SIDE, 8 * SIDE).write(out);
    }
  }
}
