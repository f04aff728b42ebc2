package io.antiphon.optim;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
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
            Lion.of(0.02).betas(0.8, 0.95).weightDecay(0.3))
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
              case Lion lion -> new FusedLion(lion, groups); // has one way, whatever is fused
              default -> throw new IllegalArgumentException(options.toString());
            };
    try (var weights = new Weights(SEED, type, Map.of(Hyper.WEIGHT_DECAY, 0.02));
        Optimizer optimizer = create.apply(weights.groups)) {
      var reference = new ArrayList<Reference>();
      for (double[] values : weights.read()) {
        reference.add(new Reference(values.clone(), options, type));
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
          weights.groups.getFirst().set(Hyper.MOMENTUM, 0.5);
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
            .isLessThan(type == DataType.FLOAT64 ? 1e-13 : 1e-6);
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

  /// PyTorch's formulas, or a paper's, for one parameter, computed in double precision, their
  /// results kept in the parameter's type.
  private static final class Reference {
    private final double[] p;
    private final double[] m;
    private final double[] v;
    private final Optimizer.Factory options;
    private final DataType type;
    private int t;

    Reference(double[] p, Optimizer.Factory options, DataType type) {
      this.p = p;
      this.type = type;
      this.options = options;
      m = new double[p.length];
      v = new double[p.length];
    }

    void step(double[] gradient, ParameterGroup group) {
      t++;
      double lr = group.get(Hyper.LEARNING_RATE);
      double momentum = group.get(Hyper.MOMENTUM);
      double decay = group.get(Hyper.WEIGHT_DECAY);
      for (int i = 0; i < p.length; i++) {
        if (options instanceof Sgd sgd) {
          double g = gradient[i] + decay * p[i];
          if (momentum != 0) {
            m[i] = kept(t == 1 ? g : momentum * m[i] + (1 - group.get(Sgd.DAMPENING)) * g);
            g = sgd.nesterov() ? g + momentum * m[i] : m[i];
          }
          p[i] = kept(p[i] - lr * g);
        } else if (options instanceof Lion) {
          double beta2 = group.get(Lion.BETA2);
          double update = Math.signum(momentum * m[i] + (1 - momentum) * gradient[i]);
          p[i] = kept(kept(p[i] * kept(1 - lr * decay)) - lr * update);
          m[i] = kept(beta2 * m[i] + (1 - beta2) * gradient[i]);
        } else {
          double beta2 = group.get(Hyper.SQUARED_MOMENTUM);
          double g = gradient[i];
          if (options instanceof AdamW) {
            p[i] = kept(p[i] * kept(1 - lr * decay));
          } else {
            g += decay * p[i];
          }
          m[i] = kept(momentum * m[i] + (1 - momentum) * g);
          v[i] = kept(beta2 * v[i] + (1 - beta2) * g * g);
          double first = m[i] / (1 - Math.pow(momentum, t));
          double second = v[i] / (1 - Math.pow(beta2, t));
          p[i] = kept(p[i] - lr * first / (Math.sqrt(second) + group.get(Hyper.EPSILON)));
        }
      }
    }

    private double kept(double value) {
      return type == DataType.FLOAT32 ? (float) value : value;
    }
  }
}
