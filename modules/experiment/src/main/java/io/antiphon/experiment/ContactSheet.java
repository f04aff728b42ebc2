package io.antiphon.experiment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Png;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Some of the images that a model gets, side by side in one image: a row for each class, or for
/// segmentation each image with its mask.
///
/// A model gets standardised numbers; for each channel the least of them on the sheet becomes black
/// and the greatest full. Large images shrink, small ones grow by a whole factor.
final class ContactSheet {
  private static final int COLUMNS = 10;
  private static final int MOST_ROWS = 40;
  private static final int ROWS_WITHOUT_CLASSES = 8;
  private static final int LARGEST = 96;
  private static final int SMALLEST = 48;
  private static final int GAP = 2;
  private static final byte BACKGROUND = 0x50;

  private final Task task;
  private final int channels;
  private final int height;
  private final int width;
  private final int shrink;
  private final int grow;
  private final List<List<float[]>> rows = new ArrayList<>();

  private ContactSheet(Task task, Shape shape) {
    this.task = task;
    channels = (int) shape.get(1);
    height = (int) shape.get(2);
    width = (int) shape.get(3);
    int longest = Math.max(height, width);
    shrink = (longest + LARGEST - 1) / LARGEST;
    grow = shrink > 1 ? 1 : Math.max(1, SMALLEST / longest);
    boolean byClass = task.goal() == Goal.CLASSIFICATION;
    int count = byClass ? Math.min(task.outputs(), MOST_ROWS) : ROWS_WITHOUT_CLASSES;
    IntStream.range(0, count).forEach(_ -> rows.add(new ArrayList<>()));
  }

  /// {@return an empty sheet}
  ///
  /// @throws IllegalArgumentException if a model does not get images
  static ContactSheet of(Task task) {
    Shape shape = task.inputs().getFirst().shape();
    if (shape.dimension() != 4 || (shape.get(1) != 1 && shape.get(1) != 3)) {
      throw new IllegalArgumentException(
          "a sheet shows images, [B, C, H, W] with 1 channel or 3; a model gets %s of these data"
              .formatted(shape));
    }
    return new ContactSheet(task, shape);
  }

  /// Adds what of a batch there is still room for.
  void add(Samples samples) {
    if (isFull()) {
      return;
    }
    long[] classes = new long[0];
    if (!samples.targets().isEmpty() && task.goal().hasClasses()) {
      classes = samples.targets().head().toType(DataType.INT64, false).toLongArray();
    }
    NDArray images = samples.inputs().head();
    for (int i = 0; i < samples.size(); i++) {
      int row = row(classes, i);
      if (row < 0 || row >= rows.size() || rows.get(row).size() >= COLUMNS) {
        continue;
      }
      try (NDArray image = images.get(i)) {
        rows.get(row).add(shrunk(image.toType(DataType.FLOAT32, false).toFloatArray()));
      }
      if (task.goal() == Goal.SEGMENTATION && classes.length > 0) {
        rows.get(row).add(mask(classes, i * height * width));
      }
    }
  }

  private boolean isFull() {
    return rows.stream().allMatch(row -> row.size() >= COLUMNS);
  }

  private int row(long[] classes, int sample) {
    if (task.goal() == Goal.CLASSIFICATION && classes.length > 0) {
      return (int) classes[sample];
    }
    return IntStream.range(0, rows.size())
        .filter(row -> rows.get(row).size() < COLUMNS)
        .findFirst()
        .orElse(-1);
  }

  private int tall() {
    return Math.max(1, height / shrink);
  }

  private int broad() {
    return Math.max(1, width / shrink);
  }

