package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [RmsProp].
final class FusedRmsProp extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor, momentum: bool, centered: bool) -> List[Tensor]:
            arrays = [torch.detach(torch.zeros_like(p))]
            if momentum:
              arrays.append(torch.detach(torch.zeros_like(p)))
            if centered:
              arrays.append(torch.detach(torch.zeros_like(p)))
            return arrays
          def step(parameters: List[Tensor], squares: List[Tensor], buffers: List[Tensor], means: List[Tensor], lr: float, alpha: float, eps: float, momentum: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            if torch.ne(decay, 0.0):
              gradients = torch._foreach_add(gradients, parameters, alpha=decay)
            torch._foreach_mul_(squares, alpha)
            torch._foreach_addcmul_(squares, gradients, gradients, torch.sub(1.0, alpha))
            if torch.gt(torch.len(means), 0):
              torch._foreach_lerp_(means, gradients, torch.sub(1.0, alpha))
              roots = torch._foreach_sqrt(torch._foreach_addcmul(squares, means, means, -1.0))
            else:
              roots = torch._foreach_sqrt(squares)
            roots = torch._foreach_add(roots, eps)
            if torch.gt(torch.len(buffers), 0):
              torch._foreach_mul_(buffers, momentum)
              torch._foreach_addcdiv_(buffers, gradients, roots, 1.0)
              torch._foreach_add_(parameters, buffers, alpha=torch.neg(lr))
            else:
              torch._foreach_addcdiv_(parameters, gradients, roots, torch.neg(lr))
            return torch.add(torch.add(parameters, squares), torch.add(buffers, means))
          """);

  private final boolean momentum;
  private final boolean centered;

  FusedRmsProp(RmsProp options, List<ParameterGroup> groups) {
    super("rmsprop", groups);
    momentum = options.momentum() > 0;
    centered = options.centered();
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.SQUARED_MOMENTUM, options.alpha());
    define(Hyper.EPSILON, options.eps());
    define(Hyper.WEIGHT_DECAY, options.weightDecay());
    if (momentum) {
      define(Hyper.MOMENTUM, options.momentum());
    }
  }

  @Override
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return SCRIPT.call(owner, "fresh", parameter, momentum, centered);
  }

  @Override
  protected void step(ParameterGroup group, Portion portion) {
    SCRIPT.run(
        "step",
        portion.parameters(),
        portion.remembered(0),
        momentum ? portion.remembered(1) : List.of(),
        centered ? portion.remembered(momentum ? 2 : 1) : List.of(),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.SQUARED_MOMENTUM),
        group.get(Hyper.EPSILON),
        momentum ? group.get(Hyper.MOMENTUM) : 0.0,
        group.get(Hyper.WEIGHT_DECAY));
  }
}
