package io.antiphon.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.util.PairList;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Gradients;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Two groups of parameters whose gradients are given: those of the linear loss sum(p · c).
final class Weights implements AutoCloseable {
  static final List<Shape> SHAPES =
      List.of(new Shape(3, 4), new Shape(5), new Shape(2, 3, 2, 2), new Shape());

  final NDManager manager = NDManager.newBaseManager();
  final List<Parameter> parameters = new ArrayList<>();
  final List<ParameterGroup> groups;
  private final Random random;
  private final Gradients all;

  /// @param body hyper-parameters that the first group fixes
  Weights(long seed, DataType type, Map<Hyper, Double> body) {
    random = new Random(seed);
    var first = new PairList<String, Parameter>();
    var second = new PairList<String, Parameter>();
    for (int i = 0; i < SHAPES.size(); i++) {
      NDArray array = array(values(i), i, type);
      array.setRequiresGradient(true);
      var kind = i % 2 == 0 ? Parameter.Type.WEIGHT : Parameter.Type.BIAS;
      Parameter parameter =
          Parameter.builder().setName("p" + i).setType(kind).optArray(array).build();
      parameters.add(parameter);
      (i < 2 ? first : second).add("p" + i, parameter);
    }
    groups =
        List.of(
            new ParameterGroup("body", first, body), new ParameterGroup("head", second, Map.of()));
    all = new Gradients(parameters.stream().map(Parameter::getArray).toList());
  }

  /// {@return random values for a parameter, away from zero}
  double[] values(int parameter) {
    var values = new double[(int) SHAPES.get(parameter).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((random.nextBoolean() ? 1 : -1) * (0.5 + random.nextDouble()));
    }
    return values;
  }

  /// Draws gradients and lets a backward pass set them.
  List<double[]> backward() {
    var drawn = new ArrayList<double[]>();
    var gradients = new ArrayList<double[]>();
    for (int i = 0; i < parameters.size(); i++) {
      drawn.add(values(i));
      gradients.add(drawn.get(i));
    }
    try (NDManager scratch = manager.newSubManager();
        var _ = Autograd.on()) {
      all.zero();
      NDArray loss = scratch.zeros(new Shape(), parameters.getFirst().getArray().getDataType());
      for (int i = 0; i < parameters.size(); i++) {
        if (parameters.get(i).requiresGradient()) {
          NDArray p = parameters.get(i).getArray();
          NDArray c = array(drawn.get(i), i, p.getDataType());
          c.attach(scratch);
          loss = loss.add(c.mul(p).sum());
        }
      }
      Autograd.backward(loss, false);
    }
    return gradients;
  }

  List<double[]> read() {
    return parameters.stream().map(p -> read(p.getArray())).toList();
  }

  static double[] read(NDArray array) {
    if (array.getDataType() == DataType.FLOAT64) {
      return array.toDoubleArray();
    }
    float[] values = array.toFloatArray();
    var read = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      read[i] = values[i];
    }
    return read;
  }

  private NDArray array(double[] values, int parameter, DataType type) {
    if (type == DataType.FLOAT64) {
      return manager.create(values, SHAPES.get(parameter));
    }
    var floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return manager.create(floats, SHAPES.get(parameter));
  }

  void steps(Optimizer optimizer, int count) {
    for (int i = 0; i < count; i++) {
      backward();
      optimizer.step();
    }
  }

  @Override
  public void close() {
    all.close();
    manager.close();
  }
}
