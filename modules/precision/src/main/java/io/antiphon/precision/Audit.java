package io.antiphon.precision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.antiphon.core.Batch;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Recurrent;
import io.antiphon.core.TrainingStep;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Cast;
import io.antiphon.torch.Copies;
import io.antiphon.torch.Gradients;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Whether a model's loss and gradients are, in a narrow type, those of float32 but for rounding.
///
/// One batch is computed three times with the same random numbers: in float32, in the narrow type,
/// and in float32 with weights rounded to the narrow type. The third tells how much this model
/// makes of rounding, which depends on its depth, its norms and its maxima: what is wrong differs
/// by more than [#ROUNDINGS] times as much. Gradients are compared layer by layer, because a bias
/// before a norm has a gradient of nothing but rounding. A layer whose gradient is a negligible
/// part of the whole decides nothing.
///
/// Afterwards the model's arrays, the gradients and the random numbers are as they were.
final class Audit {
  private static final Logger LOGGER = System.getLogger(Audit.class.getName());

  /// How many times the effect of rounded weights may be that of rounding everything.
  private static final double ROUNDINGS = 8;

  /// The relative differences that are never too much: of the loss, of a layer's gradient.
  private static final double LOSS = 0.1;

  private static final double GRADIENT = 0.25;

  /// The part of the norm of all gradients under which a layer's difference decides nothing.
  private static final double NEGLIGIBLE = 0.01;

