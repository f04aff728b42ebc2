package io.antiphon.examples.finetune;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Learner;
import io.antiphon.core.Length;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Idx;
import io.antiphon.data.Standardization;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.AdamW;
import io.antiphon.schedule.FineTune;
import io.antiphon.schedule.OneCycle;
import io.antiphon.schedule.Parts;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads 500 handwritten digits twice: with a net that starts from nothing, and with one that has
/// learned drawn digits before. The argument is the folder of MNIST's IDX files.
public final class Main {
  private static final int EPOCHS = 12;
  private static final String IMAGES = "t10k-images-idx3-ubyte.gz";
  private static final String LABELS = "t10k-labels-idx1-ubyte.gz";

  public static void main(String[] args) {
    if (args.length != 1 || !Files.isRegularFile(Path.of(args[0]).resolve(IMAGES))) {
      System.err.println(
          "fine-tune: give one argument, the folder of MNIST's IDX files %s and %s"
              .formatted(IMAGES, LABELS));
      System.exit(2);
    }
    Path folder = Path.of(args[0]);
    try (NDManager manager = NDManager.newBaseManager()) {
      var main = new Main(manager, folder, 42);
      System.out.printf("from scratch  %.4f%n", main.fromScratch());
      System.out.printf("fine-tuned    %.4f%n", main.fineTuned());
    }
  }

  private final TensorLoader drawn;
  private final TensorLoader digits;
  private final TensorLoader unseen;
  private final long seed;

  Main(NDManager manager, Path folder, long seed) {
    this.seed = seed;
    drawn =
        Glyphs.train(seed).loader(manager, 8000, Glyphs.STANDARDIZATION).batchSize(64).shuffled();
    TensorLoader all =
        Idx.loader(
            manager,
            Idx.read(folder.resolve(IMAGES)),
            Idx.read(folder.resolve(LABELS)),
            Standardization.MNIST);
    digits = all.part(0, 500).batchSize(32).shuffled();
    unseen = all.part(8000, 2000).batchSize(500);
  }

  /// {@return the accuracy on unseen digits of a net that learned 500 digits and nothing else}
  double fromScratch() {
    try (Learner learner = learner(Cnn.of(new Cnn.Options(), Glyphs.CLASSES), digits)) {
      return accuracy(OneCycle.of(EPOCHS, 1e-2).fit(learner));
    }
  }

  /// {@return the accuracy on unseen digits of a net that learned drawn digits first}
  double fineTuned() {
    Block model = Cnn.of(new Cnn.Options(), Glyphs.CLASSES);
    try (Learner teacher = learner(model, drawn)) {
      OneCycle.of(3, 1e-2).fit(teacher);
      try (Learner learner = learner(model, digits)) {
        // the last layer alone, then everything: the first layers learn a tenth as fast as the last
        FineTune policy =
            FineTune.of(EPOCHS - 2).lr(1e-2).freezeEpochs(Length.epochs(2)).lrMult(10);
        return accuracy(policy.fit(learner));
      }
    }
  }

  private Learner learner(Block model, TensorLoader train) {
    return Learner.builder()
        .model(model)
        .loss(new CrossEntropy())
        .optimizer(AdamW.of(1e-3))
        .splitter(Parts.byDepth(3))
        .train(train)
        .valid(unseen)
        .metrics(new Accuracy())
        .seed(seed)
        .build();
  }

  private static double accuracy(io.antiphon.core.FitResult result) {
    return result.valid().orElseThrow().metrics().get("accuracy");
  }
}
