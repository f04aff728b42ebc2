package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  private static LrCurve curve(int count, IntToDoubleFunction loss) {
    var lrs = new ArrayList<Double>();
    var losses = new ArrayList<Double>();
    for (int i = 0; i < count; i++) {
      lrs.add(1e-7 * Math.pow(1e8, i / 100.0));
      losses.add(loss.applyAsDouble(i));
    }
    return new LrCurve(lrs, losses, 100, count < 100);
  }

  private static double lr(int batch) {
    return 1e-7 * Math.pow(1e8, batch / 100.0);
  }

  /// Flat to 40, falling by 0.05 each to 70, rising by 0.2 after.
  private static double typical(int i) {
    if (i < 40) {
      return 2.3;
    }
    return i < 70 ? 2.3 - 0.05 * (i - 40) : 0.8 + 0.2 * (i - 70);
  }

  @Test
  void theValleyIsTheMiddleOfTheLongestFall() {
    // points 40 to 70 are the strictly falling subsequence: 31 of them (39 and 40 are equal), the
    // end at 70; among the points from 10 on these are places 60 - 31 + 10 + 5
    LrCurve curve = curve(95, SuggestionTest::typical);
    assertThat(curve.suggest(Suggestion.VALLEY).orElseThrow())
        .isCloseTo(lr(10 + 60 - 31 + 10 + 5), within(1e-15));
  }

  @Test
  void theMinimumIsATenthOfTheRateOfTheLeastLoss() {
    assertThat(curve(95, SuggestionTest::typical).suggest(Suggestion.MINIMUM).orElseThrow())
        .isCloseTo(lr(70) / 10, within(1e-15));
  }

  @Test
  void theSteepestIsWhereTheLossFallsMostOverTheLogarithm() {
    LrCurve curve = curve(95, i -> typical(i) - (i >= 55 && i < 70 ? 0.5 : 0));
    assertThat(curve.suggest(Suggestion.STEEP).orElseThrow()).isCloseTo(lr(54), within(1e-15));
  }

  @Test
  void theSlideEndsWhereTheSlopeIsAsSteadyAsFifteenPointsLater() {
    // from the right: slopes 0.2 and 0.2 differ from -0.05; at 70 the central slope is 0.075
    LrCurve curve = curve(95, SuggestionTest::typical);
    double[] g = new double[80];
    double[] y = new double[80];
    for (int i = 0; i < 80; i++) {
      y[i] = typical(i + 10);
    }
    for (int i = 1; i < 79; i++) {
      g[i] = (y[i + 1] - y[i - 1]) / 2;
    }
    g[0] = y[1] - y[0];
    g[79] = y[79] - y[78];
    int right = 79;
    int at = right - 15;
    int left = at;
    while (left >= 0 && Math.abs(g[right] - g[left]) > 0.005) {
      at = left;
      right--;
      left--;
    }
    assertThat(left).isPositive();
    assertThat(curve.suggest(Suggestion.SLIDE).orElseThrow()).isCloseTo(lr(at + 10), within(1e-15));
  }

  @Test
  void thereIsNoNumberWhereThereIsNothingToSee() {
    LrCurve rising = curve(95, i -> 1 + 0.01 * i * i);
    LrCurve flat = curve(100, i -> 2.3);
    LrCurve broken = curve(40, i -> i < 12 ? 2.3 : Double.NaN);
    LrCurve short1 = curve(12, SuggestionTest::typical);
    for (LrCurve curve : List.of(rising, flat, broken, short1)) {
      for (Suggestion rule : List.of(Suggestion.VALLEY, Suggestion.MINIMUM, Suggestion.STEEP)) {
        assertThat(curve.suggest(rule)).as("%s of %s", rule, curve).isEmpty();
      }
    }
    assertThat(rising.suggest(Suggestion.SLIDE)).isEqualTo(OptionalDouble.empty());
    assertThat(broken.suggest(Suggestion.SLIDE)).isEmpty();
    assertThat(rising.suggestions()).contains("valley   none: the curve shows no valley");
  }

  @Test
  void noiseIsNoValley() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    LrCurve noise = curve(100, i -> 2.3 + 0.002 * random.nextGaussian());
    assertThat(noise.suggest(Suggestion.VALLEY)).as("tests.seed %d", seed).isEmpty();
  }

  @Test
  void theCurveIsCutAtTheFirstLossThatIsNoNumber() {
    LrCurve cut = curve(95, i -> i == 69 ? Double.NaN : typical(i));
    assertThat(cut.suggest(Suggestion.MINIMUM).orElseThrow()).isCloseTo(lr(68) / 10, within(1e-15));
  }

  @Test
  void picturesShowTheCurveAndTheSuggestions() {
    LrCurve curve = curve(95, SuggestionTest::typical);
    String svg = curve.svg();
    String points = svg.replaceAll("(?s).*points='([^']*)'.*", "$1");
    assertThat(points.split(" ")).hasSize(95).allMatch(point -> point.matches("[0-9.]+,[0-9.]+"));
    assertThat(svg.lines().filter(line -> line.startsWith("<")))
        .allMatch(line ->
            line.endsWith("/>") || line.matches("<(svg.*|/svg|(text|title).*</(text|title))>"));
    assertThat(svg).contains(">valley ").contains(">1e-4<").contains("stroke-dasharray");
    assertThat(curve.chart().lines()).hasSize(20);
    assertThat(curve.chart().chars().filter(c -> c == '*').count()).isGreaterThan(50);
    assertThat(curve.table().lines()).hasSize(96);
    LrCurve nothing = new LrCurve(List.of(), List.of(), 100, false);
    assertThat(nothing.chart()).isEqualTo("no finite loss to draw\n");
    assertThat(nothing.svg()).contains("</svg>");
    assertThat(nothing.suggest(Suggestion.VALLEY)).isEmpty();
  }
}
