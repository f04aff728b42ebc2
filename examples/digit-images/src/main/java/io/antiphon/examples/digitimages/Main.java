package io.antiphon.examples.digitimages;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.data.Idx;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import io.antiphon.progress.Progress;
import io.antiphon.vision.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/// Writes handwritten digits as PNG files, a folder for each class, unless they are there, and
/// trains a small convolutional net on them. The arguments are the folder of MNIST's files and the
/// folder for the images.
public final class Main {
  private static final int SIZE = 28;

  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("examples/run digit-images /folder/of/mnist /folder/for/images");
      System.exit(2);
    }
    Path images = Path.of(args[1]);
    if (!Files.isDirectory(images)) {
      try (NDManager scratch = NDManager.newBaseManager()) {
        write(scratch, Path.of(args[0]), images, Integer.MAX_VALUE);
      }
    }
    train(images, 5);
  }

  static FitResult train(Path images, int epochs) throws IOException {
    long seed = 42;
    try (NDManager manager = NDManager.newBaseManager()) {
      ImageFolder digits = ImageFolder.read(manager, new ImageFolder.Options(images), seed);
      System.out.println(digits.counts());
      try (Learner learner =
          Learner.builder()
              .model(Cnn.of(new Cnn.Options(), digits.classes().size()))
              .loss(new CrossEntropy())
              .optimizer(Adam.of(3e-3))
              .train(digits.train())
              .valid(digits.valid().orElseThrow())
              .metrics(new Accuracy())
              .seed(seed)
              .build()) {
        return learner.fit(epochs, new Progress());
      }
    }
  }

  /// Writes the first so many digits.
  static void write(NDManager manager, Path mnist, Path images, int most) throws IOException {
    byte[] pixels =
        Idx.read(mnist.resolve("t10k-images-idx3-ubyte.gz")).images().array(manager).toByteArray();
    byte[] labels =
        Idx.read(mnist.resolve("t10k-labels-idx1-ubyte.gz")).labels().array(manager).toByteArray();
    int count = Math.min(most, labels.length);
    for (int i = 0; i < count; i++) {
      var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
      var one = new byte[SIZE * SIZE];
      System.arraycopy(pixels, i * one.length, one, 0, one.length);
      image.getRaster().setDataElements(0, 0, SIZE, SIZE, one);
      Path folder = Files.createDirectories(images.resolve(Integer.toString(labels[i])));
      ImageIO.write(image, "png", folder.resolve("%05d.png".formatted(i)).toFile());
    }
    System.out.printf("wrote %,d images to %s%n", count, images);
  }
}
