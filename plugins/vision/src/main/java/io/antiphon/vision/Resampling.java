package io.antiphon.vision;

/// How the pixels of one line become those of another line, by the triangle filter: as Pillow's
/// `BILINEAR`, which averages over all that a pixel covers when it shrinks.
///
/// A pixel i of the result has its centre at `start + (i + 1/2) s`, where s is the length of the
/// part divided by the number of pixels. Its weights fall linearly from there to zero at a distance
/// of max(s, 1), and sum to 1.
final class Resampling {
  private final int[] first;
  private final float[][] weights;

  /// @param size how many pixels the line has
  /// @param start where the part begins, in pixels
  /// @param length how long it is, greater than 0
  /// @param result how many pixels shall become of it
  Resampling(int size, double start, double length, int result) {
    double scale = length / result;
    double support = Math.max(scale, 1);
    first = new int[result];
    weights = new float[result][];
    for (int i = 0; i < result; i++) {
      double centre = start + (i + 0.5) * scale;
      int from = Math.clamp((long) Math.floor(centre - support + 0.5), 0, size - 1);
      int to = Math.clamp((long) Math.floor(centre + support + 0.5), from + 1, size);
      var row = new double[to - from];
      double sum = 0;
      for (int j = 0; j < row.length; j++) {
        row[j] = Math.max(0, 1 - Math.abs(from + j + 0.5 - centre) / support);
        sum += row[j];
      }
      first[i] = from;
      weights[i] = new float[row.length];
      for (int j = 0; j < row.length; j++) {
        weights[i][j] = (float) (sum == 0 ? 1.0 / row.length : row[j] / sum);
      }
    }
  }

  /// {@return the nearest pixel of the line for one of the result}
  int nearest(int i) {
    int best = 0;
    for (int j = 1; j < weights[i].length; j++) {
      if (weights[i][j] > weights[i][best]) {
        best = j;
      }
    }
    return first[i] + best;
  }

  int size() {
    return first.length;
  }

  /// {@return an image whose columns and rows are resampled}
  static byte[] apply(Pixels image, Resampling columns, Resampling rows) {
    int top = rows.first[0];
    int bottom = 0;
    for (int y = 0; y < rows.size(); y++) {
      bottom = Math.max(bottom, rows.first[y] + rows.weights[y].length);
    }
    var lines = new float[bottom - top][columns.size()];
    var result = new byte[image.channels() * rows.size() * columns.size()];
    for (int c = 0; c < image.channels(); c++) {
      for (int y = top; y < bottom; y++) {
        columns.line(image.values(), (c * image.height() + y) * image.width(), lines[y - top]);
      }
      for (int y = 0; y < rows.size(); y++) {
        rows.column(y, lines, top, result, (c * rows.size() + y) * columns.size());
      }
    }
    return result;
  }

  private void line(byte[] values, int offset, float[] into) {
    for (int x = 0; x < into.length; x++) {
      float[] w = weights[x];
      int from = offset + first[x];
      float sum = 0;
      for (int j = 0; j < w.length; j++) {
        sum += w[j] * (values[from + j] & 0xff);
      }
      into[x] = sum;
    }
  }

  private void column(int y, float[][] lines, int top, byte[] into, int offset) {
    float[] w = weights[y];
    int from = first[y] - top;
    for (int x = 0; x < lines[0].length; x++) {
      float sum = 0.5f;
      for (int j = 0; j < w.length; j++) {
        sum += w[j] * lines[from + j][x];
      }
      into[offset + x] = (byte) Math.clamp((int) sum, 0, 255);
    }
  }
}
