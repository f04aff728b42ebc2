package io.antiphon.core;

import io.antiphon.torch.RandomStream;
import java.util.SplittableRandom;

/// The order of the samples in an epoch, a pure function of the seed and the epoch: what a
/// [DataLoader] that shuffles needs, so that a run can go on anywhere.
public final class Permutation {
  private Permutation() {}

  /// {@return the numbers from `first` to `first + count - 1` in random order, each order equally
  /// likely}
  ///
  /// The shuffle of Fisher and Yates (Knuth, TAOCP 2, 3.4.2, algorithm P); unlike the one in DJL's
  /// `RandomSampler`, a sample may keep its place.
  public static int[] of(long seed, long epoch, int first, int count) {
    var random = new SplittableRandom(new RandomStream(seed, "shuffle").at(epoch, 0));
    var order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = first + i;
    }
    return order;
  }
}
