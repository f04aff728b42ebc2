package io.antiphon.examples.shapes;

import ai.djl.ndarray.NDManager;
import io.antiphon.augmentation.Augment;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.UNet;
import io.antiphon.optim.Adam;
import io.antiphon.progress.Progress;
import io.antiphon.vision.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/// Draws discs and squares in noise, with a mask for each image (0 for what is neither, 1 for
/// discs, 2 for squares), unless they are there, and trains a U-Net to tell the pixels apart. The
/// argument is the folder for images and masks.
public final class Main {
  private static final int SIZE = 48;

  public static void main(String[] args) throws IOException {
    if (args.length == 0) {
      System.err.println("examples/run shapes /folder/for/images");
      System.exit(2);
    }
    Path images = Path.of(args[0], "images");
    Path masks = Path.of(args[0], "masks");
    if (!Files.isDirectory(images)) {
      draw(images, masks, 600);
    }
    train(images, masks, 3);
  }

  static FitResult train(Path images, Path masks, int epochs) throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      var options = new ImageFolder.Options(images).masks(masks).batchSize(16);
      ImageFolder shapes = ImageFolder.read(manager, options, 42);
      try (Learner learner =
          Learner.builder()
              .model(new UNet(new UNet.Options(), shapes.classes().size()))
              .loss(new CrossEntropy())
              .optimizer(Adam.of(3e-3))
              .train(shapes.train())
              .valid(shapes.valid().orElseThrow())
              .metrics(new Accuracy())
              .callbacks(new Augment(new Augment.Options()))
              .build()) {
        return learner.fit(epochs, new Progress());
      }
    }
  }

  static void draw(Path images, Path masks, int count) throws IOException {
    Files.createDirectories(images);
    Files.createDirectories(masks);
    var random = new Random(1);
    for (int i = 0; i < count; i++) {
      var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
      var mask = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
      var classes = new int[SIZE * SIZE];
      for (int shape = 0; shape < 3; shape++) {
        int kind = 1 + random.nextInt(2);
        double radius = 5 + 5 * random.nextDouble();
        double middleX = SIZE * random.nextDouble();
        double middleY = SIZE * random.nextDouble();
        for (int p = 0; p < classes.length; p++) {
          double x = Math.abs(p % SIZE - middleX);
          double y = Math.abs(Math.floorDiv(p, SIZE) - middleY);
          if (kind == 1 ? Math.hypot(x, y) < radius : Math.max(x, y) < radius * 0.9) {
            classes[p] = kind;
          }
        }
      }
      for (int p = 0; p < classes.length; p++) {
        double grey = (classes[p] == 0 ? 90 : 150) + 30 * random.nextGaussian();
        image.getRaster().setSample(p % SIZE, p / SIZE, 0, Math.clamp((int) grey, 0, 255));
        mask.getRaster().setSample(p % SIZE, p / SIZE, 0, classes[p]);
      }
      String name = "%04d.png".formatted(i);
      ImageIO.write(image, "png", images.resolve(name).toFile());
      ImageIO.write(mask, "png", masks.resolve(name).toFile());
    }
    System.out.printf("drew %,d images and masks in %s%n", count, images.getParent());
  }
}
