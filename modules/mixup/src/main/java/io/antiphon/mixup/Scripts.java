package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.TorchScript;

/// The arithmetic, one native call each. Nothing writes into what it is given, since a batch may be
/// a view of the loader's data; results belong to the given manager. `partners` and `weights` are
/// those of [Pairs].
final class Scripts {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def partners(arrays: List[Tensor], partners: Tensor) -> List[Tensor]:
            others = annotate(List[Tensor], [])
            for a in arrays:
              others.append(torch.index_select(a, 0, partners))
            return others
          def mixed(x: Tensor, partners: Tensor, weights: Tensor) -> Tensor:
            own = torch.select(weights, 1, 0)
            if torch.ne(ops.prim.dtype(own), ops.prim.dtype(x)):
              own = torch.type_as(own, x)
            own = torch.view(own, torch.add([-1], torch.mul([1], torch.sub(torch.dim(x), 1))))
            return torch.lerp_(torch.index_select(x, 0, partners), x, own)
          def real(y: Tensor, x: Tensor) -> Tensor:
            type = 6
            if torch.eq(ops.prim.dtype(x), 7):
              type = 7
            return torch.to(y, type)
          def mixed_as(y: Tensor, x: Tensor, partners: Tensor, weights: Tensor) -> Tensor:
            return self.mixed(self.real(y, x), partners, weights)
          def lerp(own: Tensor, other: Tensor, weights: Tensor) -> Tensor:
            return torch.lerp(other, own, torch.type_as(torch.select(weights, 1, 0), own))
          def lerp_number(own: Tensor, other: Tensor, share: float) -> Tensor:
            return torch.lerp(other, own, share)
          def distribution(y: Tensor, x: Tensor, smoothing: float, whole: bool) -> Tensor:
            floor = torch.div(smoothing, torch.size(x, -1))
            peak = torch.add(torch.sub(1., smoothing), floor)
            shape = torch.size(x)
            shape[-1] = 1
            index = torch.reshape(torch.to(y, 4), shape)
            left = torch.eq(index, -100)
            p = torch.full_like(self.real(x, x), floor)
            p = torch.scatter(p, -1, torch.masked_fill(index, left, 0), peak)
            p = torch.masked_fill(p, left, 0)
            if whole:
              p = self.normalized(p)
            return p
          def normalized(p: Tensor) -> Tensor:
            return torch.div(p, torch.mean(torch.sum(p, [-1])))
          def normalizer(p: Tensor, partners: Tensor, weights: Tensor) -> Tensor:
            mass = torch.sum(torch.flatten(p, 1), [1])
            both = torch.stack([mass, torch.index_select(mass, 0, partners)], 1)
            total = torch.sum(torch.mul(both, torch.type_as(weights, both)))
            return torch.mul(torch.reciprocal(total), torch.floordiv(torch.numel(p), torch.size(p, -1)))
          def smoothed(y: Tensor, x: Tensor, smoothing: float) -> Tensor:
            p = self.real(y, x)
            return torch.lerp(p, torch.mean(p, [-1], True), smoothing)
          def cut_in(x: Tensor, partners: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            inside = torch.narrow(torch.narrow(x, -2, top, height), -1, left, width)
            copy = torch.clone(x)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, torch.index_select(inside, 0, partners))
            return copy
          def cut_out(x: Tensor, partners: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            copy = torch.index_select(x, 0, partners)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, torch.narrow(torch.narrow(x, -2, top, height), -1, left, width))
            return copy
          def fitting(mask: Tensor, x: Tensor) -> Tensor:
            while torch.lt(torch.dim(mask), torch.dim(x)):
              mask = torch.unsqueeze(mask, 1)
            return mask
          def where(x: Tensor, partners: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), torch.index_select(x, 0, partners), x)
          def erase(x: Tensor, mask: Tensor) -> Tensor:
            return torch.masked_fill(x, self.fitting(mask, x), 0)
          def erase_noise(x: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), torch.randn_like(x), x)
          """);

  private Scripts() {}

  static NDArray call(NDManager manager, String function, Object... arguments) {
    return SCRIPT.call(manager, function, arguments).head();
  }

  /// {@return the arrays of the samples' partners, `[B, …]` each}
  static NDList partners(NDManager manager, NDList arrays, Pairs pairs) {
    return SCRIPT.call(manager, "partners", arrays, pairs.partners());
  }
}
