package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [RAdam] and [Lamb]: Adam's moments, and another step with them.
final class AdamKin extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads. And the
  // step counts come from the parameter: a plain torch.zeros would be one constant for all. They
  // lie on the CPU, where they are read.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor) -> List[Tensor]:
            step = torch.cpu(torch.new_zeros(p, annotate(List[int], []), dtype=6))
            return [torch.detach(torch.zeros_like(p)), torch.detach(torch.zeros_like(p)), step]
          def radam_step(parameters: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._foreach_add_(steps, 1)
            torch._foreach_mul_(parameters, torch.sub(1.0, torch.mul(lr, decay)))
            torch._foreach_lerp_(first, gradients, torch.sub(1.0, beta1))
            torch._foreach_mul_(second, beta2)
            torch._foreach_addcmul_(second, gradients, gradients, torch.sub(1.0, beta2))
            roots = torch._foreach_add(torch._foreach_sqrt(second), eps)
            longest = torch.sub(torch.div(2.0, torch.sub(1.0, beta2)), 1.0)
            for i in range(torch.len(parameters)):
              t = float(steps[i])
              size = torch.div(lr, torch.sub(1.0, torch.pow(beta1, t)))
              gone = torch.pow(beta2, t)
              left = torch.sub(1.0, gone)
              length = torch.sub(longest, torch.div(torch.mul(torch.mul(2.0, t), gone), left))
              if torch.gt(length, 5.0):
                above = torch.mul(torch.mul(torch.sub(length, 4.0), torch.sub(length, 2.0)), longest)
                below = torch.mul(torch.mul(torch.sub(longest, 4.0), torch.sub(longest, 2.0)), length)
                rectified = torch.mul(size, torch.sqrt(torch.mul(torch.div(above, below), left)))
                torch.addcdiv_(parameters[i], first[i], roots[i], value=torch.neg(rectified))
              else:
                torch.add_(parameters[i], first[i], alpha=torch.neg(size))
            return torch.add(torch.add(parameters, first), torch.add(second, steps))
          def lamb_step(parameters: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._foreach_add_(steps, 1)
            torch._foreach_lerp_(first, gradients, torch.sub(1.0, beta1))
            torch._foreach_mul_(second, beta2)
            torch._foreach_addcmul_(second, gradients, gradients, torch.sub(1.0, beta2))
            updates = annotate(List[Tensor], [])
            for i in range(torch.len(parameters)):
              t = float(steps[i])
              root = torch.sqrt(torch.div(second[i], torch.sub(1.0, torch.pow(beta2, t))))
              update = torch.div(torch.div(first[i], torch.sub(1.0, torch.pow(beta1, t))), torch.add(root, eps))
              updates.append(torch.add(update, parameters[i], alpha=decay))
            weights = torch._foreach_norm(parameters, 2.0)
            norms = torch._foreach_norm(updates, 2.0)
            for i in range(torch.len(parameters)):
              ratio = torch.div(weights[i], norms[i])
              usable = torch.logical_and(torch.gt(weights[i], 0.0), torch.gt(norms[i], 0.0))
              ratio = torch.where(usable, ratio, torch.ones_like(ratio))
              torch.addcmul_(parameters[i], updates[i], ratio, value=torch.neg(lr))
            return torch.add(torch.add(parameters, first), torch.add(second, steps))
          """);

  private final String step;

  /// The hyper-parameters to begin with.
  record Options(double lr, double beta1, double beta2, double eps, double weightDecay) {}

  AdamKin(String kind, String step, Options options, List<ParameterGroup> groups) {
    super(kind, groups);
    this.step = step;
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.MOMENTUM, options.beta1());
    define(Hyper.SQUARED_MOMENTUM, options.beta2());
    define(Hyper.EPSILON, options.eps());
    define(Hyper.WEIGHT_DECAY, options.weightDecay());
  }

  @Override
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return SCRIPT.call(owner, "fresh", parameter);
  }

  @Override
  protected void step(ParameterGroup group, Portion portion) {
    SCRIPT.run(
        step,
        portion.parameters(),
        portion.remembered(0),
        portion.remembered(1),
        portion.remembered(2),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.MOMENTUM),
        group.get(Hyper.SQUARED_MOMENTUM),
        group.get(Hyper.EPSILON),
        group.get(Hyper.WEIGHT_DECAY));
  }
}
