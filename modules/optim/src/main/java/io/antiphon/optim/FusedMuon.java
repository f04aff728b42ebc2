package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Hyper;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.TorchScript;
import java.util.List;

/// [Muon].
final class FusedMuon extends FusedOptimizer {
  // Each function gives a list back: libtorch drops in-place work whose list nobody reads. A matrix
  // has no second moment, only an empty array in its place.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fresh(p: Tensor) -> List[Tensor]:
            step = torch.cpu(torch.new_zeros(p, annotate(List[int], []), dtype=6))
            second = torch.new_zeros(p, [0])
            if torch.lt(torch.dim(p), 2):
              second = torch.zeros_like(p)
            return [torch.detach(torch.zeros_like(p)), torch.detach(second), step]
          def orthogonal(update: Tensor) -> Tensor:
            x = torch.reshape(update, [torch.size(update, 0), -1])
            tall = torch.gt(torch.size(x, 0), torch.size(x, 1))
            if tall:
              x = torch.t(x)
            x = torch.div(x, torch.clamp(torch.linalg_vector_norm(x, 2.), 1e-07))
            for i in range(5):
              square = torch.mm(x, torch.t(x))
              polynomial = torch.addmm(square, square, square, beta=-4.775, alpha=2.0315)
              x = torch.addmm(x, polynomial, x, beta=3.4445, alpha=1.)
            if tall:
              x = torch.t(x)
            return torch.reshape(x, torch.size(update))
          def step(parameters: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], lr: float, momentum: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
            torch._foreach_add_(steps, 1)
            torch._foreach_mul_(parameters, torch.sub(1.0, torch.mul(lr, decay)))
            for i in range(torch.len(parameters)):
              p = parameters[i]
              g = p.grad
              if torch.gt(torch.dim(p), 1):
                b = torch.lerp_(first[i], g, torch.sub(1.0, momentum))
                rows = torch.size(p, 0)
                columns = torch.floordiv(torch.numel(p), rows)
                longer = rows
                if torch.gt(columns, rows):
                  longer = columns
                size = torch.mul(torch.mul(lr, 0.2), torch.sqrt(float(longer)))
                torch.add_(p, self.orthogonal(torch.lerp(g, b, momentum)), alpha=torch.neg(size))
              else:
                m = torch.lerp_(first[i], g, torch.sub(1.0, beta1))
                v = torch.addcmul_(torch.mul_(second[i], beta2), g, g, value=torch.sub(1.0, beta2))
                t = float(steps[i])
                size = torch.div(lr, torch.sub(1.0, torch.pow(beta1, t)))
                root = torch.sqrt(torch.sub(1.0, torch.pow(beta2, t)))
                torch.addcdiv_(p, m, torch.add(torch.div(torch.sqrt(v), root), eps), value=torch.neg(size))
            return torch.add(torch.add(parameters, first), torch.add(second, steps))
          """);

  FusedMuon(Muon options, List<ParameterGroup> groups) {
    super("muon", groups);
    define(Hyper.LEARNING_RATE, options.lr());
    define(Hyper.MOMENTUM, options.momentum());
    define(Muon.BETA1, options.beta1());
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
        "step",
        portion.parameters(),
        portion.remembered(0),
        portion.remembered(1),
        portion.remembered(2),
        group.get(Hyper.LEARNING_RATE),
        group.get(Hyper.MOMENTUM),
        group.get(Muon.BETA1),
        group.get(Hyper.SQUARED_MOMENTUM),
        group.get(Hyper.EPSILON),
        group.get(Hyper.WEIGHT_DECAY));
  }
}
