package io.antiphon.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.torch.RandomStream;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/// Predictions of classes from several views of each image: as it is, and changed as in training.
///
/// As fastai's `tta`: the mean of the probabilities of the changed images, then a weighted mean
/// with those of the images as they are.
///
/// @param transform what changed the images in training
/// @param views how often each image is changed, at least 1
/// @param plain the weight of the images as they are, in [0, 1]
public record TestTimeAugmentation(BatchTransform transform, int views, double plain) {
  public TestTimeAugmentation {
    Check.atLeast("views", views, 1);
    Check.within("plain", plain, 0, 1);
  }

  /// Four views, which weigh three quarters.
  public TestTimeAugmentation(BatchTransform transform) {
    this(transform, 4, 0.25);
  }

  /// {@return probabilities of classes for all samples in the loader's order, `[N, C]`}
  ///
  /// @param learner whose model gives logits `[B, C]`
  /// @param data what to predict for, in a fixed order
  /// @param owner the manager that owns the result
  public NDArray predict(Learner learner, DataLoader data, NDManager owner) {
    try (NDManager scratch = owner.newSubManager()) {
      NDArray sum = probabilities(learner, data, scratch, new View(transform, 0));
      for (int view = 1; view < views; view++) {
        sum.addi(probabilities(learner, data, scratch, new View(transform, view)));
      }
      NDArray result = sum.mul((1 - plain) / views);
      result.addi(probabilities(learner, data, scratch).mul(plain));
      result.attach(owner);
      return result;
    }
  }

  private static NDArray probabilities(
      Learner learner, DataLoader data, NDManager manager, Callback... view) {
    NDList predictions = learner.predict(data, manager, view);
    return predictions.singletonOrThrow().softmax(-1);
  }

  /// The transform, in predictions.
  private record View(BatchTransform transform, int number) implements Callback {
    @Override
    public String name() {
      return "view-" + number;
    }

    @Override
    public Order order() {
      return transform.order();
    }

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.of(Purpose.PREDICT);
    }

    @Override
    public void beforeBatch(Batch batch) {
      transform.transform(
          batch,
          new SplittableRandom(
              new RandomStream(batch.fit().seed(), "test-time").at(number, batch.index())));
    }
  }
}
