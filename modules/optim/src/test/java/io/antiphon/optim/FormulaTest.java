package io.antiphon.optim;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// 200 steps (130 without fused kernels) against the closed formulas, computed here in double
/// precision: two groups, one of which fixes its weight decay, a learning rate and a momentum that
/// change on the way, a parameter that is frozen for a while and one that is unfrozen late.
class FormulaTest {
  private static final long SEED = 11;

  static Stream<Arguments> variants() {
    return Stream.of(
            Sgd.of(0.01),
            Sgd.of(0.01).weightDecay(0.1),
            Sgd.of(0.01).momentum(0.9),
            Sgd.of(0.01).momentum(0.9).dampening(0.3).weightDecay(0.05),
            Sgd.of(0.01).momentum(0.8).nesterov(true).weightDecay(0.05),
            Adam.of(0.01),
            Adam.of(0.01).betas(0.8, 0.95).eps(1e-3).weightDecay(0.1),
            AdamW.of(0.01),
            AdamW.of(0.02).betas(0.7, 0.99).weightDecay(0.3),
            Lion.of(0.01),
            Lion.of(0.02).betas(0.8, 0.95).weightDecay(0.3),
            RmsProp.of(0.01),
            RmsProp.of(0.01).alpha(0.9).eps(1e-3).momentum(0.8).weightDecay(0.1),
            RmsProp.of(0.01).momentum(0.9).centered(true),
            RAdam.of(0.01),
            RAdam.of(0.02).betas(0.8, 0.95).eps(1e-3).weightDecay(0.3),
            Lamb.of(0.01),
            Lamb.of(0.02).betas(0.8, 0.95).eps(1e-3).weightDecay(0.3),
            Muon.of(0.01),
            Muon.of(0.02).momentum(0.9).betas(0.8, 0.99).weightDecay(0.3))
        .flatMap(options ->
            Stream.of(DataType.FLOAT32, DataType.FLOAT64)
                .flatMap(type ->
                    Stream.of(true, false).map(fuses -> Arguments.of(options, type, fuses))));
  }

  @ParameterizedTest(name = "{0} {1} fused {2}")
  @MethodSource("variants")
  void everyStepFollowsTheFormula(Optimizer.Factory options, DataType type, boolean fuses) {
    Function<List<ParameterGroup>, Optimizer> create =
        groups ->
            switch (options) {
              case Sgd sgd -> new FusedSgd(sgd, groups, fuses);
              case Adam adam -> new FusedAdam(adam, false, groups, fuses);
              case AdamW w ->
                  new FusedAdam(
                      new Adam(w.lr(), w.beta1(), w.beta2(), w.eps(), w.weightDecay(), true),
                      true,
                      groups,
                      fuses);
              default -> options.create(groups); // has one way, whatever is fused
            };
    try (var weights = new Weights(SEED, type, Map.of(Hyper.WEIGHT_DECAY, 0.02));
        Optimizer optimizer = create.apply(weights.groups)) {
      var reference = new ArrayList<Reference>();
      for (double[] values : weights.read()) {
        Shape shape = Weights.SHAPES.get(reference.size());
        reference.add(new Reference(values.clone(), shape, options, type));
      }
      weights.parameters.get(3).freeze(true);
      for (int step = 0; step < (fuses ? 200 : 130); step++) {
        if (step == 40) {
          optimizer.set(Hyper.LEARNING_RATE, 0.02);
        }
        if (step == 60) {
          weights.parameters.get(3).freeze(false);
        }
        if (step == 80) {
          if (weights.groups.getFirst().hypers().contains(Hyper.MOMENTUM)) {
            weights.groups.getFirst().set(Hyper.MOMENTUM, 0.5);
          }
          weights.parameters.get(0).freeze(true);
        }
        if (step == 120) {
          weights.parameters.get(0).freeze(false);
        }
        List<double[]> gradients = weights.backward();
        optimizer.step();
        for (int i = 0; i < reference.size(); i++) {
          if (weights.parameters.get(i).requiresGradient()) {
            reference.get(i).step(gradients.get(i), weights.groups.get(i < 2 ? 0 : 1));
          }
        }
      }
      List<double[]> read = weights.read();
      for (int i = 0; i < reference.size(); i++) {
        double error = error(read.get(i), reference.get(i).p);
        assertThat(error)
            .as("relative error of parameter %s, seed %s", i, SEED)
            .isLessThan(type == DataType.FLOAT64 ? 1e-12 : tolerance(options));
      }
    }
  }

