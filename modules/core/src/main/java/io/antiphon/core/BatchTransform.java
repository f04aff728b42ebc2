package io.antiphon.core;

import io.antiphon.torch.RandomStream;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Changes each training batch before the model sees it. Batches of validation stay as they are.
///
/// One's own is a function, or a subclass:
///
/// ```
/// var noise = BatchTransform.of("noise", (batch, random) ->
///     batch.inputs(new NDList(batch.inputs().head().add(random.nextGaussian()))));
/// ```
///
/// The random generator starts anew for every batch, from the seed of the run, the transform's
/// name, the epoch and the step over the learner's life. So the same seed gives the same batches,
/// also after a resume.
public abstract class BatchTransform implements Callback {
  /// For subclasses.
  protected BatchTransform() {}

  /// Changes a batch through its setters, and its loss through its layers ([Scope#wrapLoss]).
  /// Arrays may be views of the loader's data: make new ones, never write into them.
  ///
  /// @param batch a training batch at `BEFORE_BATCH`
  /// @param random the source of everything that is drawn, uniform and independent
  public abstract void transform(Batch batch, RandomGenerator random);

  /// {@return a callback that applies a function to each training batch}
  ///
  /// @param name the callback's name, in kebab-case; it also names the stream of random numbers
  /// @param function what to do
  public static BatchTransform of(String name, Function function) {
    return new BatchTransform() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public void transform(Batch batch, RandomGenerator random) {
        function.transform(batch, random);
      }
    };
  }

  /// {@return a transform that leaves every batch as it is, to choose from among others}
  public static BatchTransform none() {
    return of("none", (_, _) -> {});
  }

  @Override
  public final void beforeBatch(Batch batch) {
    if (batch.isTraining()) {
      long epoch = batch.pass().epoch().number();
      long step = batch.fit().learner().stepsDone();
      transform(
          batch,
          new SplittableRandom(new RandomStream(batch.fit().seed(), name()).at(epoch, step)));
    }
  }

  @Override
  public Order order() {
    return Order.TRANSFORM;
  }

  /// {@return fits, and probes of learning rates, which must see what a fit sees}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  /// A change of one's own, see [BatchTransform#transform].
  @FunctionalInterface
  public interface Function {
    /// Changes a training batch.
    void transform(Batch batch, RandomGenerator random);
  }
}
