package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.TorchScript;

/// The arithmetic, one native call each. Nothing writes into what it is given, since a batch may be
/// a view of the loader's data; results belong to the given manager.
///
/// `partner`, int32 `[B]`, names for each sample the one that it is mixed with; `share`, float32
/// `[B]` or `[1]`, is the sample's own part.
final class Scripts {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def along(share: Tensor, x: Tensor) -> Tensor:
            shape = [-1]
            for i in range(torch.sub(torch.dim(x), 1)):
              shape.append(1)
            return torch.reshape(torch.type_as(share, x), shape)
          def lerp(own: Tensor, other: Tensor, share: Tensor) -> Tensor:
            return torch.lerp(other, own, self.along(share, own))
          def lerp_mean(own: Tensor, other: Tensor, share: Tensor) -> Tensor:
            return torch.mean(self.lerp(own, other, share))
          def mixed(x: Tensor, partner: Tensor, share: Tensor) -> Tensor:
            return self.lerp(x, torch.index_select(x, 0, partner), share)
          def mixed_as(y: Tensor, x: Tensor, partner: Tensor, share: Tensor) -> Tensor:
            return self.mixed(torch.type_as(y, x), partner, share)
          def partners(arrays: List[Tensor], partner: Tensor) -> List[Tensor]:
            others = annotate(List[Tensor], [])
            for a in arrays:
              others.append(torch.index_select(a, 0, partner))
            return others
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
          def cut_in(x: Tensor, partner: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            inside = torch.narrow(torch.narrow(x, -2, top, height), -1, left, width)
            copy = torch.clone(x)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, torch.index_select(inside, 0, partner))
            return copy
          def cut_out(x: Tensor, partner: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
            copy = torch.index_select(x, 0, partner)
            box = torch.narrow(torch.narrow(copy, -2, top, height), -1, left, width)
            torch.copy_(box, torch.narrow(torch.narrow(x, -2, top, height), -1, left, width))
            return copy
          def fitting(mask: Tensor, x: Tensor) -> Tensor:
            while torch.lt(torch.dim(mask), torch.dim(x)):
              mask = torch.unsqueeze(mask, 1)
            return mask
          def where(x: Tensor, partner: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), torch.index_select(x, 0, partner), x)
          def erase(x: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), 0., x)
          def erase_noise(x: Tensor, mask: Tensor) -> Tensor:
            return torch.where(self.fitting(mask, x), torch.randn_like(x), x)
          """);

  private Scripts() {}

  static NDArray call(NDManager manager, String function, Object... arguments) {
    return SCRIPT.call(manager, function, arguments).head();
  }

  static NDList list(NDManager manager, String function, Object... arguments) {
    return SCRIPT.call(manager, function, arguments);
  }
}
