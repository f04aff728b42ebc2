package io.antiphon.vision;

import io.antiphon.data.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// The mean and the standard deviation of the values in [0, 1] of each channel.
record Moments(List<Double> mean, List<Double> deviation) {
  /// {@return those of some images, in whole numbers up to the end, so that no order of summing
  /// changes them}
  static Moments of(List<Path> files, ImageSamples.Form form) {
    var sums = new AtomicLongArray(form.channels());
    var squares = new AtomicLongArray(form.channels());
    files.parallelStream()
        .forEach(file -> {
          byte[] values = read(file, form);
          int size = form.height() * form.width();
          for (int c = 0; c < form.channels(); c++) {
            long sum = 0;
            long square = 0;
            for (int i = c * size; i < (c + 1) * size; i++) {
              long value = values[i] & 0xff;
              sum += value;
              square += value * value;
            }
            sums.addAndGet(c, sum);
            squares.addAndGet(c, square);
          }
        });
    double count = (double) files.size() * form.height() * form.width();
    var means = new Double[form.channels()];
    var deviations = new Double[form.channels()];
    for (int c = 0; c < means.length; c++) {
      double mean = sums.get(c) / count;
      double variance = Math.max(0, squares.get(c) / count - mean * mean);
      means[c] = mean / 255;
      deviations[c] = variance == 0 ? 1 : Math.sqrt(variance) / 255;
    }
    return new Moments(List.of(means), List.of(deviations));
  }

  private static byte[] read(Path file, ImageSamples.Form form) {
    try {
      return form.of(file);
    } catch (IOException e) {
      throw new DataException("'%s' cannot be read: %s".formatted(file, Damage.reason(e)), e);
    }
  }

  /// {@return what is subtracted from bytes, for each channel}
  float[] shift() {
    var shift = new float[mean.size()];
    for (int c = 0; c < shift.length; c++) {
      shift[c] = (float) (255 * mean.get(c));
    }
    return shift;
  }

  /// {@return what bytes are multiplied with then}
  float[] scale() {
    var scale = new float[deviation.size()];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = (float) (1 / (255 * deviation.get(c)));
    }
    return scale;
  }
}
