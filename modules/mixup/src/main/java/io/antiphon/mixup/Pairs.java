package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/// Who is mixed with whom, and by how much.
///
/// @param partners each sample's partner, int32 `[B]`
/// @param weights of the samples (row 0) and of their partners (row 1) in the mix, in [0, 1],
///   columns of sum 1, float32 `[2, B]`
/// @param perSample whether weights differ; else all columns are the same
/// @param share the first sample's own weight
record Pairs(NDArray partners, NDArray weights, boolean perSample, double share) {
  /// {@return pairs on a device}
  ///
  /// @param partners each sample's partner, `[B]`
  /// @param shares each sample's own weight, `[B]`, or one for all
  static Pairs of(NDManager manager, int[] partners, double... shares) {
    int size = partners.length;
    var weights = new float[2 * size];
    for (int i = 0; i < size; i++) {
      double share = shares[shares.length == 1 ? 0 : i];
      weights[i] = (float) share;
      weights[size + i] = (float) (1 - share);
    }
    return new Pairs(
        manager.create(partners),
        manager.create(weights, new Shape(2, size)),
        shares.length > 1,
        shares[0]);
  }
}
