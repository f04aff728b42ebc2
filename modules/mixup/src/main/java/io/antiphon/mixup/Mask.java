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
  private final byte[] pixels;

  Mask(Images images) {
    this.images = images;
    this.pixels = new byte[Math.multiplyExact(images.count() * images.height(), images.width())];
  }

  /// Adds a box in one image.
  void add(int image, Box box) {
    int start = (image * images.height() + box.top()) * images.width() + box.left();
    for (int row = 0; row < box.height(); row++) {
      Arrays.fill(pixels, start, start + box.width(), (byte) 1);
      start += images.width();
    }
  }

  /// Swaps inside and outside in one image.
  void invert(int image) {
    int size = images.height() * images.width();
    for (int i = image * size; i < (image + 1) * size; i++) {
      pixels[i] ^= 1;
    }
  }

  /// {@return the mask, boolean `[B, H, W]`}
  NDArray toArray(NDManager manager) {
    return manager.create(
        ByteBuffer.wrap(pixels),
        new Shape(images.count(), images.height(), images.width()),
        DataType.BOOLEAN);
  }
}
