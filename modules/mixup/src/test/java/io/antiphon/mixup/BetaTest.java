package io.antiphon.mixup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.core.Learner;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BetaTest {
  private static final int DRAWS = 20_000;

  // far below 0.2, too many draws are the double 1 itself for a test of a continuous distribution
  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.4, 1, 3})
  void drawsHaveTheMomentsAndTheDistributionOfBeta(double alpha) {
    double[] draws = Beta.draw(alpha, DRAWS, new SplittableRandom(11));
    double variance = 1 / (4 * (2 * alpha + 1));
    assertThat(StatUtils.mean(draws)).isCloseTo(0.5, within(4 * Math.sqrt(variance / DRAWS)));
    assertThat(StatUtils.variance(draws)).isCloseTo(variance, within(0.03 * variance));
    double p =
        new KolmogorovSmirnovTest()
            .kolmogorovSmirnovTest(new BetaDistribution(null, alpha, alpha), draws);
    assertThat(p).as("p of the test by Kolmogorov and Smirnov, seed 11").isGreaterThan(0.01);
  }

  @Test
  void theSharesOfAFitAreFoldedDrawsOfBeta() {
    var probe = new Probe();
    try (Learner learner =
        Drawn.linear().callbacks(probe.before, new Mixup(), probe).seed(5).build()) {
      learner.fit(100);
    }
    double[] shares = probe.shares().stream().mapToDouble(Double::doubleValue).toArray();
    assertThat(shares).hasSize(100 * 3 * 8);
    var beta = new BetaDistribution(null, 0.4, 0.4);
    // the greater of x and 1 − x is below s with probability 2 F(s) − 1
    double[] uniform =
        Arrays.stream(shares).map(share -> 2 * beta.cumulativeProbability(share) - 1).toArray();
    double p =
        new KolmogorovSmirnovTest()
            .kolmogorovSmirnovTest(new UniformRealDistribution(null, 0, 1), uniform);
    assertThat(p).as("p of the test by Kolmogorov and Smirnov, seed 5").isGreaterThan(0.01);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-9, 1e-3, 0.999999, 1.000001, 50, 1000})
  void drawsAreFractionsForEveryAlpha(double alpha) {
    for (double draw : Beta.draw(alpha, 2000, new SplittableRandom(1))) {
      assertThat(draw).isBetween(0.0, 1.0);
    }
  }

  @Test
  void everyPermutationIsEquallyLikely() {
    var random = new SplittableRandom(3);
    long[] counts = new long[27];
    for (int i = 0; i < 12_000; i++) {
      int[] order = Beta.permutation(3, random);
      counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    long[] seen = Arrays.stream(counts).filter(count -> count > 0).toArray();
    double[] even = new double[6];
    Arrays.fill(even, 2000);
    assertThat(seen).hasSize(6);
    assertThat(new ChiSquareTest().chiSquareTest(even, seen)).as("seed 3").isGreaterThan(0.01);
  }
}
