package io.antiphon.vision;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// A part of an image, and where it goes.
///
/// @param top where the part begins, in rows of the image
/// @param left where it begins, in columns
/// @param tall how many rows it has, greater than 0
/// @param broad how many columns it has, greater than 0
/// @param rows how many rows become of it; what is left of the result's is beside it, evenly
/// @param columns how many columns become of it
record Box(double top, double left, double tall, double broad, int rows, int columns) {
  /// {@return a part of random place, area and proportions: the crop of Inception (Szegedy et al.,
  /// 2015) in the form of torchvision's `RandomResizedCrop`}
  ///
  /// @param least the least share of the image's area, in (0, 1]; proportions are from 3/4 to 4/3
  static Box random(Pixels image, double least, int height, int width, RandomGenerator random) {
    for (int attempt = 0; attempt < 10; attempt++) {
      double area =
          (least + (1 - least) * random.nextDouble()) * image.height() * (double) image.width();
      double low = StrictMath.log(3.0 / 4);
      double ratio = StrictMath.exp(low - 2 * low * random.nextDouble());
      double broad = Math.sqrt(area * ratio);
      double tall = Math.sqrt(area / ratio);
      if (tall <= image.height() && broad <= image.width()) {
        double top = (image.height() - tall) * random.nextDouble();
        double left = (image.width() - broad) * random.nextDouble();
        return new Box(top, left, tall, broad, height, width);
      }
    }
    return Resize.CROP.box(image.height(), image.width(), height, width);
  }

  /// {@return the part of an image at its new size, averaged, with black beside it}
  byte[] average(Pixels image, int height, int width) {
    if (isWhole(image, height, width)) {
      return image.values();
    }
    byte[] inner = Resampling.apply(image, across(image.width()), down(image.height()));
    return padded(inner, image.channels(), height, width, (byte) 0);
  }

  /// {@return the part of an image of one channel at its new size, by the nearest pixels}
  ///
  /// @param beside what is beside it
  byte[] nearest(Pixels image, int height, int width, byte beside) {
    if (isWhole(image, height, width)) {
      return image.values();
    }
    Resampling across = across(image.width());
    Resampling down = down(image.height());
    var inner = new byte[rows * columns];
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        inner[y * columns + x] =
            image.values()[down.nearest(y) * image.width() + across.nearest(x)];
      }
    }
    return padded(inner, 1, height, width, beside);
  }

  private boolean isWhole(Pixels image, int height, int width) {
    return height == image.height()
        && width == image.width()
        && rows == height
        && columns == width
        && tall == height
        && broad == width;
  }

  private Resampling across(int width) {
    return new Resampling(width, left, broad, columns);
  }

  private Resampling down(int height) {
    return new Resampling(height, top, tall, rows);
  }

  private byte[] padded(byte[] inner, int channels, int height, int width, byte beside) {
    if (rows == height && columns == width) {
      return inner;
    }
    var all = new byte[channels * height * width];
    Arrays.fill(all, beside);
    int above = (height - rows) / 2;
    int before = (width - columns) / 2;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < rows; y++) {
        System.arraycopy(
            inner,
            (c * rows + y) * columns,
            all,
            (c * height + above + y) * width + before,
            columns);
      }
    }
    return all;
  }
}
