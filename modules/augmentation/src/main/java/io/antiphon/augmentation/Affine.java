package io.antiphon.augmentation;

import java.util.random.RandomGenerator;

/// For a place in an image to be made, where its value is taken from, both from the middle in
/// pixels: `[xx xy dx; yx yy dy]`.
record Affine(double xx, double xy, double dx, double yx, double yy, double dy) {
  /// {@return a draw}
  ///
  /// Every number is drawn in every case, so that changing one option changes no other draw.
  ///
  /// @param height of the images, in pixels
  /// @param width of the images, in pixels
  static Affine draw(Augment.Options options, int height, int width, RandomGenerator random) {
    double down = uniform(random, -options.shift(), options.shift()) * height;
    double right = uniform(random, -options.shift(), options.shift()) * width;
    boolean mirrored = random.nextDouble() < options.flip();
    boolean upsideDown = random.nextDouble() < options.flipVertical();
    double angle = Math.toRadians(uniform(random, -options.rotate(), options.rotate()));
    double zoom = Math.exp(uniform(random, -1, 1) * Math.log(options.zoom()));
    double cos = StrictMath.cos(angle) / zoom;
    double sin = StrictMath.sin(angle) / zoom;
    double x = mirrored ? -1 : 1;
    double y = upsideDown ? -1 : 1;
    return new Affine(x * cos, x * sin, -right, -y * sin, y * cos, -down);
  }

  private static double uniform(RandomGenerator random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /// Writes it as PyTorch's `affine_grid` wants it: with -1 and 1 at the edges of the image.
  void write(float[] into, int offset, int height, int width) {
    into[offset] = (float) xx;
    into[offset + 1] = (float) (xy * height / width);
    into[offset + 2] = (float) (2 * dx / width);
    into[offset + 3] = (float) (yx * width / height);
    into[offset + 4] = (float) yy;
    into[offset + 5] = (float) (2 * dy / height);
  }
}
