package io.antiphon.arrays;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.data.DataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.LongStream;

/// An array of samples in a file, `[N, …]`, whose elements are read where they lie.
///
/// Several threads may read at once.
final class StoredArray {
  private final String what;
  private final ElementType type;
  private final ByteOrder order;
  private final long[] shape;
  private final long[] strides;
  private final MemorySegment data;

  /// Where each element of a sample lies, from its first one on; nothing if they lie row by row.
  private final long[] places;

  private StoredArray(
      String what,
      ElementType type,
      ByteOrder order,
      long[] shape,
      long[] strides,
      MemorySegment data) {
    this.what = what;
    this.type = type;
    this.order = order;
    this.shape = shape;
    this.strides = strides;
    this.data = data;
    places = isRowByRow(shape, strides) ? new long[0] : places(shape, strides);
  }

  /// {@return an array whose elements lie one behind the other}
  ///
  /// @param what what to call it in messages
  /// @param columns whether the first index runs fastest, as in Fortran
  /// @param data as many elements as the shape says
  /// @throws DataException if it has no samples, or one that is too large
  static StoredArray of(
      String what,
      ElementType type,
      ByteOrder order,
      long[] shape,
      boolean columns,
      MemorySegment data) {
    if (shape.length == 0 || LongStream.of(shape).anyMatch(length -> length == 0)) {
      throw new DataException(
          "%s has the shape %s, not [N, …] with at least one sample".formatted(what, text(shape)));
    }
    if (shape[0] > Integer.MAX_VALUE
        || data.byteSize() / shape[0] > Integer.MAX_VALUE / Double.BYTES) {
      throw new DataException(
          "%s has the shape %s; there may be 2^31 samples of 256 MiB at most"
              .formatted(what, text(shape)));
    }
    var strides = new long[shape.length];
    long next = 1;
    for (int i = 0; i < shape.length; i++) {
      int axis = columns ? i : shape.length - 1 - i;
      strides[axis] = next;
      next *= shape[axis];
    }
    return new StoredArray(what, type, order, shape, strides, data);
  }

  private static boolean isRowByRow(long[] shape, long[] strides) {
    long next = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != next) {
        return false;
      }
      next *= shape[i];
    }
    return true;
  }

  private static long[] places(long[] shape, long[] strides) {
    long[] places = {0};
    for (int axis = 1; axis < shape.length; axis++) {
      var more = new long[places.length * (int) shape[axis]];
      for (int i = 0; i < more.length; i++) {
        more[i] = places[i / (int) shape[axis]] + i % shape[axis] * strides[axis];
      }
      places = more;
    }
    return places;
  }

  private static String text(long[] shape) {
    return Arrays.toString(shape);
  }

  /// {@return the same with an axis of length 1 before those of a sample: `[N, 1, …]`}
  StoredArray withChannel() {
    var longer = new long[shape.length + 1];
    var steps = new long[shape.length + 1];
    longer[0] = shape[0];
    steps[0] = strides[0];
    longer[1] = 1;
    System.arraycopy(shape, 1, longer, 2, shape.length - 1);
    System.arraycopy(strides, 1, steps, 2, shape.length - 1);
    return new StoredArray(what, type, order, longer, steps, data);
  }

  /// {@return the same with its last axis before the others of a sample: `[N, H, W, C]` becomes
  /// `[N, C, H, W]`}
  StoredArray channelsFirst() {
    long[] moved = shape.clone();
    long[] steps = strides.clone();
    int last = shape.length - 1;
    moved[1] = shape[last];
    steps[1] = strides[last];
    System.arraycopy(shape, 1, moved, 2, last - 1);
    System.arraycopy(strides, 1, steps, 2, last - 1);
    return new StoredArray(what, type, order, moved, steps, data);
  }

  /// {@return the same with samples of another shape of as many elements}
  ///
  /// @throws DataException if there are not as many, or they do not lie row by row
  StoredArray reshaped(long[] sample) {
    if (Arrays.equals(sample, 0, sample.length, shape, 1, shape.length)) {
      return this;
    }
    long wanted = LongStream.of(sample).reduce(1, (a, b) -> a * b);
    if (wanted != sampleSize() || places.length > 0) {
      throw new DataException(
          "%s has samples of the shape %s%s, not %s"
              .formatted(
                  what,
                  text(sampleShape()),
                  places.length > 0 ? ", which do not lie row by row," : "",
                  text(sample)));
    }
    var longer = new long[sample.length + 1];
    longer[0] = shape[0];
    System.arraycopy(sample, 0, longer, 1, sample.length);
    return of(what, type, order, longer, false, data);
  }

  /// {@return what to call it in messages}
  String what() {
    return what;
  }

  ElementType type() {
    return type;
  }

  /// {@return the number of samples}
  int count() {
    return (int) shape[0];
  }

  /// {@return the number of axes, that of the samples among them}
  int dimensions() {
    return shape.length;
  }

  /// {@return the length of an axis}
  long length(int axis) {
    return shape[axis];
  }

  long[] sampleShape() {
    return Arrays.copyOfRange(shape, 1, shape.length);
  }

  /// {@return the number of elements of a sample}
  int sampleSize() {
    return (int) (data.byteSize() / type.width() / shape[0]);
  }

  /// {@return the shape, with N}
  Shape shape() {
    return new Shape(shape);
  }

  /// {@return the elements of a sample, row by row, in the buffer's order}
  ByteBuffer sample(int index) {
    int width = type.width();
    long start = index * strides[0] * width;
    if (places.length == 0) {
      return data.asSlice(start, (long) sampleSize() * width).asByteBuffer().order(order);
    }
    var bytes = new byte[places.length * width];
    for (int i = 0; i < places.length; i++) {
      for (int j = 0; j < width; j++) {
        bytes[i * width + j] = data.get(ValueLayout.JAVA_BYTE, start + places[i] * width + j);
      }
    }
    return ByteBuffer.wrap(bytes).order(order);
  }

  /// Writes a sample.
  ///
  /// @param as uint8 (of an array of that), int64 (of whole numbers) or float32
  void read(int index, DataType as, ByteBuffer into) {
    ByteBuffer from = sample(index);
    int width = type.width();
    boolean asItIs =
        as == DataType.UINT8 || (as == DataType.FLOAT32 && type == ElementType.FLOAT32);
    if (asItIs && (width == 1 || order == into.order())) {
      into.put(from);
      return;
    }
    for (int at = 0; at < from.limit(); at += width) {
      if (as == DataType.INT64) {
        into.putLong(type.whole(from, at));
      } else {
        into.putFloat((float) type.number(from, at));
      }
    }
  }

  @Override
  public String toString() {
    return "%s: %s %s".formatted(what, type, text(shape));
  }
}
