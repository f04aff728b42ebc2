package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A set of pixels in each image of a batch. It is drawn in Java, a byte per pixel: faster than
/// from rows and columns in libtorch, which does not vectorize truth values.
final class Mask {
  private final Images images;
  private final ByteBuffer pixels;
  private final byte[] ones;

  Mask(Images images) {
    this.images = images;
    int size = Math.multiplyExact(images.count() * images.height(), images.width());
    this.pixels = ByteBuffer.allocateDirect(size);
    this.ones = new byte[images.width()];
    Arrays.fill(ones, (byte) 1);
  }

  /// Adds a box in one image.
  void add(int image, Box box) {
    int start = (image * images.height() + box.top()) * images.width() + box.left();
    for (int row = 0; row < box.height(); row++) {
      pixels.put(start, ones, 0, box.width());
      start += images.width();
    }
  }

  /// Swaps inside and outside in one image.
  void invert(int image) {
    int size = images.height() * images.width();
    for (int i = image * size; i < (image + 1) * size; i++) {
      pixels.put(i, (byte) (pixels.get(i) ^ 1));
    }
  }

  /// {@return the mask, which shares its memory on the CPU, boolean `[B, H, W]`}
  NDArray toArray(NDManager manager) {
    return manager.create(
        pixels, new Shape(images.count(), images.height(), images.width()), DataType.BOOLEAN);
  }
}
