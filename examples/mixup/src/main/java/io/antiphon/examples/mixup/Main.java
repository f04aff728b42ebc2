package io.antiphon.examples.mixup;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Learner;
import io.antiphon.data.Idx;
import io.antiphon.data.Standardization;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.mixup.Cutmix;
import io.antiphon.mixup.Cutout;
import io.antiphon.mixup.LabelSmoothing;
import io.antiphon.mixup.Mixup;
import io.antiphon.mixup.OneOf;
import io.antiphon.mixup.RandomErasing;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Draws mixed digits into a PNG, then trains on 1,000 digits with one of two mixes per batch.
///
/// Arguments: the folder with the IDX files of MNIST, then the PNG to write (`mixed-digits.png`).
public final class Main {
  public static void main(String[] args) throws IOException {
    if (args.length == 0) {
      System.err.println("examples/run mixup /folder/of/mnist [mixed-digits.png]");
      System.exit(2);
    }
    Path folder = Path.of(args[0]);
    Path picture = Path.of(args.length > 1 ? args[1] : "mixed-digits.png");
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorLoader digits =
          Idx.loader(
                  manager,
                  Idx.read(folder.resolve("t10k-images-idx3-ubyte.gz")),
                  Idx.read(folder.resolve("t10k-labels-idx1-ubyte.gz")),
                  Standardization.NONE)
              .batchSize(64);
      draw(digits.part(0, 1000), picture);
      System.out.println("wrote " + picture.toAbsolutePath());
      train(digits);
    }
  }

  /// Draws a row of digits for each way to change them; all rows show the same digits.
  private static void draw(TensorLoader digits, Path picture) throws IOException {
    BatchTransform fade =
        BatchTransform.of(
            "fade",
            (batch, random) ->
                batch.inputs(
                    new NDList(batch.inputs().head().mul(0.3 + 0.7 * random.nextDouble()))));
    var sheet = new ContactSheet(16);
    for (BatchTransform way :
        List.of(
            BatchTransform.none(),
            new Mixup(),
            new Cutmix(),
            new Cutout(),
            new RandomErasing(),
            fade)) {
      try (Learner learner = learner(digits).build()) {
        learner.fit(1, way, sheet);
      }
    }
    sheet.write(picture);
  }

  private static void train(TensorLoader digits) {
    try (Learner learner =
        learner(digits.part(0, 1000).shuffled())
            .valid(digits.part(8000, 2000))
            .metrics(new Accuracy())
            .callbacks(OneOf.of(new Mixup(), new Cutmix()), new LabelSmoothing())
            .build()) {
      System.out.println(learner.fit(20).valid().orElseThrow().metrics());
    }
  }

  private static Learner.Builder learner(TensorLoader train) {
    return Learner.builder()
        .model(Cnn.of(new Cnn.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Adam.of(3e-3))
        .train(train);
  }
}