  /// What a scaled float16 loss is divided by, again and again, until its gradients are finite.
  private static final double BACKOFF = 1 / 32.0;

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def write(to: List[Tensor], arrays: List[Tensor]) -> List[Tensor]:
            data = annotate(List[Tensor], [])
            for x in to:
              data.append(ops.prim.data(x))
            torch._foreach_copy_(data, arrays)
            return data
          def rounded(arrays: List[Tensor], dtype: int) -> List[Tensor]:
            results = annotate(List[Tensor], [])
            for x in arrays:
              if torch.is_floating_point(x):
                y = torch.to(torch.to(x, dtype), ops.prim.dtype(x))
              else:
                y = x
              results.append(y)
            return results
          def norms(arrays: List[Tensor]) -> Tensor:
            return torch.to(torch.stack(torch._foreach_norm(arrays, 2)), 6)
          def differences(a: List[Tensor], b: List[Tensor]) -> Tensor:
            return torch.to(torch.stack(torch._foreach_norm(torch._foreach_sub(a, b), 2)), 6)
          """);

  private final MixedStep step;
  private final Batch batch;
  private final NDList inputs;
  private final DataType type;
  private final double scale;
  private final NDManager scratch;
  private final NDList gradients;
  private final List<NDArray> model = new ArrayList<>();
  private final NDList kept;
  private final Runnable remembering;
  private final Runnable again = RandomStream.again();

  private Audit(
      MixedStep step, Batch batch, NDList inputs, DataType type, double scale, NDManager scratch) {
    this.step = step;
    this.batch = batch;
    this.inputs = inputs;
    this.type = type;
    this.scale = scale;
    this.scratch = scratch;
    gradients = batch.gradients().arrays(scratch);
    for (Parameter parameter : batch.fit().model().getParameters().values()) {
      if (parameter.isInitialized()) {
        model.add(parameter.getArray());
      }
    }
    kept = Copies.of(model, scratch);
    remembering = Recurrent.again(batch.fit().model(), scratch);
  }

  /// {@return what is wrong, a clause that names the layer; empty if nothing is, or if this
  /// training has no loss that could be compared}
  ///
  /// @param step the step that computes in the narrow type
  /// @param batch a batch of training whose inputs and targets are there
  /// @param inputs what the step gets
  /// @param type the narrow type
  /// @param scale the factor on a float16 loss
  /// @throws UnsupportedOperationException if the model or the loss does not work in the narrow
  ///   type
  static Optional<String> of(
      MixedStep step, Batch batch, NDList inputs, DataType type, double scale) {
    try (NDManager scratch = batch.manager().newSubManager()) {
      var audit = new Audit(step, batch, inputs, type, scale, scratch);
      NDList before = Copies.of(audit.gradients, scratch);
      try {
        return audit.verdict();
      } finally {
        audit.putBack();
        audit.remembering.run();
        Copies.write(before, audit.gradients);
        audit.again.run();
      }
    }
  }

  private Optional<String> verdict() {
    Outcome wide;
    try {
      wide = compute(Kind.WIDE);
    } catch (RuntimeException e) {
      LOGGER.log(
          Logger.Level.INFO,
          "mixed-precision: the first batch has no loss to compare, so there is no audit: "
              + e.getMessage());
      return Optional.empty();
    }
    if (!wide.isFinite()) {
      return Optional.empty(); // whatever is wrong is so in float32 too
    }
    Outcome narrow = compute(Kind.NARROW);
    Outcome rounded = compute(Kind.ROUNDED);
    Optional<Finding> found = loss(wide, narrow, rounded).or(() -> gradient(wide, narrow, rounded));
    return found.map(finding ->
        "%s computes wrongly in %s: %s"
            .formatted(culprit().orElse(finding.where()), type, finding.what()));
  }

  private enum Kind {
    /// in float32
    WIDE,
    /// in the narrow type
    NARROW,
    /// in float32, with weights rounded to the narrow type
    ROUNDED
  }

  /// @param gradients copies, in the order of the optimizer's parameters
  /// @param norms the norm of each
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Outcome(double loss, NDList gradients, float[] norms) {
    boolean isFinite() {
      return Double.isFinite(loss) && Float.isFinite(sum(norms));
    }
  }

  /// @param where the place that shows it
  private record Finding(String where, String what) {}

  private Outcome compute(Kind kind) {
    try (NDManager pass = scratch.newSubManager();
        var _ = Autograd.on()) { // also where the first pass is one without
      again.run();
      remembering.run();
      if (kind == Kind.ROUNDED) {
        write(SCRIPT.call(pass, "rounded", kept, Cast.dtype(type)));
      }
      // what is computed from these belongs to this pass and is freed with it
      NDList given = Copies.of(inputs, pass);
      NDList targets = Copies.of(targets(), pass);
      NDArray loss;
      if (kind == Kind.NARROW) {
        try (var _ = Autocast.on(batch.fit().learner().device(), type)) {
          loss = step.loss(batch, step.predict(batch, given, pass), targets, pass);
        }
      } else {
        try (var _ = Autocast.off()) {
          TrainingStep inner = step.inner();
          loss = inner.loss(batch, inner.predict(batch, given), targets);
        }
      }
      return differentiated(loss, kind == Kind.NARROW && type == DataType.FLOAT16 ? scale : 1);
    } finally {
      putBack();
    }
  }

  // Where a batch comes in pieces, this is of the first one.
  private NDList targets() {
    long rows = inputs.isEmpty() ? 0 : inputs.head().getShape().get(0);
    var targets = new NDList();
    for (NDArray each : batch.targets()) {
      boolean isLonger = each.getShape().dimension() > 0 && each.getShape().get(0) > rows;
      targets.add(isLonger && rows > 0 ? each.get(new NDIndex("0:{}", rows)) : each);
    }
    return targets;
  }

  // A float16 loss is scaled as far down as its gradients need.
  private Outcome differentiated(NDArray loss, double factor) {
    double value = loss.toType(DataType.FLOAT64, true).toDoubleArray()[0];
    if (gradients.isEmpty()) {
      return new Outcome(value, gradients, new float[0]);
    }
    batch.gradients().zero();
    Autograd.backward(factor == 1 ? loss : loss.mul(factor), factor > 1);
    NDList copies = Copies.of(gradients, scratch);
    float[] norms = norms(copies);
    if (factor > 1 && !Float.isFinite(sum(norms))) {
      copies.close();
      return differentiated(loss, Math.max(1, factor * BACKOFF));
    }
    if (factor != 1) {
      copies.forEach(copy -> copy.muli(1 / factor));
      for (int i = 0; i < norms.length; i++) {
        norms[i] /= (float) factor;
      }
    }
    return new Outcome(value, copies, norms);
  }

  private static Optional<Finding> loss(Outcome wide, Outcome narrow, Outcome rounded) {
    double difference = Math.abs(narrow.loss - wide.loss);
    boolean isWrong =
        !Double.isFinite(narrow.loss)
            || (wide.loss != 0
                && difference > LOSS * Math.abs(wide.loss)
                && difference > ROUNDINGS * Math.abs(rounded.loss - wide.loss));
    return isWrong
        ? Optional.of(
            new Finding(
                "the model or its loss",
                "the loss is %.4g instead of %.4g".formatted(narrow.loss, wide.loss)))
        : Optional.empty();
  }

  private Optional<Finding> gradient(Outcome wide, Outcome narrow, Outcome rounded) {
    if (gradients.isEmpty()) {
      return Optional.empty();
    }
    float[] differences = differences(narrow.gradients, wide.gradients);
    float[] roundings = differences(rounded.gradients, wide.gradients);
    double whole = norm(wide.norms, List.of());
    Optional<Finding> worst = Optional.empty();
    double most = 0;
    for (Map.Entry<String, List<Integer>> layer : layers().entrySet()) {
      double norm = norm(wide.norms, layer.getValue());
      double difference = norm(differences, layer.getValue());
      double rounding = norm(roundings, layer.getValue());
      boolean isWrong =
          !Double.isFinite(difference)
              || (difference > GRADIENT * norm
                  && difference > ROUNDINGS * rounding
                  && difference > NEGLIGIBLE * whole);
      double much = Double.isFinite(difference) ? difference / norm : Double.POSITIVE_INFINITY;
      if (isWrong && much > most) {
        most = much;
        String what =
            Double.isFinite(much)
                ? "differs by %.2g times its norm, of which rounding makes %.2g"
                    .formatted(much, rounding / norm)
                : "is not finite";
        worst =
            Optional.of(
                new Finding(
                    "layer '" + layer.getKey() + "'",
                    "the gradient in layer '%s' %s".formatted(layer.getKey(), what)));
      }
    }
    return worst;
  }

  /// The places of each block's gradients, by the block's name in the model.
  private Map<String, List<Integer>> layers() {
    var layers = new LinkedHashMap<String, List<Integer>>();
    int place = 0;
    for (ParameterGroup group : batch.fit().optimizer().groups()) {
      for (var pair : group.parameters()) {
        if (pair.getValue().requiresGradient()) {
          int end = pair.getKey().lastIndexOf('_');
          String block = end < 0 ? pair.getKey() : pair.getKey().substring(0, end);
          layers.computeIfAbsent(block, _ -> new ArrayList<>()).add(place++);
        }
      }
    }
    return layers;
  }

  private static float[] norms(NDList arrays) {
    try (var _ = Autograd.off()) {
      return SCRIPT.call(arrays.getManager(), "norms", arrays).head().toFloatArray();
    }
  }

  private static float[] differences(NDList a, NDList b) {
    try (var _ = Autograd.off()) {
      return SCRIPT.call(a.getManager(), "differences", a, b).head().toFloatArray();
    }
  }

  private static float sum(float[] numbers) {
    float sum = 0;
    for (float each : numbers) {
      sum += each;
    }
    return sum;
  }

  /// {@return the norm of arrays as one, of those at some places or, if there are none, of all}
  private static double norm(float[] norms, List<Integer> places) {
    IntStream which =
        places.isEmpty()
            ? IntStream.range(0, norms.length)
            : places.stream().mapToInt(Integer::intValue);
    return Math.sqrt(which.mapToDouble(i -> (double) norms[i] * norms[i]).sum());
  }

  private void putBack() {
    write(kept);
  }

  // Past autograd's count of versions: a graph that somebody keeps finds the very values again.
  private void write(NDList values) {
    if (!model.isEmpty()) {
      try (var _ = Autograd.off()) {
        SCRIPT.run("write", model, values);
      }
    }
  }

  /// {@return the innermost block that, given what it is given in float32, computes something else
  /// in the narrow type}
  ///
  /// Blocks in a row can be asked one by one; others are asked as a whole.
  private Optional<String> culprit() {
    try (NDManager pass = scratch.newSubManager()) {
      return culprit(batch.fit().model(), "", inputs, new ParameterStore(pass, false), pass);
    } catch (RuntimeException e) {
      return Optional.empty(); // the model wants more than its blocks in a row
    } finally {
      putBack();
    }
  }

  private Optional<String> culprit(
      Block block, String path, NDList given, ParameterStore store, NDManager pass) {
    NDList next = given;
    if (block instanceof SequentialBlock) {
      for (Pair<String, Block> child : block.getChildren()) {
        Block each = child.getValue();
        Trial wide = trial(each, next, false, store, pass);
        Trial narrow = trial(each, next, true, store, pass);
        if (narrow.differsFrom(wide)) {
          String name = path.isEmpty() ? child.getKey() : path + "." + child.getKey();
          return culprit(each, name, next, store, pass)
              .or(() -> Optional.of("block '%s (%s)'".formatted(name, each.getClass().getName())));
        }
        next = wide.outputs;
      }
    }
    return Optional.empty();
  }

  /// What a block made of an input: outputs, and gradients of an arbitrary function of them.
  private record Trial(NDList outputs, NDList gradients) {
    boolean differsFrom(Trial wide) {
      return differ(outputs, wide.outputs) || differ(gradients, wide.gradients);
    }

    private static boolean differ(NDList a, NDList b) {
      var as = new NDList();
      var bs = new NDList();
      for (int i = 0; i < a.size(); i++) {
        if (a.get(i).getDataType().isFloating()) {
          as.add(a.get(i));
          bs.add(b.get(i));
        }
      }
      if (as.isEmpty()) {
        return false;
      }
      return !(norm(differences(as, bs), List.of()) <= GRADIENT * norm(norms(bs), List.of()));
    }
  }

  private static void backward(NDArray objective) {
    try {
      Autograd.backward(objective, false);
    } catch (IllegalStateException e) {
      // the block's outputs depend on nothing that has a gradient
    }
  }

  private Trial trial(
      Block block, NDList given, boolean isNarrow, ParameterStore store, NDManager pass) {
    again.run();
    var device = batch.fit().learner().device();
    NDList leaves = Copies.of(given, pass);
    var differentiated = new ArrayList<NDArray>();
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.requiresGradient() && parameter.isInitialized()) {
        differentiated.add(parameter.getArray());
      }
    }
    var taken = new NDList();
    for (NDArray leaf : leaves) {
      boolean isFloating = leaf.getDataType().isFloating();
      if (isFloating) {
        leaf.setRequiresGradient(true);
        differentiated.add(leaf);
      }
      taken.add(isFloating ? leaf.mul(1) : leaf); // which a block may change in place
    }
    NDList outputs;
    try (var _ = isNarrow ? Autocast.on(device, type) : Autocast.off()) {
      outputs = MixedStep.widened(block.forward(store, taken, true), pass);
    }
    try (var gradients = new Gradients(differentiated)) {
      gradients.zero();
      again.run();
      NDArray objective = pass.zeros(new Shape());
      for (NDArray output : outputs) {
        if (output.getDataType().isFloating()) {
          NDArray weights = RandomStream.draw(() -> pass.randomNormal(output.getShape()));
          objective = objective.add(output.mul(weights).sum());
        }
      }
      backward(objective);
      return new Trial(Copies.of(outputs, pass), Copies.of(gradients.arrays(pass), pass));
    } finally {
      putBack();
    }
  }
}
