package io.antiphon.examples.mixup;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Order;
import io.antiphon.core.Png;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Keeps the first images of the first batch of each fit as a row, and ends the fit there.
final class ContactSheet implements Callback {
  private static final int SIDE = 28;
  private static final int GAP = 2;

  private final int columns;
  private final List<float[]> rows = new ArrayList<>();

  ContactSheet(int columns) {
    this.columns = columns;
  }

  /// After everything that changes batches.
  @Override
  public Order order() {
    return Order.at(1000);
  }

  @Override
  public void beforeBatch(Batch batch) {
    rows.add(batch.inputs().head().toFloatArray());
    throw new CancelFitException("one batch is enough for a row");
  }

  /// Writes the rows as a grey PNG, at twice the size.
  void write(Path file) throws IOException {
    int scale = 2;
    int width = columns * (SIDE + GAP) + GAP;
    int height = rows.size() * (SIDE + GAP) + GAP;
    var grey = new byte[width * scale * height * scale];
    for (int y = 0; y < height * scale; y++) {
      for (int x = 0; x < width * scale; x++) {
        grey[y * width * scale + x] = pixel(x / scale, y / scale);
      }
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      new Png(1, height * scale, width * scale, grey).write(out);
    }
  }

  private byte pixel(int x, int y) {
    int column = Math.floorDiv(x - GAP, SIDE + GAP);
    int row = Math.floorDiv(y - GAP, SIDE + GAP);
    int dx = x - GAP - column * (SIDE + GAP);
    int dy = y - GAP - row * (SIDE + GAP);
    if (column < 0 || row < 0 || dx >= SIDE || dy >= SIDE) {
      return (byte) 90;
    }
    float value = rows.get(row)[(column * SIDE + dy) * SIDE + dx];
    return (byte) Math.round(255 * Math.clamp(value, 0f, 1f));
  }
}
