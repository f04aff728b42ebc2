package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.TorchScript;

/// The arithmetic, one native call each. Nothing writes into what it is given, since a batch may be
/// a view of the loader's data; results belong to the given manager. `pairs` is the array of
/// [Pairs].
final class Scripts {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def shares(pairs: Tensor, x: Tensor) -> Tensor:
            return torch.type_as(torch.select(pairs, 0, 1), x)
          def partner(x: Tensor, pairs: Tensor) -> Tensor:
            return torch.index_select(x, 0, torch.to(torch.select(pairs, 0, 0), 3))
          def partners(arrays: List[Tensor], pairs: Tensor) -> List[Tensor]:
            others = annotate(List[Tensor], [])
            for a in arrays:
              others.append(self.partner(a, pairs))
            return others
          def mixed(x: Tensor, pairs: Tensor) -> Tensor:
            shape = [-1]
            for i in range(torch.sub(torch.dim(x), 1)):
              shape.append(1)
            return torch.lerp_(self.partner(x, pairs), x, torch.reshape(self.shares(pairs, x), shape))
          def mixed_as(y: Tensor, x: Tensor, pairs: Tensor) -> Tensor:
            return self.mixed(torch.type_as(y, x), pairs)
          def lerp(own: Tensor, other: Tensor, pairs: Tensor) -> Tensor:
            return torch.lerp(other, own, self.shares(pairs, own))
          def lerp_mean(own: Tensor, other: Tensor, pairs: Tensor) -> Tensor:
            weights = torch.type_as(torch.narrow(pairs, 0, 2, 2), own)
            mean = torch.dot(own, torch.select(weights, 0, 0))
            return torch.add(mean, torch.dot(other, torch.select(weights, 0, 1)))
          def lerp_number(own: Tensor, other: Tensor, share: float) -> Tensor:
            return torch.lerp(other, own, share)
          def distribution(y: Tensor, x: Tensor, smoothing: float) -> Tensor:
            c = torch.size(x, -1)
            floor = torch.div(smoothing, c)
            shape = torch.size(x)
            shape[-1] = 1
            index = torch.reshape(torch.to(y, 4), shape)
            peak = torch.add(torch.sub(1., smoothing), floor)
            hot = torch.scatter(torch.full_like(x, floor), -1, torch.clamp_min(index, 0), peak)
            return torch.mul(hot, torch.type_as(torch.ge(index, 0), x))
          def smoothed(y: Tensor, x: Tensor, smoothing: float) -> Tensor:
            floor = torch.div(smoothing, torch.size(x, -1))
            return torch.add(torch.mul(torch.type_as(y, x), torch.sub(1., smoothing)), floor)
          def cut_in(x: Tensor, pairs: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            inside = torch.narrow(torch.narrow(x, -2, top, height), -1, left, width)
            copy = torch.clone(x)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, self.partner(inside, pairs))
            return copy
          def cut_out(x: Tensor, pairs: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            copy = self.partner(x, pairs)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, torch.narrow(torch.narrow(x, -2, top, height), -1, left, width))
            return copy
          def fitting(mask: Tensor, x: Tensor) -> Tensor:
            while torch.lt(torch.dim(mask), torch.dim(x)):
              mask = torch.unsqueeze(mask, 1)
            return mask
          def where(x: Tensor, pairs: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), self.partner(x, pairs), x)
          def erase(x: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), 0., x)
          def erase_noise(x: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), torch.randn_like(x), x)
          """);

  private Scripts() {}

  static NDArray call(NDManager manager, String function, Object... arguments) {
    return SCRIPT.call(manager, function, arguments).head();
  }

  /// {@return the arrays of the samples' partners, `[B, …]` each}
  static NDList partners(NDManager manager, NDList arrays, Pairs pairs) {
    return arrays.size() == 1
        ? SCRIPT.call(manager, "partner", arrays.head(), pairs.array())
        : SCRIPT.call(manager, "partners", arrays, pairs.array());
  }
}
