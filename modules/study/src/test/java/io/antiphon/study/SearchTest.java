package io.antiphon.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SearchTest {
  private static final List<Axis> AXES =
      List.of(Axis.parse("lr=log(1e-4,1e-1)"), Axis.parse("net=[a, b]"));

  @ParameterizedTest
  @EnumSource(names = {"RANDOM", "QUASI_RANDOM"})
  void valuesDependOnTheSeedAloneAndMoreTrialsBeginWithThoseOfFewer(Search search) {
    List<SequencedMap<String, String>> some = search.values(AXES, Optional.of(5), 42);
    assertThat(search.values(AXES, Optional.of(8), 42).subList(0, 5)).isEqualTo(some);
    assertThat(search.values(AXES, Optional.of(5), 43)).isNotEqualTo(some);
    assertThat(some).allMatch(each -> List.copyOf(each.keySet()).equals(List.of("lr", "net")));
  }

  @Test
  void quasiRandomOnesLeaveNoLargeGap() {
    double[] places =
        Search.QUASI_RANDOM.values(AXES, Optional.of(64), 7).stream()
            .mapToDouble(each -> AXES.getFirst().space().place(each.get("lr")))
            .sorted()
            .toArray();
    double gap = 0;
    for (int i = 1; i < places.length; i++) {
      gap = Math.max(gap, places[i] - places[i - 1]);
    }
    assertThat(gap).as(Arrays.toString(places)).isLessThan(2.5 / 64);
  }

  @Test
  void aGridTriesEachCombinationOnce() {
    List<Axis> axes = List.of(Axis.parse("lr=log(0.01,0.1,2)"), Axis.parse("net=[a, b]"));
    assertThat(Search.GRID.values(axes, Optional.empty(), 1))
        .extracting(SequencedMap::toString)
        .containsExactly(
            "{lr=0.01, net=a}", "{lr=0.01, net=b}", "{lr=0.1, net=a}", "{lr=0.1, net=b}");
    assertThatThrownBy(() -> Search.GRID.values(AXES, Optional.empty(), 1))
        .hasMessageContaining("a grid needs the number of points, as log(1e-4,1e-1, 5)");
    assertThatThrownBy(() -> Search.GRID.values(axes, Optional.of(3), 1))
        .hasMessageContaining("the grid has 4 points");
  }

  @Test
  void moreTrialsThanThereAreCombinationsAreRefused() {
    assertThatThrownBy(
            () -> Search.RANDOM.values(List.of(Axis.parse("net=[a, b]")), Optional.of(3), 1))
        .hasMessageContaining("there are only 2 combinations; --search grid tries each");
  }
}
