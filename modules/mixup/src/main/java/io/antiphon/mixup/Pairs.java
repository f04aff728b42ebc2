package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/// Who is mixed with whom, and by how much.
///
/// @param count how many, B
/// @param partners each sample's partner, int32 `[B]`
/// @param weights of each sample and of its partner in the mix, in [0, 1], rows of sum 1, float32
///   `[B, 2]`
/// @param perSample whether weights differ; else all columns are the same
/// @param share the first sample's own weight
record Pairs(int count, NDArray partners, NDArray weights, boolean perSample, double share) {
  /// {@return pairs on a device}
  ///
  /// @param partners each sample's partner, `[B]`
  /// @param shares each sample's own weight, `[B]`, or one for all
  static Pairs of(NDManager manager, int[] partners, double... shares) {
    int size = partners.length;
    var weights = new float[2 * size];
    for (int i = 0; i < size; i++) {
      double share = shares[shares.length == 1 ? 0 : i];
      weights[2 * i] = (float) share;
      weights[2 * i + 1] = (float) (1 - share);
    }
    return new Pairs(
        size,
        manager.create(partners),
        manager.create(weights, new Shape(size, 2)),
        shares.length > 1,
        shares[0]);
  }
}
