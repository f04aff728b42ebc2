package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [Sgd].
final class FusedSgd extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor) -> List[Tensor]:
            return [torch.detach(torch.zeros_like(p))]
          def step(first: bool, nesterov: bool, parameters: List[Tensor], buffers: List[Tensor], lr: float, momentum: float, dampening: float, decay: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._fused_sgd_(parameters, gradients, buffers, weight_decay=decay, momentum=momentum, lr=lr, dampening=dampening, nesterov=nesterov, maximize=False, is_first_step=first)
            return parameters
          def step_plain(first: bool, nesterov: bool, parameters: List[Tensor], buffers: List[Tensor], lr: float, momentum: float, dampening: float, decay: float) -> List[Tensor]:
            for i in range(torch.len(parameters)):
              p = parameters[i]
              g = torch.add(p.grad, p, alpha=decay)
              if torch.ne(momentum, 0.0):
                if first:
                  b = torch.copy_(buffers[i], g)
                else:
                  b = torch.add_(torch.mul_(buffers[i], momentum), g, alpha=torch.sub(1.0, dampening))
                if nesterov:
                  g = torch.add(g, b, alpha=momentum)
                else:
                  g = b
              torch.add_(p, g, alpha=torch.neg(lr))
            return parameters
          """);

  private final boolean nesterov;

  FusedSgd(Sgd options, List<ParameterGroup> groups, boolean fuses) {
    super("sgd", groups, fuses);
    nesterov = options.nesterov();
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.MOMENTUM, options.momentum());
    define(Sgd.DAMPENING, options.dampening());
    define(Hyper.WEIGHT_DECAY, options.weightDecay());
  }

  @Override
  protected boolean remembers(ParameterGroup group) {
    return group.get(Hyper.MOMENTUM) != 0;
  }

  @Override
  protected NDList fresh(NDManager owner, NDArray parameter, boolean fused) {
    return SCRIPT.call(owner, "fresh", parameter);
  }

  @Override
  protected void step(ParameterGroup group, Portion portion) {
    SCRIPT.run(
        portion.isFused() ? "step" : "step_plain",
        portion.isFirst(),
        nesterov,
        portion.parameters(),
        portion.remembered(0),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.MOMENTUM),
        group.get(Sgd.DAMPENING),
        group.get(Hyper.WEIGHT_DECAY));
  }
}
