package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/// Who is mixed with whom, and by how much.
///
/// @param array int32 `[2, B]`, so that one copy brings all of it to the device: in the first row
///   each sample's partner, in the second its own share in the mix, in [0, 1], the bits of a
///   float32
/// @param perSample whether shares differ; else all are the same
/// @param share the first sample's share
record Pairs(NDArray array, boolean perSample, double share) {
  /// {@return pairs on a device}
  ///
  /// @param partners each sample's partner, `[B]`
  /// @param shares each sample's own share, `[B]`, or one for all
  static Pairs of(NDManager manager, int[] partners, double... shares) {
    int size = partners.length;
    var rows = new float[4 * size];
    for (int i = 0; i < size; i++) {
      rows[i] = partners[i];
      double share = shares[shares.length == 1 ? 0 : i];
      rows[size + i] = (float) share;
      rows[2 * size + i] = (float) (share / size);
      rows[3 * size + i] = (float) ((1 - share) / size);
    }
    return new Pairs(manager.create(rows, new Shape(4, size)), shares.length > 1, shares[0]);
  }
}
