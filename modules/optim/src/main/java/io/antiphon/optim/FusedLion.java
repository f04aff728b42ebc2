package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [Lion].
final class FusedLion extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor) -> List[Tensor]:
            return [torch.detach(torch.zeros_like(p))]
          def step(parameters: List[Tensor], momenta: List[Tensor], lr: float, beta1: float, beta2: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            updates = torch._foreach_lerp(momenta, gradients, torch.sub(1.0, beta1))
            torch._foreach_sign_(updates)
            torch._foreach_mul_(parameters, torch.sub(1.0, torch.mul(lr, decay)))
            torch._foreach_add_(parameters, updates, alpha=torch.neg(lr))
            torch._foreach_lerp_(momenta, gradients, torch.sub(1.0, beta2))
            return torch.add(parameters, momenta)
          """);

  FusedLion(Lion options, List<ParameterGroup> groups) {
    super("lion", groups);
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.MOMENTUM, options.beta1());
    define(Lion.BETA2, options.beta2());
    define(Hyper.WEIGHT_DECAY, options.weightDecay());
  }

  @Override
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return SCRIPT.call(owner, "fresh", parameter);
  }

  @Override
  protected void step(ParameterGroup group, Portion portion) {
    SCRIPT.run(
        "step",
        portion.parameters(),
        portion.remembered(0),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.MOMENTUM),
        group.get(Lion.BETA2),
        group.get(Hyper.WEIGHT_DECAY));
  }
}
