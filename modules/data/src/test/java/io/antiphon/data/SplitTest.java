package io.antiphon.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SplitTest {
  private static List<Integer> all(Split split) {
    return IntStream.concat(Arrays.stream(split.train()), Arrays.stream(split.valid()))
        .sorted()
        .boxed()
        .toList();
  }

  @Test
  void aShareIsDrawnFromTheSeedAndEverySampleIsInOnePart() {
    Split split = Split.byShare(1, 103, 0.2);
    assertThat(split.valid()).hasSize(21).isSorted();
    assertThat(split.train()).hasSize(82).isSorted();
    assertThat(all(split)).isEqualTo(IntStream.range(0, 103).boxed().toList());
    assertThat(Split.byShare(1, 103, 0.2)).isEqualTo(split).hasSameHashCodeAs(split);
    assertThat(Split.byShare(2, 103, 0.2)).isNotEqualTo(split);
    assertThat(Split.byShare(1, 103, 0).valid()).isEmpty();
    assertThat(Split.byShare(1, 1, 0.9).train()).hasSize(1);
  }

  @Test
  void everyClassHasItsShareAndOneSampleAtLeastTrains() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      int[] classes = random.ints(1 + random.nextInt(300), 0, 7).map(i -> i * i).toArray();
      double share = random.nextDouble() * 0.9;
      Split split = Split.stratified(seed, classes, share);
      for (int c : new HashSet<>(Arrays.stream(classes).boxed().toList())) {
        long size = Arrays.stream(classes).filter(k -> k == c).count();
        long valid = Arrays.stream(split.valid()).filter(i -> classes[i] == c).count();
        assertThat(valid)
            .as("seed %d, class %d of %d", seed, c, size)
            .isBetween((long) Math.min(share * size, size - 1), (long) (share * size) + 1)
            .isLessThan(size);
      }
    }
  }

  @Test
  void samplesOfAGroupStayTogether() {
    List<String> groups =
        Stream.iterate(0, i -> i < 400, i -> i + 1).map(i -> "g" + (i * i % 61)).toList();
    Split split = Split.byGroup(3, groups, 0.25);
    var train = new HashSet<String>();
    Arrays.stream(split.train()).forEach(i -> train.add(groups.get(i)));
    assertThat(Arrays.stream(split.valid()).mapToObj(groups::get))
        .isNotEmpty()
        .noneMatch(train::contains);
    assertThat(split.valid().length).isBetween(80, 100);
  }

  @Test
  void groupsThatAreTooGreatStillGiveOneForValidation() {
    List<String> groups = new java.util.ArrayList<>(Collections.nCopies(50, "a"));
    groups.addAll(Collections.nCopies(30, "b"));
    assertThat(Split.byGroup(1, groups, 0.1).valid()).hasSize(30);
    assertThatThrownBy(() -> Split.byGroup(1, Collections.nCopies(5, "a"), 0.4))
        .hasMessage("all samples are of the group 'a', so none can validate");
    assertThatThrownBy(() -> Split.byShare(1, 5, 1)).hasMessage("share is 1; it must be in [0, 1)");
  }
}
