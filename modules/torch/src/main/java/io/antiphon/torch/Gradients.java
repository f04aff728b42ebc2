package io.antiphon.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/// The gradients of some parameters, each operation one native call whatever their number.
///
/// DJL's `getGradient()` makes a new handle at every call; this keeps the parameters in libtorch's
/// own form and reads their `grad` there. A parameter that no backward pass has reached yet counts
/// as a gradient of zeros. Nothing here records a graph. Whoever makes an instance closes it.
public final class Gradients implements AutoCloseable {
  // Each function gives its list back: libtorch drops in-place work whose list nobody reads.
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def arrays(parameters: List[Tensor]) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            return gradients
          def flatten(parameters: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
            parts = annotate(List[Tensor], [])
            for p in parameters:
              parts.append(torch.reshape(p.grad, [-1]))
            flat = torch.cat(parts)
            gradients = annotate(List[Tensor], [])
            offset = 0
            for p in parameters:
              gradients.append(torch.set_(p.grad, flat, offset, torch.size(p)))
              offset = torch.add(offset, torch.numel(p))
            return (flat, gradients)
          def zero(parameters: List[Tensor]) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._foreach_zero_(gradients)
            return gradients
          def scale(parameters: List[Tensor], factor: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._foreach_mul_(gradients, factor)
            return gradients
          def norm(parameters: List[Tensor], order: float) -> Tensor:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients, order)), order)
          def clip_norm(parameters: List[Tensor], bound: float, order: float) -> Tuple[Tensor, List[Tensor]]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients, order)), order)
            torch._foreach_mul_(gradients, torch.clamp(torch.mul(torch.reciprocal(torch.add(norm, 1e-06)), bound), None, 1.0))
            return (norm, gradients)
          def unscale(parameters: List[Tensor], inverse: float) -> Tuple[Tensor, List[Tensor]]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            found = torch.zeros([1], dtype=6, device=ops.prim.device(gradients[0]))
            torch._amp_foreach_non_finite_check_and_unscale_(gradients, found, torch.full([1], inverse, dtype=6, device=ops.prim.device(found)))
            return (found, gradients)
          def clip_value(parameters: List[Tensor], bound: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              gradients.append(p.grad)
            torch._foreach_clamp_min_(gradients, torch.neg(bound))
            torch._foreach_clamp_max_(gradients, bound)
            return gradients
          def clip_adaptively(parameters: List[Tensor], bound: float, floor: float) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              g = p.grad
              axes = annotate(List[int], [])
              for i in range(torch.sub(torch.dim(g), 1)):
                axes.append(torch.add(i, 1))
              if torch.lt(torch.dim(g), 2):
                norm = torch.linalg_vector_norm(g, 2.)
                limit = torch.mul(torch.clamp(torch.linalg_vector_norm(p, 2.), floor), bound)
                gradients.append(torch.mul_(g, torch.clamp(torch.div(limit, torch.clamp(norm, 1e-06)), None, 1.)))
              else:
                norm = torch.linalg_vector_norm(g, 2., axes, True)
                limit = torch.mul(torch.clamp(torch.linalg_vector_norm(p, 2., axes, True), floor), bound)
                gradients.append(torch.mul_(g, torch.clamp(torch.div(limit, torch.clamp(norm, 1e-06)), None, 1.)))
            return gradients
          def centralize(parameters: List[Tensor]) -> List[Tensor]:
            gradients = annotate(List[Tensor], [])
            for p in parameters:
              g = p.grad
              if torch.gt(torch.dim(g), 1):
                axes = annotate(List[int], [])
                for i in range(torch.sub(torch.dim(g), 1)):
                  axes.append(torch.add(i, 1))
                gradients.append(torch.sub_(g, torch.mean(g, axes, True)))
            return gradients
          """);

  private final TorchScript.Value parameters;
  private final boolean none;

  /// Gradients of the given parameters, which must require a gradient. Creates a zero gradient
  /// where there is none yet.
  public Gradients(List<? extends NDArray> parameters) {
    for (NDArray parameter : parameters) {
      if (parameter.getDataType() == DataType.UNKNOWN) { // DJL would abort the JVM
        throw new IllegalArgumentException(
            "parameters are kept in float32, not in %s; mixed precision narrows what is computed"
                    .formatted(Cast.typeOf(parameter))
                + " from them");
      }
      defineGradient(parameter);
    }
    this.parameters = TorchScript.keep(parameters);
    this.none = parameters.isEmpty();
  }

  // libtorch creates `grad` in the first backward pass. One pass over p * 0 creates it here.
  private static void defineGradient(NDArray parameter) {
    try (NDManager scratch = parameter.getManager().newSubManager();
        var _ = Autograd.on()) {
      parameter.getGradient().attach(scratch);
      NDArray zeros = scratch.zeros(parameter.getShape(), parameter.getDataType());
      Autograd.backward(zeros.mul(parameter).sum(), false);
    }
  }

  /// {@return handles on the gradients, in the order of the parameters; writes through them count}
  ///
  /// @param manager who owns the handles
  public NDList arrays(NDManager manager) {
    return none ? new NDList() : SCRIPT.call(manager, "arrays", parameters);
  }

  /// Lays all gradients side by side in one array, as they are, and makes them views of it: what is
  /// written there counts from now on, and what a backward pass adds is seen there.
  ///
  /// @param manager who owns the handle on the array; the gradients keep its memory
  /// @return `[N]`, in the order of the parameters; `[0]` if there are none
  public NDArray flatten(NDManager manager) {
    if (none) {
      return manager.zeros(new Shape(0));
    }
    try (var _ = Autograd.off()) {
      return SCRIPT.call(manager, "flatten", parameters).head();
    }
  }

  /// Sets every gradient to zero.
  public void zero() {
    run("zero");
  }

  /// Multiplies every gradient by `factor`.
  public void scale(double factor) {
    run("scale", factor);
  }

  /// {@return the norm of all gradients as one vector, float32 `[]`, on their device}
  ///
  /// @param manager who owns the result
  /// @param order the norm's order: 2 for the Euclidean norm, infinity for the greatest magnitude
  public NDArray norm(NDManager manager, double order) {
    return none ? manager.create(0f) : SCRIPT.call(manager, "norm", parameters, order).head();
  }

  /// Scales all gradients so that their norm is at most `bound`, by the rule of PyTorch's
  /// `clip_grad_norm_`: every gradient times min(1, bound / (norm + 1e-6)).
  ///
  /// @return the norm before, float32 `[]`, on their device, owned by `manager`
  public NDArray clipNorm(NDManager manager, double bound, double order) {
    if (none) {
      return manager.create(0f);
    }
    try (var _ = Autograd.off()) {
      return SCRIPT.call(manager, "clip_norm", parameters, bound, order).head();
    }
  }

  /// Multiplies every gradient by `factor`, and looks for infinities and NaN in the same pass.
  ///
  /// @param manager who owns the result
  /// @param factor what scaled gradients are multiplied by, the inverse of their scale
  /// @return 1 if there was a value that is not finite before, else 0; float32 `[1]`, on their
  ///   device
  public NDArray unscale(NDManager manager, double factor) {
    if (none) {
      return manager.zeros(new Shape(1));
    }
    try (var _ = Autograd.off()) {
      return SCRIPT.call(manager, "unscale", parameters, factor).head();
    }
  }

  /// Limits every element of every gradient to `[-bound, bound]`.
  public void clipValue(double bound) {
    run("clip_value", bound);
  }

  /// Limits, for each unit, the ratio of its gradient's norm to its weights' (Brock et al., 2021,
  /// section 4). A unit is a row of an array of two axes or more, an array of one axis whole.
  ///
  /// @param bound the greatest ratio
  /// @param floor what the norm of a unit's weights counts at least
  public void clipAdaptively(double bound, double floor) {
    run("clip_adaptively", bound, floor);
  }

  /// Takes the mean off each row of every gradient of two axes or more (Yong et al., 2020).
  public void centralize() {
    run("centralize");
  }

  private void run(String function, Object... more) {
    if (none) {
      return;
    }
    try (var _ = Autograd.off()) {
      var arguments = new Object[more.length + 1];
      arguments[0] = parameters;
      System.arraycopy(more, 0, arguments, 1, more.length);
      SCRIPT.run(function, arguments);
    }
  }

  @Override
  public void close() {
    parameters.close();
  }
}