  /// {@return an image, each of its values the mean of a square}
  private float[] shrunk(float[] image) {
    var small = new float[channels * tall() * broad()];
    for (int i = 0; i < small.length; i++) {
      int x = i % broad() * shrink;
      int y = i / broad() % tall() * shrink;
      int c = i / broad() / tall();
      double sum = 0;
      int count = 0;
      for (int dy = 0; dy < shrink && y + dy < height; dy++) {
        for (int dx = 0; dx < shrink && x + dx < width; dx++) {
          sum += image[(c * height + y + dy) * width + x + dx];
          count++;
        }
      }
      small[i] = (float) (sum / count);
    }
    return small;
  }

  /// {@return classes as shades from 0 to 1, one channel; what counts for no loss is 0}
  private float[] mask(long[] classes, int from) {
    var small = new float[tall() * broad()];
    for (int i = 0; i < small.length; i++) {
      long at = classes[from + i / broad() * shrink * width + i % broad() * shrink];
      small[i] = at < 0 ? 0 : (float) at / Math.max(1, task.outputs() - 1);
    }
    return small;
  }

  private boolean isMask(int column) {
    return task.goal() == Goal.SEGMENTATION && column % 2 == 1;
  }

  /// Writes the sheet.
  ///
  /// @return what it shows, a line
  /// @throws IOException if it cannot be written
  String write(Path file) throws IOException {
    int count = (int) rows.stream().filter(row -> !row.isEmpty()).count();
    if (task.goal() == Goal.CLASSIFICATION) {
      count = rows.size(); // rows tell the classes by their order
    }
    int cellHeight = tall() * grow + GAP;
    int cellWidth = broad() * grow + GAP;
    int sheetWidth = COLUMNS * cellWidth + GAP;
    var values = new byte[channels * (count * cellHeight + GAP) * sheetWidth];
    Arrays.fill(values, BACKGROUND);
    float[][] range = range();
    for (int r = 0; r < count; r++) {
      for (int k = 0; k < rows.get(r).size(); k++) {
        int start = (GAP + r * cellHeight) * sheetWidth + GAP + k * cellWidth;
        draw(rows.get(r).get(k), isMask(k), range, values, start, sheetWidth);
      }
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new Png(channels, count * cellHeight + GAP, sheetWidth, values).write(out);
    }
    return told(file);
  }

  /// {@return the least and the greatest value of each channel}
  private float[][] range() {
    var range = new float[channels][];
    for (int c = 0; c < channels; c++) {
      range[c] = new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    }
    int size = tall() * broad();
    for (List<float[]> row : rows) {
      for (int k = 0; k < row.size(); k++) {
        for (int i = 0; i < row.get(k).length && !isMask(k); i++) {
          float[] channel = range[i / size];
          channel[0] = Math.min(channel[0], row.get(k)[i]);
          channel[1] = Math.max(channel[1], row.get(k)[i]);
        }
      }
    }
    return range;
  }

  private void draw(
      float[] image, boolean mask, float[][] range, byte[] into, int start, int sheetWidth) {
    int size = tall() * broad();
    for (int y = 0; y < tall() * grow; y++) {
      for (int x = 0; x < broad() * grow; x++) {
        int pixel = y / grow * broad() + x / grow;
        for (int c = 0; c < channels; c++) {
          float least = mask ? 0 : range[c][0];
          float most = mask ? 1 : range[c][1];
          float value = image[mask ? pixel : c * size + pixel];
          float share = most > least ? (value - least) / (most - least) : 0;
          into[(start + y * sheetWidth + x) * channels + c] =
              (byte) Math.clamp(Math.round(255 * share), 0, 255);
        }
      }
    }
  }

  private String told(Path file) {
    String what =
        switch (task.goal()) {
          case CLASSIFICATION ->
              "a row for each class: "
                  + task.names().stream().limit(rows.size()).collect(Collectors.joining(", "))
                  + (task.outputs() > rows.size()
                      ? " (%d more are not shown)".formatted(task.outputs() - rows.size())
                      : "");
          case SEGMENTATION -> "each training image with its mask";
          default -> "training images";
        };
    return "sheet       %s, %s".formatted(file, Sentence.shown(what));
  }
}
