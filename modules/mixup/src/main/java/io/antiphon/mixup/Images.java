package io.antiphon.mixup;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/// The size of a batch of images.
record Images(int count, int height, int width) {
  /// {@return the size of inputs `[B, …, H, W]`}
  ///
  /// @param who who wants to know, for messages
  /// @throws IllegalArgumentException if they are no images, or differ in size
  static Images of(String who, NDList inputs) {
    Images first = of(who, inputs.head());
    for (NDArray input : inputs) {
      if (!of(who, input).equals(first)) {
        throw new IllegalArgumentException(
            "%s cuts the same boxes from all inputs, but they have the shapes %s and %s"
                .formatted(who, inputs.head().getShape(), input.getShape()));
      }
    }
    return first;
  }

  /// @throws IllegalArgumentException if a target has a place for each pixel
  void refuseTargetsPerPixel(String who, NDList targets) {
    for (NDArray target : targets) {
      Shape shape = target.getShape();
      if (hasPixels(shape)) {
        throw new IllegalArgumentException(
            ("%s mixes the losses of whole images by area, but targets of shape %s have a place for"
                    + " each pixel; cut them too, in a transform of your own")
                .formatted(who, shape));
      }
    }
  }

  private boolean hasPixels(Shape shape) {
    for (int i = 1; i + 1 < shape.dimension(); i++) {
      if (shape.get(i) == height && shape.get(i + 1) == width) {
        return true;
      }
    }
    return false;
  }

  private static Images of(String who, NDArray input) {
    Shape shape = input.getShape();
    int axes = shape.dimension();
    if (axes < 3) {
      throw new IllegalArgumentException(
          "%s needs images [B, …, H, W], but an input has shape %s; reshape it in the data"
              .formatted(who, shape));
    }
    return new Images(
        Math.toIntExact(shape.get(0)),
        Math.toIntExact(shape.get(axes - 2)),
        Math.toIntExact(shape.get(axes - 1)));
  }
}
