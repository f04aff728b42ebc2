package io.antiphon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.schedule.Schedule.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final Offset<Double> EXACT = within(1e-12);

  private static void assertSame(Schedule schedule, DoubleUnaryOperator formula) {
    for (int i = 0; i <= 1000; i++) {
      double p = i / 1000.0;
      assertThat(schedule.at(p))
          .as("%s at %s", schedule, p)
          .isCloseTo(formula.applyAsDouble(p), EXACT);
    }
  }

  @Test
  void theShapesAreTheirFormulas() {
    assertSame(Schedule.constant(0.3), p -> 0.3);
    assertSame(Schedule.linear(2, -1), p -> 2 - 3 * p);
    assertSame(Schedule.cosine(0.1, 0.9), p -> 0.1 + (1 + Math.cos(Math.PI * (1 - p))) * 0.8 / 2);
    assertSame(Schedule.exponential(1e-3, 1), p -> 1e-3 * Math.pow(1e3, p));
    assertSame(Schedule.polynomial(1, 0, 2), p -> 1 - p * p);
    assertSame(
        Schedule.step(1, 0.1, 0.25),
        p -> p < 0.25 ? 1 : p < 0.5 ? 0.1 : p < 0.75 ? 0.01 : p < 1 ? 0.001 : 1e-4);
    assertSame(Schedule.multiStep(2, 0.5, 0.3, 0.8), p -> p < 0.3 ? 2 : p < 0.8 ? 1 : 0.5);
    assertSame(Schedule.linear(1, 2).times(3), p -> 3 + 3 * p);
  }

  /// Composer's formulas, which give a factor of the first value.
  @Test
  void composersMultipliersAreAmongThem() {
    double alpha = 0.1;
    assertSame(
        Schedule.cosine(1, alpha), t -> alpha + (1 - alpha) * (1 + Math.cos(Math.PI * t)) / 2);
    assertSame(Schedule.linear(1, 0), t -> 1 - t);
    // its polynomial falls fast first: the reverse of (1, alpha, power)
    assertThat(Schedule.polynomial(alpha, 1, 3).at(0.25))
        .isCloseTo(alpha + (1 - alpha) * Math.pow(0.25, 3), EXACT);
    assertSame(
        Schedule.warmUp(0.2, 0, Schedule.cosine(1, 0)),
        t -> t < 0.2 ? t / 0.2 : (1 + Math.cos(Math.PI * (t - 0.2) / 0.8)) / 2);
  }

  @Test
  void aStepFallsOnItsMilestoneDespiteRounding() {
    Schedule tenths = Schedule.step(1, 0.5, 0.1);
    Schedule milestones = Schedule.multiStep(1, 0.5, 0.1 + 0.2);
    assertThat(tenths.at(0.3)).isEqualTo(0.125);
    assertThat(tenths.at(3 / 10.0)).isEqualTo(0.125);
    assertThat(milestones.at(0.3)).isEqualTo(0.5);
    assertThat(milestones.at(0.2999)).isEqualTo(1);
  }

  @Test
  void oneCycleIsFastaisCombinedCos() {
    double peak = 0.25;
    assertSame(
        Schedule.oneCycle(0.0004, 0.01, 1e-7, peak),
        p -> {
          double start = p < peak ? 0.0004 : 0.01;
          double end = p < peak ? 0.01 : 1e-7;
          double local = p < peak ? p / peak : (p - peak) / (1 - peak);
          return start + (1 + Math.cos(Math.PI * (1 - local))) * (end - start) / 2;
        });
  }

  @Test
  void warmupStableDecayWarmsUpStaysAndDecays() {
    assertSame(
        Schedule.warmupStableDecay(0, 1, 0.1, 0.1, 0.2),
        p -> {
          if (p < 0.1) {
            return p / 0.1;
          }
          return p < 0.8 ? 1 : 1 + (1 + Math.cos(Math.PI * (1 - (p - 0.8) / 0.2))) * -0.9 / 2;
        });
    assertThat(Schedule.warmupStableDecay(0, 1, 0, 0.5, 0.5).at(0.5)).isCloseTo(1, EXACT);
  }

  @Test
  void cyclesAreTrianglesThatDecay() {
    Schedule triangles = Schedule.cyclical(1, 3, 4, 1);
    Schedule halves = Schedule.cyclical(1, 3, 4, 0.5);
    for (int cycle = 0; cycle < 4; cycle++) {
      assertThat(triangles.at(cycle / 4.0)).isCloseTo(1, EXACT);
      assertThat(triangles.at((cycle + 0.5) / 4)).isCloseTo(3, EXACT);
      assertThat(triangles.at((cycle + 0.25) / 4)).isCloseTo(2, EXACT);
      assertThat(halves.at((cycle + 0.5) / 4)).isCloseTo(1 + 2 * Math.pow(0.5, cycle), EXACT);
    }
    assertThat(triangles.at(1)).isCloseTo(1, EXACT);
  }

  @Test
  void restartsHaveFastaisLengthsAndTheMultiplierMayBeOne() {
    Schedule doubling = Schedule.cosineRestarts(1, 0, 3, 2); // cycles of 1/7, 2/7, 4/7
    assertThat(doubling.at(0)).isCloseTo(1, EXACT);
    assertThat(doubling.at(0.5 / 7)).isCloseTo(0.5, EXACT);
    assertThat(doubling.at(1.0 / 7)).isCloseTo(1, EXACT);
    assertThat(doubling.at(2.0 / 7)).isCloseTo(0.5, EXACT);
    assertThat(doubling.at(3.0 / 7)).isCloseTo(1, EXACT);
    assertThat(doubling.at(5.0 / 7)).isCloseTo(0.5, EXACT);
    assertThat(doubling.at(1)).isCloseTo(0, EXACT);
    Schedule even = Schedule.cosineRestarts(1, 0, 4, 1);
    for (int cycle = 0; cycle < 4; cycle++) {
      assertThat(even.at(cycle / 4.0)).isCloseTo(1, EXACT);
      assertThat(even.at((cycle + 0.5) / 4)).isCloseTo(0.5, EXACT);
    }
  }

  @Test
  void curvesGoThroughTheirPoints() {
    double[] x = {0.1, 0.3, 0.5, 0.6, 0.9};
    double[] y = {1, 3, 2, 2.5, 0};
    for (Interpolation interpolation : Interpolation.values()) {
      Schedule curve = Schedule.through(interpolation, x, y);
      for (int i = 0; i < x.length; i++) {
        assertThat(curve.at(x[i])).as("%s", interpolation).isCloseTo(y[i], EXACT);
      }
      assertThat(curve.at(0)).isEqualTo(1);
      assertThat(curve.at(1)).isEqualTo(0);
    }
    Schedule lines = Schedule.through(Interpolation.LINEAR, x, y);
    assertThat(lines.at(0.2)).isCloseTo(2, EXACT);
    assertThat(lines.at(0.75)).isCloseTo(1.25, EXACT);
    // a natural spline through (0, 0), (½, 1), (1, 0) is 3x − 4x³ on the left
    Schedule arch =
        Schedule.through(Interpolation.CUBIC, new double[] {0, 0.5, 1}, new double[] {0, 1, 0});
    assertThat(arch.at(0.25)).isCloseTo(3 * 0.25 - 4 * Math.pow(0.25, 3), EXACT);
  }

  @Test
  void piecesAreInForceFromTheirJointOn() {
    Schedule steps =
        Schedule.combine(
            new Piece(0.1, Schedule.constant(1)),
            new Piece(0.2, Schedule.constant(2)),
            new Piece(0, Schedule.constant(9)),
            new Piece(0.7, Schedule.linear(3, 10)),
            new Piece(0, Schedule.constant(9)));
    assertThat(steps.at(0.0999)).isEqualTo(1);
    assertThat(steps.at(0.1)).isEqualTo(2);
    assertThat(steps.at(0.1 + 0.2)).isEqualTo(3);
    assertThat(steps.at(0.3)).isEqualTo(3);
    assertThat(steps.at(1)).isCloseTo(10, EXACT);
  }

  @Test
  void randomCombinationsMeetTheirPiecesAtEveryJoint() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      int count = 1 + random.nextInt(6);
      double[] cuts = random.doubles(count - 1).sorted().toArray();
      double[] heights = random.doubles(count + 1, 0.01, 1).toArray();
      var pieces = new ArrayList<Piece>();
      for (int i = 0; i < count; i++) {
        double from = i == 0 ? 0 : cuts[i - 1];
        double to = i == count - 1 ? 1 : cuts[i];
        pieces.add(
            new Piece(
                to - from,
                switch (random.nextInt(4)) {
                  case 0 -> Schedule.linear(heights[i], heights[i + 1]);
                  case 1 -> Schedule.cosine(heights[i], heights[i + 1]);
                  case 2 -> Schedule.exponential(heights[i], heights[i + 1]);
                  default -> Schedule.polynomial(heights[i], heights[i + 1], 1 + random.nextInt(4));
                }));
      }
      Schedule whole = Schedule.combine(pieces.toArray(Piece[]::new));
      String what = "%s, tests.seed %d, round %d".formatted(whole, seed, round);
      assertThat(whole.at(0)).as(what).isCloseTo(heights[0], EXACT);
      assertThat(whole.at(1)).as(what).isCloseTo(heights[count], EXACT);
      for (int i = 0; i < count - 1; i++) {
        assertThat(whole.at(cuts[i])).as(what).isCloseTo(heights[i + 1], within(1e-9));
        double before = Math.max(0, cuts[i] - 1e-9);
        double steepest = 5 / Math.max(1e-6, pieces.get(i).fraction());
        assertThat(Math.abs(whole.at(before) - heights[i + 1]))
            .as(what)
            .isLessThanOrEqualTo(1e-9 * steepest + 1e-9);
      }
      // monotonic pieces stay between their ends
      for (int i = 0; i <= 50; i++) {
        assertThat(whole.at(i / 50.0))
            .as(what)
            .isBetween(
                java.util.Arrays.stream(heights).min().orElseThrow() - 1e-12,
                java.util.Arrays.stream(heights).max().orElseThrow() + 1e-12);
      }
    }
  }

  @Test
  void textIsReadAndWrittenBack() {
    for (String text :
        List.of(
            "constant(0.1)",
            "linear(0, 1)",
            "cosine(0.1, 0)",
            "exponential(1.0E-7, 10)",
            "polynomial(1, 0, 2)",
            "step(1, 0.1, 0.25)",
            "multi-step(1, 0.1, 0.5, 0.75)",
            "cyclical(0, 1, 4, 0.5)",
            "cosine-restarts(1, 0, 3, 2)",
            "warmup-stable-decay(0, 1, 0, 0.1, 0.2)",
            "one-cycle(0.1, 1, 0, 0.25)",
            "linear-points(0, 1, 0.5, 2, 1, 0)",
            "cubic-points(0, 1, 0.5, 2, 1, 0)",
            "akima-points(0, 1, 0.2, 1, 0.5, 2, 0.7, 1, 1, 0)",
            "0.3 linear(0, 1), 0.7 cosine(1, 0)")) {
      Schedule schedule = Schedule.parse(text);
      assertThat(schedule).hasToString(text);
      Schedule again = Schedule.parse(schedule.toString());
      assertThat(again.at(0.37)).isEqualTo(schedule.at(0.37));
    }
    assertThat(Schedule.parse(" 1e-3 ").at(0.5)).isEqualTo(1e-3);
  }

  @Test
  void anyCombinationIsReadBack() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      Schedule schedule = any(random, 3);
      String what = "%s, tests.seed %d, round %d".formatted(schedule, seed, round);
      Schedule again = Schedule.parse(schedule.toString());
      assertThat(again).as(what).hasToString(schedule.toString());
      for (int i = 0; i <= 20; i++) {
        assertThat(again.at(i / 20.0)).as(what).isEqualTo(schedule.at(i / 20.0));
      }
    }
    assertThat(Schedule.parse("0.5 (0.5 linear(0, 1), 0.5 linear(1, 2)) * 2, 0.5 (3)").at(0.25))
        .isEqualTo(2);
  }

  private static Schedule any(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 8)) {
      case 0 -> Schedule.constant(random.nextGaussian() * 1e-7);
      case 1 -> Schedule.linear(random.nextGaussian(), random.nextInt(10));
      case 2 -> Schedule.cosineRestarts(random.nextDouble(), 0, 1 + random.nextInt(4), 1.5);
      case 3 -> Schedule.step(1e8 * random.nextDouble(), 0.5, 0.1);
      case 4 -> any(random, depth - 1).times(random.nextGaussian());
      case 5 -> Schedule.warmUp(random.nextDouble(), 0, any(random, depth - 1));
      default -> {
        double share = random.nextDouble();
        yield Schedule.combine(
            new Piece(share, any(random, depth - 1)),
            new Piece(0, any(random, depth - 1)),
            new Piece(1 - share, any(random, depth - 1)));
      }
    };
  }

  @Test
  void whatIsWrongIsRefusedWithASentence() {
    Map<String, String> wrong =
        Map.of(
            "cosin(1, 2)", "'cosin(2 arguments)' is no schedule; there are constant(value), linear",
            "cosine(1)", "'cosine(1 arguments)' is no schedule",
            "cosine(a, 2)", "'a' in a schedule is no number",
            "up", "'up' is no schedule",
            "0.3 linear(0, 1), 0.6 cosine(1, 0)", "not 1: 0.3 linear(0, 1), 0.6 cosine(1, 0)",
            "linear(0, 1), cosine(1, 0)", "give each its share of the run",
            "exponential(0, 1)", "both must have one sign and not be 0",
            "cosine-restarts(1, 0, 1.5, 2)", "has 1.5 cycles, not a whole number",
            "step(1, 0.1, 0)", "the length of a step is 0.0 of the run, not in (0, 1]",
            "linear-points(0.5, 1, 0.2, 1)", "points ascend in [0, 1]");
    wrong.forEach((text, message) ->
        assertThatThrownBy(() -> Schedule.parse(text))
            .as(text)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(message));
    Map<String, String> tooMuch =
        Map.of(
            "step(1, 0.1, 5)",
            "the length of a step is 5.0 of the run, not in (0, 1]",
            "multi-step(1, 0.1, 0.5, 7)",
            "a milestone is 7.0 of the run, not in [0, 1]",
            "cosine-restarts(1, 0, 1e9, 1)",
            "the number of cycles is 1000000000, not 1 to 10000",
            "cosine-restarts(1, 0, 1e99, 1)",
            "cycles, not a whole number",
            "cosine-restarts(1, 0, 2000, 2)",
            "2000 cycles, each 2 times as long as the one before",
            "linear(0, 1) × x",
            "is no schedule",
            "linear(0, 1) × 1e999",
            "not a finite number",
            "(linear(0, 1)",
            "is no schedule",
            "1 (linear(0, 1), cosine(1, 0))",
            "give each its share of the run",
            "(".repeat(10_000),
            "is no schedule");
    tooMuch.forEach((text, message) ->
        assertThatThrownBy(() -> Schedule.parse(text))
            .as(text)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(message));
    for (double progress : new double[] {-0.1, 1.0001, Double.NaN}) {
      assertThatThrownBy(() -> Schedule.linear(0, 1).at(progress))
          .hasMessage("progress is " + progress + "; it must be in [0, 1]");
      assertThatThrownBy(() -> Schedule.oneCycle(0, 1, 0, 0.5).at(progress))
          .hasMessageContaining("it must be in [0, 1]");
    }
    assertThatThrownBy(() -> Schedule.linear(0, Double.NaN))
        .hasMessageContaining("has the argument NaN");
    assertThatThrownBy(
            () -> Schedule.through(Interpolation.AKIMA, new double[] {0, 1}, new double[] {0, 1}))
        .hasMessageContaining("at least 5");
  }

  @Test
  void ratesSpreadOverPartsAsFastaisSlices() {
    assertThat(Rates.of(0.1).over(3)).containsExactly(0.1, 0.1, 0.1);
    assertThat(Rates.slice(0.1).over(3)).containsExactly(0.01, 0.01, 0.1);
    assertThat(Rates.slice(1e-4, 1e-2).over(3).get(1)).isCloseTo(1e-3, EXACT);
    assertThat(Rates.slice(1e-4, 1e-2).over(3)).startsWith(1e-4);
    assertThat(Rates.slice(1e-4, 1e-2).over(5).getLast()).isCloseTo(1e-2, EXACT);
    assertThat(Rates.slice(1e-4, 1e-2).over(1)).containsExactly(1e-2);
    assertThat(Rates.slice(1e-2).over(1)).containsExactly(1e-2);
    assertThat(Rates.each(1, 2).over(2)).containsExactly(1.0, 2.0);
    assertThatThrownBy(() -> Rates.each(1, 2).over(3))
        .hasMessageContaining("2 rates were given for 3 parts of the model");
    for (String text : List.of("0.01", "slice(0.01)", "slice(1.0E-5, 0.001)", "0.1, 0.2, 0.3")) {
      assertThat(Rates.parse(text)).hasToString(text);
    }
    assertThatThrownBy(() -> Rates.parse("fast"))
        .hasMessageContaining("'fast' is no learning rate");
    assertThatThrownBy(() -> Rates.slice(0, 1)).hasMessageContaining("both must be greater than 0");
    for (String text : List.of("-1", "NaN", "0.1, -0.2", "slice(-0.1)")) {
      assertThatThrownBy(() -> Rates.parse(text)).as(text).hasMessageEndingWith(", not 0 or more");
    }
  }

  @Test
  void schedulesOfPartsAreAVectorOverProgress() {
    PartSchedule shaped =
        PartSchedule.shaped(Rates.slice(0.01, 1), rate -> Schedule.linear(rate, 0));
    assertThat(shaped.at(0.5, 2)).containsExactly(0.005, 0.5);
    PartSchedule each = PartSchedule.each(Schedule.constant(1), Schedule.linear(0, 1));
    assertThat(each.at(0.25, 2)).containsExactly(1.0, 0.25);
    assertThatThrownBy(() -> each.at(0, 3))
        .hasMessageContaining("2 schedules were given for 3 parts");
    assertThat(PartSchedule.same(Schedule.constant(4)).at(1, 3)).containsExactly(4.0, 4.0, 4.0);
  }
}
