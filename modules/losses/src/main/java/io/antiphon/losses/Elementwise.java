package io.antiphon.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.antiphon.core.LossFunction;
import io.antiphon.torch.TorchScript;

/// A loss that compares each number with its target, and its mean.
abstract sealed class Elementwise implements LossFunction permits BinaryCrossEntropy, L1, Mse {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def bce(x: Tensor, y: Tensor, type: int, reduction: int) -> Tensor:
            logits = torch.to(x, type)
            return torch.binary_cross_entropy_with_logits(logits, torch.to(torch.reshape(y, torch.size(x)), type), None, None, reduction)
          def mse(x: Tensor, y: Tensor, type: int, reduction: int) -> Tensor:
            return torch.mse_loss(torch.to(x, type), torch.to(torch.reshape(y, torch.size(x)), type), reduction)
          def l1(x: Tensor, y: Tensor, type: int, reduction: int) -> Tensor:
            return torch.l1_loss(torch.to(x, type), torch.to(torch.reshape(y, torch.size(x)), type), reduction)
          """);

  private final String id;

  Elementwise(String id) {
    this.id = id;
  }

  @Override
  public final NDArray loss(NDList predictions, NDList targets) {
    return call(predictions.singletonOrThrow(), targets.singletonOrThrow(), 1);
  }

  @Override
  public final NDArray perSample(NDList predictions, NDList targets) {
    NDArray x = predictions.singletonOrThrow();
    return Shapes.perSample(call(x, targets.singletonOrThrow(), 0), x.getShape().get(0));
  }

  private NDArray call(NDArray x, NDArray y, int reduction) {
    Shapes.same(id, x, y);
    return SCRIPT.call(x.getManager(), id, x, y, Shapes.type(x), reduction).head();
  }

  @Override
  public final boolean hasPerSample() {
    return true;
  }

  @Override
  public final String toString() {
    return id;
  }
}
