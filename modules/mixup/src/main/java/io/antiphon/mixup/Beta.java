package io.antiphon.mixup;

import java.util.random.RandomGenerator;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.random.AbstractRandomGenerator;

/// Draws from the symmetric beta distribution, by Commons Math.
final class Beta {
  /// The greatest alpha: shares are then one half, within two hundredths.
  static final double MOST = 1000;

  private Beta() {}

  /// {@return draws that lie at 1/2 or above: the greater of x and 1 − x for x from Beta(alpha,
  /// alpha)}
  ///
  /// @param count how many
  static double[] folded(double alpha, int count, RandomGenerator random) {
    double[] draws = draw(alpha, count, random);
    for (int i = 0; i < count; i++) {
      draws[i] = Math.max(draws[i], 1 - draws[i]);
    }
    return draws;
  }

  /// {@return draws from Beta(alpha, alpha), in [0, 1]}
  ///
  /// @param alpha positive
  static double[] draw(double alpha, int count, RandomGenerator random) {
    var distribution = new BetaDistribution(new Uniform(random), alpha, alpha);
    double[] draws = new double[count];
    for (int i = 0; i < count; i++) {
      draws[i] = distribution.sample();
    }
    return draws;
  }

  /// {@return 0 to `count` − 1 in an order of which all are equally likely (Fisher and Yates)}
  static int[] permutation(int count, RandomGenerator random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /// Java's random numbers for Commons Math.
  private static final class Uniform extends AbstractRandomGenerator {
    private final RandomGenerator source;

    Uniform(RandomGenerator source) {
      this.source = source;
    }

    @Override
    public double nextDouble() {
      return source.nextDouble();
    }

    @Override
    public void setSeed(long seed) {
      throw new UnsupportedOperationException("the source has its seed");
    }
  }
}
