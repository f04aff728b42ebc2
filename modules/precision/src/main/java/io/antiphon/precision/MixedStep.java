package io.antiphon.precision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.StepResult;
import io.antiphon.core.TrainingStep;
import io.antiphon.torch.Cast;

/// A training step around another one: arranges what goes into the model, widens what comes out of
/// it and of the loss, scales the objective, leaves out steps that overflowed. Once the audit has
/// found the type wrong, it is the step inside and nothing more.
record MixedStep(
    TrainingStep inner, MixedPrecision precision, boolean channelsLast, LossScale scale)
    implements TrainingStep.Wrapper {
  @Override
  public NDList predict(Batch batch, NDList inputs) {
    if (batch.isTraining()) {
      precision.audit(this, batch, inputs);
    }
    if (!isNarrow()) {
      return inner.predict(batch, inputs);
    }
    if (batch.hasLoss()) {
      try (var _ = precision.again(batch)) {
        return predict(batch, inputs, batch.manager());
      }
    }
    precision.autocast(batch);
    return predict(batch, inputs, batch.manager());
  }

  /// As [#predict(Batch, NDList)], in the narrow type.
  ///
  /// @param owner who owns what is made here
  NDList predict(Batch batch, NDList inputs, NDManager owner) {
    try {
      return widened(inner.predict(batch, inputs), owner);
    } catch (RuntimeException e) {
      throw Refusal.ofModel(e, batch.fit().model(), precision.type());
    }
  }

  /// Whatever is run gives float32 to the step, which may be one for a model of its own.
  @Override
  public NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
    if (!isNarrow() || inputs.isEmpty()) {
      return inner.forward(batch, block, inputs, training);
    }
    NDManager owner = inputs.head().getManager();
    try {
      NDList arranged = channelsLast ? ChannelsLast.arranged(inputs, owner) : inputs;
      return widened(inner.forward(batch, block, arranged, training), owner);
    } catch (RuntimeException e) {
      throw Refusal.ofModel(e, block, precision.type());
    }
  }

  private boolean isNarrow() {
    return precision.type() != DataType.FLOAT32;
  }

  @Override
  public NDArray loss(Batch batch, NDList predictions, NDList targets) {
    if (!isNarrow()) {
      return inner.loss(batch, predictions, targets);
    }
    if (batch.hasLoss()) {
      try (var _ = precision.again(batch)) {
        return loss(batch, predictions, targets, batch.manager());
      }
    }
    return loss(batch, predictions, targets, batch.manager());
  }

  /// As [#loss(Batch, NDList, NDList)], in the narrow type.
  ///
  /// @param owner who owns what is made here
  NDArray loss(Batch batch, NDList predictions, NDList targets, NDManager owner) {
    try {
      return widened(inner.loss(batch, predictions, targets), owner);
    } catch (RuntimeException e) {
      throw Refusal.ofLoss(e, batch.fit().lossFunction(), precision.type());
    }
  }

  static NDList widened(NDList arrays, NDManager owner) {
    var wide = new NDList(arrays.size());
    for (NDArray array : arrays) {
      wide.add(widened(array, owner));
    }
    return wide;
  }

  private static NDArray widened(NDArray array, NDManager owner) {
    DataType given = Cast.typeOf(array);
    if (given != DataType.BFLOAT16 && given != DataType.FLOAT16) {
      return array;
    }
    NDArray wide = Cast.to(array, DataType.FLOAT32, owner);
    wide.setName(array.getName());
    return wide;
  }

  @Override
  public void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
    double factor = scale.prepare(batch);
    inner.differentiate(batch, factor == 1 ? objective : objective.mul(factor), keepGraph);
  }

  @Override
  public StepResult step(Batch batch) {
    scale.unscale(batch); // done in BEFORE_STEP, unless the callback was removed
    boolean overflowed = scale.overflowed();
    scale.endStep();
    if (overflowed) {
      return scale.backOff();
    }
    StepResult result = inner.step(batch);
    if (result instanceof StepResult.Applied) {
      scale.good();
    }
    return result;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the very step that is known to leave zeros
  public void zeroGrad(Batch batch) {
    inner.zeroGrad(batch);
    if (inner == TrainingStep.STANDARD) {
      scale.gradientsAreZero(batch);
    }
  }
}
