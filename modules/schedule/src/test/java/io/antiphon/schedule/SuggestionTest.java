package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
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
    // straight at the end: the slopes 0.2 at 89, the last point, and at 74 are the same
    assertThat(curve(95, SuggestionTest::typical).suggest(Suggestion.SLIDE).orElseThrow())
        .isCloseTo(lr(74), within(1e-15));
    // steeper and steeper after 70: 15 points apart the slopes differ from the end down to 55 and
    // 70 (-0.05 and -0.015); at 54 and 69 both are -0.05
    LrCurve bent = curve(95, i -> i < 70 ? typical(i) : 0.8 + 0.02 * (i - 70) * (i - 70));
    assertThat(bent.suggest(Suggestion.SLIDE).orElseThrow()).isCloseTo(lr(55), within(1e-15));
  }

  @Test
  void thereIsNoNumberWhereNothingFalls() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    LrCurve rising = curve(95, i -> 1 + 0.01 * i * i);
    LrCurve flat = curve(100, i -> 2.3);
    LrCurve noise = curve(100, i -> 2.3 + 0.002 * random.nextGaussian());
    LrCurve hill = curve(100, i -> 2.3 + (i == 50 ? 0.5 : 0)); // falls, but in two points only
    LrCurve broken = curve(40, i -> i < 12 ? 2.3 : Double.NaN);
    LrCurve tooShort = curve(12, SuggestionTest::typical);
    var sixteen = new LrCurve(noise.lrs().subList(0, 16), noise.losses().subList(0, 16), 16, false);
    LrCurve nothing = new LrCurve(List.of(), List.of(), 100, false);
    for (LrCurve curve : List.of(rising, flat, noise, hill, broken, tooShort, sixteen, nothing)) {
      for (Suggestion rule : Suggestion.values()) {
        assertThat(curve.suggest(rule)).as("%s of %s, tests.seed %d", rule, curve, seed).isEmpty();
      }
    }
    assertThat(rising.suggestions()).contains("valley   none: the curve shows no valley");
  }

  @Test
  void theCurveIsCutAtTheFirstLossThatIsNoNumber() {
    LrCurve cut = curve(95, i -> i == 69 ? Double.NaN : typical(i));
    assertThat(cut.suggest(Suggestion.MINIMUM).orElseThrow()).isCloseTo(lr(68) / 10, within(1e-15));
  }

  @Test
  void aLossThatDivergesDoesNotPressTheCurveFlat() {
    LrCurve calm = curve(80, SuggestionTest::typical);
    for (double jump : new double[] {10, 1000, 1e30}) {
      LrCurve end = curve(95, i -> i < 80 ? typical(i) : jump * (i - 79));
      LrCurve middle = curve(95, i -> i == 50 ? jump : typical(i));
      for (LrCurve curve : List.of(end, middle)) {
        double[] range =
            curve.drawn().losses().stream().mapToDouble(Double::doubleValue).sorted().toArray();
        assertThat(range[0]).isEqualTo(0.8);
        assertThat(range[range.length - 1]).isCloseTo(0.8 + 1.5 * 1.5, within(1e-9));
        assertThat(curve.chart().lines().findFirst().orElseThrow()).contains("3.05 |");
        assertThat(curve.svg()).contains(">3.05<").doesNotContain("e+");
      }
      assertThat(end.drawn().lrs()).hasSize(81);
      assertThat(middle.drawn().lrs()).hasSize(83);
    }
    assertThat(calm.drawn()).isEqualTo(calm);
    LrCurve flat = curve(90, i -> i < 80 ? 2.3 : 2.3 * Math.pow(3, i - 79));
    assertThat(flat.drawn().losses()).hasSize(81).endsWith(2.3, 2.3 * 1.2);
  }

  @Test
  void picturesShowTheCurveAndTheSuggestions() {
    LrCurve curve = curve(95, SuggestionTest::typical);
    String svg = curve.svg();
    String points = svg.replaceAll("(?s).*points='([^']*)'.*", "$1");
    // falls from 2.3 to 0.8; the rise from 70 on is drawn to the first point above 0.8 + 1.5 * 1.5
    assertThat(points.split(" ")).hasSize(83).allMatch(point -> point.matches("[0-9.]+,[0-9.]+"));
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
