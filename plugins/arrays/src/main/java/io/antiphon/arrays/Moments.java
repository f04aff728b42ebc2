package io.antiphon.arrays;

import io.antiphon.data.DataException;
import io.antiphon.data.Split;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Mean and standard deviation of what a model gets: one of each for all of a sample, or for each
/// index of its first axis. Bytes count as numbers in [0, 1].
record Moments(List<Double> mean, List<Double> deviation) {
  private static final int MOST = 10_000;

  /// {@return those of some samples, of which 10,000 at most are drawn}
  ///
  /// @param parts how many there shall be, 1 or the length of a sample's first axis
  static Moments of(StoredArray array, int[] samples, int parts, long seed) {
    var mean = new double[parts];
    var squares = new double[parts];
    long count = 0;
    int each = array.sampleSize() / parts;
    int width = array.type().width();
    for (int sample : Split.some(seed, samples, MOST)) {
      ByteBuffer bytes = array.sample(sample);
      for (int j = 0; j < each; j++) {
        count++;
        for (int p = 0; p < parts; p++) {
          double value = array.type().number(bytes, (p * each + j) * width);
          double difference = value - mean[p];
          mean[p] += difference / count;
          squares[p] += difference * (value - mean[p]);
        }
      }
      if (!Double.isFinite(Arrays.stream(mean).sum())) {
        throw new DataException(
            "%s has a value at index %d that is not finite; replace it"
                .formatted(array.what(), sample));
      }
    }
    double unit = unit(array);
    var means = new ArrayList<Double>();
    var deviations = new ArrayList<Double>();
    for (int p = 0; p < parts; p++) {
      double deviation = Math.sqrt(squares[p] / count);
      means.add(mean[p] / unit);
      deviations.add(deviation > 0 ? deviation / unit : 1);
    }
    return new Moments(means, deviations);
  }

  /// {@return what the number 1 is in an array: 255 in one of bytes}
  static double unit(StoredArray array) {
    return array.type() == ElementType.UINT8 ? 255 : 1;
  }

  float[] shift(double unit) {
    var shift = new float[mean.size()];
    for (int i = 0; i < shift.length; i++) {
      shift[i] = (float) (unit * mean.get(i));
    }
    return shift;
  }

  float[] scale(double unit) {
    var scale = new float[deviation.size()];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = (float) (1 / (unit * deviation.get(i)));
    }
    return scale;
  }
}
