package io.antiphon.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.augmentation.Augment.Options;
import io.antiphon.augmentation.Augment.Padding;
import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Order;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import io.antiphon.testkit.CallbackContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AugmentTest {
  private static final Options NOTHING = new Options(0, 0, 0, 0, 1, 0, 0, 0, Padding.ZEROS, -100);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static Options moving(
      double shift, double flip, double vertical, double rotate, double zoom, Padding padding) {
    return new Options(shift, flip, vertical, rotate, zoom, 0, 0, 0, padding, -100);
  }

  /// What the model would see.
  private record Seen(List<NDArray> trained, List<NDArray> targets, List<NDArray> validated) {}

  private Seen seen(Options options, NDArray images, NDArray targets, int epochs) {
    return seen(options, images, targets, epochs, new CrossEntropy());
  }

  private Seen seen(
      Options options, NDArray images, NDArray targets, int epochs, LossFunction loss) {
    var seen = new Seen(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    var last =
        new Callback() {
          @Override
          public Order order() {
            return Order.at(0);
          }

          @Override
          public void beforeBatch(Batch batch) {
            NDArray inputs = batch.inputs().head().duplicate();
            inputs.attach(manager);
            (batch.isTraining() ? seen.trained : seen.validated).add(inputs);
            if (batch.isTraining()) {
              NDArray targets = batch.targets().head().duplicate();
              targets.attach(manager);
              seen.targets.add(targets);
            }
            throw new CancelBatchException("seen");
          }
        };
    TensorLoader data = TensorLoader.of(images, targets).batchSize(64);
    try (Learner learner =
        Learner.builder()
            .model(Cnn.of(new Cnn.Options(List.of(4)), 2))
            .loss(loss)
            .optimizer(Adam.of(1e-3))
            .train(data)
            .valid(data)
            .callbacks(new Augment(options), last)
            .build()) {
      learner.fit(epochs);
    }
    return seen;
  }

  private NDArray classes(long count) {
    return manager.zeros(new Shape(count), DataType.INT64);
  }

  private static void assertClose(NDArray actual, NDArray expected, double bound) {
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.sub(expected).abs().max().getFloat()).isLessThan((float) bound);
  }

  @Test
  void flipsSwapPixelsAndNothingElse() {
    NDArray x = manager.randomNormal(new Shape(3, 2, 5, 8));
    assertClose(
        seen(moving(0, 1, 0, 0, 1, Padding.ZEROS), x, classes(3), 1).trained().getFirst(),
        x.flip(3),
        1e-5);
    assertClose(
        seen(moving(0, 1, 1, 0, 1, Padding.REFLECTION), x, classes(3), 1).trained().getFirst(),
        x.flip(2, 3),
        1e-5);
    NDArray some = manager.randomNormal(new Shape(40, 1, 4, 4));
    NDArray half =
        seen(moving(0, 0.5, 0, 0, 1, Padding.ZEROS), some, classes(40), 1).trained().getFirst();
    int mirrored = 0;
    for (int i = 0; i < 40; i++) {
      boolean same = half.get(i).sub(some.get(i)).abs().max().getFloat() < 1e-5;
      mirrored += same ? 0 : 1;
    }
    assertThat(mirrored).isBetween(10, 30);
  }

  @Test
  void withNothingToDoBatchesStayAndValidationNeverChanges() {
    NDArray x = manager.randomNormal(new Shape(3, 2, 5, 8));
    assertThat(seen(NOTHING, x, classes(3), 1).trained().getFirst()).isEqualTo(x);
    Seen all = seen(new Options(), x, classes(3), 2);
    assertThat(all.validated()).hasSize(2).allMatch(x::equals);
    assertThat(all.trained().getFirst()).isNotEqualTo(x);
  }

  @Test
  void drawsAreTheSameForTheSameSeedAndOthersForEveryEpochAndImage() {
    NDArray one = manager.randomNormal(new Shape(1, 1, 9, 9));
    NDArray x = NDArrays.concat(new NDList(one, one, one));
    Options options = new Options(0.2, 0.5, 0.5, 30, 1.3, 0.2, 0.2, 0.1, Padding.BORDER, -100);
    Seen first = seen(options, x, classes(3), 2);
    Seen again = seen(options, x, classes(3), 2);
    assertThat(first.trained()).isEqualTo(again.trained());
    assertThat(first.trained().get(0)).isNotEqualTo(first.trained().get(1));
    NDArray batch = first.trained().get(0);
    assertThat(batch.get(0)).isNotEqualTo(batch.get(1));
  }

  @Test
  void masksMoveWithTheirImages() {
    // blocks of 8 × 8 pixels in an image that is not square
    NDArray blocks = manager.create(new float[] {0, 1, 2, 3, 2, 0}, new Shape(1, 1, 2, 3));
    NDArray image = blocks.repeat(2, 8).repeat(3, 8);
    NDArray images = NDArrays.concat(new NDList(image, image, image, image));
    NDArray masks = images.squeeze(1).toType(DataType.INT64, true);
    for (Padding padding : Padding.values()) {
      Seen seen = seen(moving(0.2, 0.5, 0.5, 40, 1.4, padding), images, masks, 3);
      for (int epoch = 0; epoch < 3; epoch++) {
        NDArray x = seen.trained().get(epoch).squeeze(1);
        NDArray y = seen.targets().get(epoch);
        assertThat(y.getDataType()).isEqualTo(DataType.INT64);
        NDArray inside = y.gte(0);
        if (padding != Padding.ZEROS) {
          assertThat(inside.all().getBoolean()).isTrue();
        } else {
          assertThat(inside.all().getBoolean()).isFalse();
          assertThat(y.min().getLong()).isEqualTo(-100);
        }
        NDArray near = x.sub(y.toType(DataType.FLOAT32, true)).abs().lt(0.02);
        double agree =
            near.logicalAnd(inside).toType(DataType.FLOAT32, true).sum().getFloat()
                / inside.toType(DataType.FLOAT32, true).sum().getFloat();
        assertThat(agree).isGreaterThan(0.7).isLessThanOrEqualTo(1); // edges are blurred
      }
    }
  }

  @Test
  void masksOfNumbersStayWhatTheyAre() {
    NDArray image = manager.randomUniform(0.2f, 0.8f, new Shape(4, 1, 16, 24));
    NDArray depths = image.squeeze(1);
    Seen seen =
        seen(
            moving(0.2, 0.5, 0.5, 40, 1.4, Padding.ZEROS),
            image,
            depths,
            1,
            (x, y) -> x.head().sum().mul(0));
    NDArray moved = seen.targets().getFirst();
    List<Float> given = floats(depths);
    List<Float> outside = floats(moved).stream().filter(each -> !given.contains(each)).toList();
    assertThat(outside).isNotEmpty().containsOnly(0f);
  }

  private static List<Float> floats(NDArray array) {
    var all = new ArrayList<Float>();
    for (float each : array.toFloatArray()) {
      all.add(each);
    }
    return all;
  }

  @Test
  void aTurnKeepsCirclesInImagesThatAreNotSquare() {
    var values = new float[30 * 60];
    for (int i = 0; i < values.length; i++) {
      double y = i / 60 - 14.5;
      double x = i % 60 - 29.5;
      values[i] = (float) Math.clamp(10 - Math.sqrt(x * x + y * y), 0, 1);
    }
    NDArray circle = manager.create(values, new Shape(1, 1, 30, 60));
    for (NDArray turned :
        seen(moving(0, 0, 0, 180, 1, Padding.ZEROS), circle, classes(1), 4).trained()) {
      assertThat(turned.sub(circle).abs().mean().getFloat()).isLessThan(0.01f);
    }
  }

  @Test
  void lightChangesContrastAroundTheMeanAndBrightness() {
    NDArray x = manager.randomNormal(new Shape(50, 3, 8, 8)).add(2);
    NDArray y =
        seen(new Options(0, 0, 0, 0, 1, 0.3, 0, 0, Padding.ZEROS, -100), x, classes(50), 1)
            .trained()
            .getFirst();
    NDArray before = x.reshape(50, -1);
    NDArray after = y.reshape(50, -1);
    var values = new int[] {1};
    assertClose(after.mean(values), before.mean(values), 1e-4);
    before = before.sub(before.mean(values, true));
    after = after.sub(after.mean(values, true));
    NDArray ratio = after.mul(before).sum(values).div(before.square().sum(values));
    assertThat(ratio.min().getFloat()).isBetween(0.7f, 0.8f);
    assertThat(ratio.max().getFloat()).isBetween(1.2f, 1.3f);
    NDArray z =
        seen(new Options(0, 0, 0, 0, 1, 0, 0.5, 0, Padding.ZEROS, -100), x, classes(50), 1)
            .trained()
            .getFirst()
            .sub(x);
    assertThat(z.min().getFloat()).isBetween(-0.51f, -0.35f);
    assertThat(z.max().getFloat()).isBetween(0.35f, 0.51f);
    NDArray n =
        seen(new Options(0, 0, 0, 0, 1, 0, 0, 0.25, Padding.ZEROS, -100), x, classes(50), 1)
            .trained()
            .getFirst()
            .sub(x);
    assertThat(n.square().mean().sqrt().getFloat()).isCloseTo(0.25f, within(0.01f));
  }

  @Test
  void whatIsNoBatchOfImagesIsRefused() {
    assertThatThrownBy(() -> seen(new Options(), manager.ones(new Shape(2, 9)), classes(2), 1))
        .hasMessageContaining(
            "augment needs images [B, C, H, W] of floating-point numbers and one size, but an input"
                + " is float32 of shape (2, 9)");
    assertThatThrownBy(() -> moving(0, 2, 0, 0, 1, Padding.ZEROS))
        .hasMessage("flip is 2; it must be in [0, 1]");
  }

  @Test
  void testTimeAugmentationIsTheMeanOverViews() {
    NDArray x = manager.randomNormal(new Shape(10, 1, 12, 12));
    TensorLoader data = TensorLoader.of(x, classes(10)).batchSize(4);
    try (Learner learner =
        Learner.builder()
            .model(Cnn.of(new Cnn.Options(List.of(4, 8)), 3))
            .loss(new CrossEntropy())
            .optimizer(Adam.of(1e-3))
            .train(data)
            .build()) {
      NDArray plain = learner.predict(data, manager).head().softmax(-1);
      int arrays = manager.getManagedArrays().size();
      NDArray same =
          new TestTimeAugmentation(BatchTransform.none()).predict(learner, data, manager);
      assertThat(manager.getManagedArrays()).hasSize(arrays + 1);
      assertClose(same, plain, 1e-6);
      NDArray flipped =
          learner
              .predict(TensorLoader.of(x.flip(3), classes(10)).batchSize(4), manager)
              .head()
              .softmax(-1);
      var flip = new Augment(moving(0, 1, 0, 0, 1, Padding.ZEROS));
      assertClose(
          new TestTimeAugmentation(flip, 2, 0.25).predict(learner, data, manager),
          flipped.mul(0.75).add(plain.mul(0.25)),
          1e-5);
      var usual = new TestTimeAugmentation(new Augment(new Options()));
      assertThat(usual.predict(learner, data, manager))
          .isEqualTo(usual.predict(learner, data, manager));
    }
  }

  @Test
  void keepsTheContractOfAllCallbacks() {
    NDArray x = manager.randomNormal(new Shape(24, 1, 8, 8));
    TensorLoader data = TensorLoader.of(x, classes(24)).batchSize(8);
    CallbackContract.of(() -> new Augment(new Options()))
        .on(() ->
            Learner.builder()
                .model(Cnn.of(new Cnn.Options(List.of(4)), 2))
                .loss(new CrossEntropy())
                .optimizer(Adam.of(1e-3))
                .train(data)
                .valid(data))
        .verify();
  }
}
