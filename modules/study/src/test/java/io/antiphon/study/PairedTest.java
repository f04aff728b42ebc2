package io.antiphon.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.apache.commons.math3.stat.inference.TTest;
import org.apache.commons.math3.stat.inference.WilcoxonSignedRankTest;
import org.junit.jupiter.api.Test;

class PairedTest {
  private static final double[] ZEROS = new double[5];

  @Test
  void theIntervalIsThatOfStudentsT() {
    // R: t.test(c(1, 2, 3, 4, 5)): 1.036757 to 4.963243, p = 0.01324
    Paired pairs = Paired.of(new double[] {1, 2, 3, 4, 5}, ZEROS);
    assertThat(pairs.mean()).isEqualTo(3);
    assertThat(pairs.low()).isCloseTo(1.036757, within(1e-6));
    assertThat(pairs.high()).isCloseTo(4.963243, within(1e-6));
    assertThat(pairs.t()).isCloseTo(0.01324, within(1e-5));
    assertThat(pairs.wilcoxon()).as("2 of 2^5 signs").isCloseTo(0.0625, within(1e-12));
    assertThat(pairs.spread()).isEqualTo(Paired.Spread.SPREAD);
  }

  @Test
  void bothTestsAgreeWithCommonsMathWhereThereAreNoTies() {
    long seed = Long.getLong("antiphon.seed", new Random().nextLong());
    System.out.println("-Dantiphon.seed=" + seed);
    var random = new Random(seed);
    for (int n = 2; n <= 12; n++) {
      double[] with = random.doubles(n).toArray();
      double[] without = random.doubles(n).map(each -> each + 0.3).toArray();
      Paired pairs = Paired.of(with, without);
      assertThat(pairs.t()).isCloseTo(new TTest().pairedTTest(with, without), within(1e-9));
      // twice the probability of one side: more than 1 in the very middle
      double both = new WilcoxonSignedRankTest().wilcoxonSignedRankTest(with, without, true);
      assertThat(pairs.wilcoxon()).isCloseTo(Math.min(1, both), within(1e-9));
    }
  }

  @Test
  void tiesHaveTheirMeanRankAndZerosAreLeftOut() {
    // ranks 1.5, 1.5, 3 of 1, -1, 2; the positive sum is 4.5, which 3 of 8 signs reach
    assertThat(Paired.wilcoxon(new double[] {1, -1, 0, 2})).isCloseTo(0.75, within(1e-12));
    assertThat(Paired.wilcoxon(new double[] {1, 1, 1, 1, 1})).isCloseTo(0.0625, within(1e-12));
    assertThat(Paired.wilcoxon(new double[] {0, 0, 0})).isNaN();
    assertThat(Paired.wilcoxon(new double[] {0, 0, 3})).isEqualTo(1);
  }

  @Test
  void differencesThatRoundingMakesAreTies() {
    // 0.3 - 0.2 and 0.8 - 0.7 differ in the last bits
    Paired pairs = Paired.of(new double[] {0.3, 0.8, 0.9}, new double[] {0.2, 0.7, 0.8});
    assertThat(pairs.spread()).isEqualTo(Paired.Spread.CONSTANT);
    assertThat(pairs.mean()).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void whatHasNoSpreadHasNoTest() {
    Paired same = Paired.of(new double[] {0.5, 0.6}, new double[] {0.5, 0.6});
    assertThat(same.spread()).isEqualTo(Paired.Spread.IDENTICAL);
    assertThat(same.mean()).isZero();
    assertThat(same.t()).isNaN();
    assertThat(same.wilcoxon()).isNaN();

    Paired constant = Paired.of(new double[] {2, 3, 4}, new double[] {1, 2, 3});
    assertThat(constant.spread()).isEqualTo(Paired.Spread.CONSTANT);
    assertThat(constant.t()).as("infinitely sure, if it were believed").isNaN();
    assertThat(constant.wilcoxon()).isCloseTo(0.25, within(1e-12));
  }

  @Test
  void onePairHasAMeanAndNothingElse() {
    Paired one = Paired.of(new double[] {0.9}, new double[] {0.8});
    assertThat(one.spread()).isEqualTo(Paired.Spread.TOO_FEW);
    assertThat(one.mean()).isCloseTo(0.1, within(1e-12));
    assertThat(List.of(one.low(), one.high(), one.t(), one.wilcoxon())).allMatch(p -> p.isNaN());
    assertThat(Paired.of(new double[0], new double[0]).mean()).isNaN();
  }

  @Test
  void holmCorrectsStepByStepAndLeavesOutWhatIsNoTest() {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assertThat(Paired.holm(List.of(0.01, 0.04, 0.03, 0.005)))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
        .containsExactly(0.03, 0.06, 0.06, 0.02);
    assertThat(Paired.holm(List.of(0.03, Double.NaN, 0.9))).containsExactly(0.06, Double.NaN, 0.9);
  }
}
