package io.antiphon.data;

import io.antiphon.core.Check;
import io.antiphon.torch.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Which samples train, and which validate.
///
/// What is drawn is a pure function of the seed and the samples' number, classes or groups.
public final class Split {
  private final int[] train;
  private final int[] valid;

  private Split(int[] train, int[] valid) {
    this.train = train;
    this.valid = valid;
  }

  /// {@return some of a part's samples, to find out what all are like: all if they are no more than
  /// many, else drawn from the seed, in ascending order}
  ///
  /// @param seed the seed of the run
  /// @param samples the part's indices
  /// @param most how many at most
  public static int[] some(long seed, int[] samples, int most) {
    if (samples.length <= most) {
      return samples.clone();
    }
    int[] drawn = samples.clone();
    var random = new SplittableRandom(new RandomStream(seed, "statistics").at(0, 0));
    for (int i = 0; i < most; i++) {
      int j = i + random.nextInt(drawn.length - i);
      int other = drawn[j];
      drawn[j] = drawn[i];
      drawn[i] = other;
    }
    int[] some = Arrays.copyOf(drawn, most);
    Arrays.sort(some); // in the order of a file, which is faster to read
    return some;
  }

  /// {@return a split with a share of all samples for validation}
  ///
  /// @param seed the seed of the run
  /// @param count the number of samples
  /// @param share the share that validates, in [0, 1); rounded to whole samples, such that at least
  ///   one sample trains
  public static Split byShare(long seed, int count, double share) {
    return stratified(seed, new int[count], share);
  }

  /// {@return a split in which every class has its share in validation}
  ///
  /// The number of samples that validate is `share` of all, rounded; it is dealt out to the classes
  /// by largest remainders, and each class keeps at least one sample for training.
  ///
  /// @param seed the seed of the run
  /// @param classes the class of each sample, any numbers
  /// @param share the share that validates, in [0, 1)
  public static Split stratified(long seed, int[] classes, double share) {
    Check.below("share", share, 0, 1);
    var members = new LinkedHashMap<Integer, List<Integer>>();
    for (int i = 0; i < classes.length; i++) {
      members.computeIfAbsent(classes[i], _ -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> all = List.copyOf(members.values());
    int[] quota = quotas(all.stream().mapToInt(List::size).toArray(), classes.length, share);
    var random = random(seed);
    var valid = new boolean[classes.length];
    for (int i = 0; i < quota.length; i++) {
      List<Integer> shuffled = new ArrayList<>(all.get(i));
      shuffle(shuffled, random);
      shuffled.subList(0, quota[i]).forEach(index -> valid[index] = true);
    }
    return of(valid);
  }

  /// {@return the indices of the samples that train, ascending}
  public int[] train() {
    return train.clone();
  }

  /// {@return the indices of the samples that validate, ascending}
  public int[] valid() {
    return valid.clone();
  }

  /// {@return how many samples of each class validate}
  private static int[] quotas(int[] sizes, int count, double share) {
    var quota = new int[sizes.length];
    var order = new ArrayList<Integer>();
    int left = (int) Math.round(share * count);
    for (int i = 0; i < sizes.length; i++) {
      quota[i] = (int) Math.min(share * sizes[i], sizes[i] - 1);
      left -= quota[i];
      order.add(i);
    }
    order.sort((a, b) -> Double.compare(share * sizes[b] % 1, share * sizes[a] % 1));
    for (int i : order) {
      if (left > 0 && quota[i] + 1 < sizes[i]) {
        quota[i]++;
        left--;
      }
    }
    return quota;
  }

  /// {@return a split in which samples of one group stay together}
  ///
  /// Whole groups are drawn for validation until they have about the share of all samples; a group
  /// that would take more than is left of it is passed over, unless there were none at all
  /// otherwise. At least one group trains.
  ///
  /// @param seed the seed of the run
  /// @param groups the group of each sample: the patient, the speaker, the household
  /// @param share the share that validates, in [0, 1)
  /// @throws IllegalArgumentException if samples shall validate and all are of one group
  public static Split byGroup(long seed, List<String> groups, double share) {
    Check.below("share", share, 0, 1);
    Map<String, Integer> sizes = new LinkedHashMap<>();
    groups.forEach(group -> sizes.merge(group, 1, Integer::sum));
    int wanted = (int) Math.round(share * groups.size());
    if (wanted > 0 && sizes.size() < 2) {
      throw new IllegalArgumentException(
          "all samples are of the group '%s', so none can validate"
              .formatted(sizes.keySet().iterator().next()));
    }
    List<Map.Entry<String, Integer>> shuffled = new ArrayList<>(sizes.entrySet());
    shuffle(shuffled, random(seed));
    var chosen = new HashSet<String>();
    int left = wanted;
    for (var group : shuffled) {
      if (group.getValue() <= left && chosen.size() + 1 < sizes.size()) {
        chosen.add(group.getKey());
        left -= group.getValue();
      }
    }
    if (chosen.isEmpty() && wanted > 0) {
      chosen.add(Collections.min(shuffled, Map.Entry.comparingByValue()).getKey());
    }
    var valid = new boolean[groups.size()];
    for (int i = 0; i < valid.length; i++) {
      valid[i] = chosen.contains(groups.get(i));
    }
    return of(valid);
  }

  /// {@return the split that is told for each sample}
  ///
  /// @param valid whether each sample validates
  public static Split of(boolean[] valid) {
    var train = new int[valid.length];
    var second = new int[valid.length];
    int trains = 0;
    int validates = 0;
    for (int i = 0; i < valid.length; i++) {
      if (valid[i]) {
        second[validates++] = i;
      } else {
        train[trains++] = i;
      }
    }
    return new Split(Arrays.copyOf(train, trains), Arrays.copyOf(second, validates));
  }

  private static SplittableRandom random(long seed) {
    return new SplittableRandom(new RandomStream(seed, "split").at(0, 0));
  }

  // Fisher and Yates; a draw of the same stream whatever the type
  private static <T> void shuffle(List<T> items, SplittableRandom random) {
    for (int i = items.size() - 1; i > 0; i--) {
      Collections.swap(items, i, random.nextInt(i + 1));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Split that
        && Arrays.equals(train, that.train)
        && Arrays.equals(valid, that.valid);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(train) + Arrays.hashCode(valid);
  }

  @Override
  public String toString() {
    return "%d samples train, %d validate".formatted(train.length, valid.length);
  }
}
