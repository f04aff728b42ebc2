package io.antiphon.examples.mnist;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.Learner;
import io.antiphon.data.Idx;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import java.nio.file.Path;

/// Trains a small convolutional net on 8,000 handwritten digits, whose folder is the argument.
public final class Main {
  public static void main(String[] args) {
    if (args.length == 0) {
      System.err.println("examples/run mnist /folder/of/mnist");
      System.exit(2);
    }
    Path folder = Path.of(args[0]);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray images =
          Idx.read(folder.resolve("t10k-images-idx3-ubyte.gz")).images().array(manager);
      NDArray labels =
          Idx.read(folder.resolve("t10k-labels-idx1-ubyte.gz")).labels().array(manager);
      NDArray pixels = images.toType(DataType.FLOAT32, false).div(255).expandDims(1);
      TensorLoader digits = TensorLoader.of(pixels, labels).batchSize(64);
      try (Learner learner =
          Learner.builder()
              .model(Cnn.of(new Cnn.Options(), 10))
              .loss(new CrossEntropy())
              .optimizer(Adam.of(3e-3))
              .train(digits.part(0, 8000).shuffled())
              .valid(digits.part(8000, 2000))
              .metrics(new Accuracy())
              .build()) {
        System.out.println(learner.fit(5));
      }
    }
  }
}