  /// {@return the greatest error, relative to the greatest magnitude}
  private static double error(double[] read, double[] expected) {
    double error = 0;
    double scale = 0;
    for (int i = 0; i < read.length; i++) {
      error = Math.max(error, Math.abs(read[i] - expected[i]));
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    return error / scale;
  }

  // Five steps of Newton and Schulz double an error each, in float32 too.
  private static double tolerance(Optimizer.Factory options) {
    return options instanceof Muon ? 1e-5 : 1e-6;
  }

  /// PyTorch's formulas, or a paper's, for one parameter, computed in double precision, their
  /// results kept in the parameter's type.
  private static final class Reference {
    private final double[] p;
    private final double[] m;
    private final double[] v;
    private final double[] a;
    private final Shape shape;
    private final Optimizer.Factory options;
    private final DataType type;
    private int t;

    Reference(double[] p, Shape shape, Optimizer.Factory options, DataType type) {
      this.p = p;
      this.shape = shape;
      this.type = type;
      this.options = options;
      m = new double[p.length];
      v = new double[p.length];
      a = new double[p.length];
    }

    void step(double[] gradient, ParameterGroup group) {
      t++;
      double lr = group.get(Hyper.LEARNING_RATE);
      double decay = group.get(Hyper.WEIGHT_DECAY);
      switch (options) {
        case Sgd sgd -> sgd(gradient, group, sgd.nesterov());
        case Lion _ -> lion(gradient, group);
        case RmsProp rmsProp -> rmsProp(gradient, group, rmsProp);
        case Lamb _ -> lamb(gradient, group);
        case RAdam _ -> {
          decay(lr * decay);
          rAdam(gradient, group);
        }
        case Muon _ when shape.dimension() > 1 -> {
          decay(lr * decay);
          muon(gradient, group);
        }
        case Muon _ -> {
          decay(lr * decay);
          adam(gradient, group, group.get(Muon.BETA1));
        }
        case AdamW _ -> {
          decay(lr * decay);
          adam(gradient, group, group.get(Hyper.MOMENTUM));
        }
        default -> {
          for (int i = 0; i < p.length; i++) {
            gradient[i] += decay * p[i];
          }
          adam(gradient, group, group.get(Hyper.MOMENTUM));
        }
      }
    }

    private void decay(double part) {
      for (int i = 0; i < p.length; i++) {
        p[i] = kept(p[i] * kept(1 - part));
      }
    }

    private void sgd(double[] gradient, ParameterGroup group, boolean nesterov) {
      double momentum = group.get(Hyper.MOMENTUM);
      for (int i = 0; i < p.length; i++) {
        double g = gradient[i] + group.get(Hyper.WEIGHT_DECAY) * p[i];
        if (momentum != 0) {
          m[i] = kept(t == 1 ? g : momentum * m[i] + (1 - group.get(Sgd.DAMPENING)) * g);
          g = nesterov ? g + momentum * m[i] : m[i];
        }
        p[i] = kept(p[i] - group.get(Hyper.LEARNING_RATE) * g);
      }
    }

    private void lion(double[] gradient, ParameterGroup group) {
      double lr = group.get(Hyper.LEARNING_RATE);
      double beta1 = group.get(Hyper.MOMENTUM);
      double beta2 = group.get(Lion.BETA2);
      double left = kept(1 - lr * group.get(Hyper.WEIGHT_DECAY));
      for (int i = 0; i < p.length; i++) {
        double update = Math.signum(beta1 * m[i] + (1 - beta1) * gradient[i]);
        p[i] = kept(kept(p[i] * left) - lr * update);
        m[i] = kept(beta2 * m[i] + (1 - beta2) * gradient[i]);
      }
    }

    private void rmsProp(double[] gradient, ParameterGroup group, RmsProp rmsProp) {
      double lr = group.get(Hyper.LEARNING_RATE);
      double alpha = group.get(Hyper.SQUARED_MOMENTUM);
      for (int i = 0; i < p.length; i++) {
        double g = gradient[i] + group.get(Hyper.WEIGHT_DECAY) * p[i];
        v[i] = kept(alpha * v[i] + (1 - alpha) * g * g);
        a[i] = kept(alpha * a[i] + (1 - alpha) * g);
        double variance = v[i] - (rmsProp.centered() ? a[i] * a[i] : 0);
        double scaled = g / (Math.sqrt(variance) + group.get(Hyper.EPSILON));
        if (rmsProp.momentum() > 0) {
          m[i] = kept(group.get(Hyper.MOMENTUM) * m[i] + scaled);
          scaled = m[i];
        }
        p[i] = kept(p[i] - lr * scaled);
      }
    }

    private void moments(double[] gradient, double beta1, double beta2) {
      for (int i = 0; i < p.length; i++) {
        m[i] = kept(beta1 * m[i] + (1 - beta1) * gradient[i]);
        v[i] = kept(beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i]);
      }
    }

    private void adam(double[] gradient, ParameterGroup group, double beta1) {
      double beta2 = group.get(Hyper.SQUARED_MOMENTUM);
      moments(gradient, beta1, beta2);
      for (int i = 0; i < p.length; i++) {
        double first = m[i] / (1 - Math.pow(beta1, t));
        double second = v[i] / (1 - Math.pow(beta2, t));
        double update = first / (Math.sqrt(second) + group.get(Hyper.EPSILON));
        p[i] = kept(p[i] - group.get(Hyper.LEARNING_RATE) * update);
      }
    }

    private void rAdam(double[] gradient, ParameterGroup group) {
      double lr = group.get(Hyper.LEARNING_RATE);
      double beta1 = group.get(Hyper.MOMENTUM);
      double beta2 = group.get(Hyper.SQUARED_MOMENTUM);
      moments(gradient, beta1, beta2);
      double most = 2 / (1 - beta2) - 1;
      double rho = most - 2 * t * Math.pow(beta2, t) / (1 - Math.pow(beta2, t));
      double k = Math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
      for (int i = 0; i < p.length; i++) {
        double first = m[i] / (1 - Math.pow(beta1, t));
        double root = Math.sqrt(1 - Math.pow(beta2, t));
        double factor = rho > 5 ? k * root / (Math.sqrt(v[i]) + group.get(Hyper.EPSILON)) : 1;
        p[i] = kept(p[i] - lr * first * factor);
      }
    }

    private void lamb(double[] gradient, ParameterGroup group) {
      double beta1 = group.get(Hyper.MOMENTUM);
      double beta2 = group.get(Hyper.SQUARED_MOMENTUM);
      moments(gradient, beta1, beta2);
      var update = new double[p.length];
      for (int i = 0; i < p.length; i++) {
        double first = m[i] / (1 - Math.pow(beta1, t));
        double root = Math.sqrt(v[i] / (1 - Math.pow(beta2, t)));
        update[i] =
            first / (root + group.get(Hyper.EPSILON)) + group.get(Hyper.WEIGHT_DECAY) * p[i];
      }
      double ratio = norm(p) / norm(update);
      for (int i = 0; i < p.length; i++) {
        p[i] = kept(p[i] - group.get(Hyper.LEARNING_RATE) * ratio * update[i]);
      }
    }

    private void muon(double[] gradient, ParameterGroup group) {
      double momentum = group.get(Hyper.MOMENTUM);
      int rows = (int) shape.get(0);
      int columns = p.length / rows;
      var x = new double[p.length];
      for (int i = 0; i < p.length; i++) {
        m[i] = kept(momentum * m[i] + (1 - momentum) * gradient[i]);
        x[i] = (1 - momentum) * gradient[i] + momentum * m[i];
      }
      double norm = norm(x);
      for (int i = 0; i < p.length; i++) {
        x[i] /= norm;
      }
      for (int step = 0; step < 5; step++) {
        double[] square = product(x, transposed(x, rows, columns), rows, columns, rows);
        double[] fourth = product(square, square, rows, rows, rows);
        for (int i = 0; i < square.length; i++) {
          square[i] = -4.775 * square[i] + 2.0315 * fourth[i];
        }
        double[] more = product(square, x, rows, rows, columns);
        for (int i = 0; i < x.length; i++) {
          x[i] = 3.4445 * x[i] + more[i];
        }
      }
      double size = group.get(Hyper.LEARNING_RATE) * 0.2 * Math.sqrt(Math.max(rows, columns));
      for (int i = 0; i < p.length; i++) {
        p[i] = kept(p[i] - size * x[i]);
      }
    }

    private static double norm(double[] values) {
      double sum = 0;
      for (double value : values) {
        sum += value * value;
      }
      return Math.sqrt(sum);
    }

    private static double[] transposed(double[] x, int rows, int columns) {
      var t = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        t[i % columns * rows + i / columns] = x[i];
      }
      return t;
    }

    private static double[] product(double[] a, double[] b, int rows, int inner, int columns) {
      var product = new double[rows * columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          for (int k = 0; k < inner; k++) {
            product[i * columns + j] += a[i * inner + k] * b[k * columns + j];
          }
        }
      }
      return product;
    }

    private double kept(double value) {
      return type == DataType.FLOAT32 ? (float) value : value;
    }
  }
}
