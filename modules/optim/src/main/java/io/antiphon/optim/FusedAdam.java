package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [Adam] and [AdamW].
final class FusedAdam extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads. And the
  // step counts come from the parameter: a plain torch.zeros would be one constant for all.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor, fused: bool) -> List[Tensor]:
            step = torch.new_zeros(p, annotate(List[int], []), dtype=6)
            if torch.__not__(fused):
              step = torch.cpu(step)
            return [torch.detach(torch.zeros_like(p)), torch.detach(torch.zeros_like(p)), step]
          def step(decoupled: bool, parameters: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], numbers: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch.add_(numbers[0], 1)
            if decoupled:
              torch._fused_adamw_(parameters, gradients, first, second, annotate(List[Tensor], []), steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
            else:
              torch._fused_adam_(parameters, gradients, first, second, annotate(List[Tensor], []), steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
            return parameters
          def step_plain(decoupled: bool, parameters: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], numbers: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
            for i in range(torch.len(parameters)):
              p = parameters[i]
              g = p.grad
              if decoupled:
                torch.mul_(p, torch.sub(1.0, torch.mul(lr, decay)))
              else:
                g = torch.add(g, p, alpha=decay)
              m = torch.lerp_(first[i], g, torch.sub(1.0, beta1))
              v = torch.addcmul_(torch.mul_(second[i], beta2), g, g, value=torch.sub(1.0, beta2))
              t = float(torch.add_(steps[i], 1))
              size = torch.div(lr, torch.sub(1.0, torch.pow(beta1, t)))
              root = torch.sqrt(torch.sub(1.0, torch.pow(beta2, t)))
              torch.addcdiv_(p, m, torch.add(torch.div(torch.sqrt(v), root), eps), value=torch.neg(size))
            return parameters
          """);

  private final boolean decoupled;

  FusedAdam(Adam options, boolean decoupled, List<ParameterGroup> groups, boolean fuses) {
    super("adam", groups, fuses);
    this.decoupled = decoupled;
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.MOMENTUM, options.beta1());
    define(Hyper.SQUARED_MOMENTUM, options.beta2());
    define(Hyper.EPSILON, options.eps());
    define(Hyper.WEIGHT_DECAY, options.weightDecay());
  }

  @Override
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return SCRIPT.call(owner, "fresh", parameter, fused);
  }

  @Override
  protected int numbers() {
    return 2;
  }

  @Override
  protected void step(ParameterGroup group, Portion portion) {
    SCRIPT.run(
        portion.isFused() ? "step" : "step_plain",
        decoupled,
        portion.parameters(),
        portion.remembered(0),
        portion.remembered(1),
        portion.remembered(2),
        portion.numbers(),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.MOMENTUM),
        group.get(Hyper.SQUARED_MOMENTUM),
        group.get(Hyper.EPSILON),
        group.get(Hyper.WEIGHT_DECAY));
  }
}
