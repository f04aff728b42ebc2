package io.antiphon.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// The array in an IDX file, the format of the MNIST database of handwritten digits.
///
/// A file has two zero bytes, a byte for the type, a byte for the number of dimensions, each
/// dimension as a 32-bit number, then the elements in row-major order, all big-endian. It may be
/// compressed with gzip; the content tells, not the name. A file that is not compressed is mapped
/// into memory and takes nothing of the heap; it must stay as it is.
public final class Idx {
  private static final int LABELS = 0x0801;
  private static final int IMAGES = 0x0803;
  private static final long TOO_MANY = Long.MAX_VALUE;

  private final Path file;
  private final int magic;
  private final Shape shape;
  private final MemorySegment data;

  private Idx(Path file, int magic, Shape shape, MemorySegment data) {
    this.file = file;
    this.magic = magic;
    this.shape = shape;
    this.data = data;
  }

  /// Reads a file.
  ///
  /// @throws DataException if there is no such file, it is not an IDX file, or it is longer or
  ///   shorter than its header says
  public static Idx read(Path file) {
    try (InputStream in = open(file)) {
      byte[] start = header(file, in, 4, "magic");
      int magic = ByteBuffer.wrap(start).getInt();
      if (start[0] != 0 || start[1] != 0 || type(start[2]) == DataType.UNKNOWN) {
        throw new DataException(
            "%s: magic 0x%08x is not that of an IDX file, which starts with 0x00000803 for images"
                    .formatted(file, magic)
                + " or 0x00000801 for labels");
      }
      int dimensions = Byte.toUnsignedInt(start[3]);
      ByteBuffer sizes = ByteBuffer.wrap(header(file, in, 4 * dimensions, "dimensions"));
      var shape = new long[dimensions];
      long bytes = bytes(start[2]);
      for (int i = 0; i < dimensions; i++) {
        shape[i] = Integer.toUnsignedLong(sizes.getInt());
        bytes = product(bytes, shape[i]);
      }
      MemorySegment data =
          in instanceof GZIPInputStream
              ? unpacked(file, in, shape, bytes)
              : mapped(file, 4 + 4L * dimensions, shape, bytes);
      return new Idx(file, magic, new Shape(shape), data);
    } catch (IOException e) {
      throw DataException.unreadable(file, e);
    }
  }

  /// {@return the file beside one of images that has their labels, if there is one: its name has
  /// `labels` in the place of `images` and `idx1` in that of `idx3`, plain or .gz}
  public static Optional<Path> labels(Path images) {
    String name = images.getFileName().toString();
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    String labels = plain.replace("images", "labels").replace("idx3", "idx1");
    return Stream.of(labels, labels + ".gz")
        .map(images::resolveSibling)
        .filter(file -> !labels.equals(plain) && Files.isRegularFile(file))
        .findFirst();
  }

  private static MemorySegment unpacked(Path file, InputStream in, long[] shape, long bytes)
      throws IOException {
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "%s: %s, more than the 2 GiB that can be unpacked into memory; unpack it into a file"
              .formatted(file, says(shape, bytes)));
    }
    byte[] data = in.readNBytes((int) bytes);
    check(file, shape, bytes, data.length + (in.read() >= 0 ? 1 : 0));
    return MemorySegment.ofArray(data);
  }

  private static MemorySegment mapped(Path file, long start, long[] shape, long bytes)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      check(file, shape, bytes, channel.size() - start);
      return channel.map(FileChannel.MapMode.READ_ONLY, start, bytes, Arena.ofAuto());
    }
  }

  private static void check(Path file, long[] shape, long bytes, long there) {
    if (there < bytes) {
      throw new DataException(
          "%s is truncated: %s, but there are %d".formatted(file, says(shape, bytes), there));
    }
    if (there > bytes) {
      throw new DataException(
          "%s is too long: %s, but there are more".formatted(file, says(shape, bytes)));
    }
    if (shape.length > 0 && shape[0] > Integer.MAX_VALUE) {
      throw new DataException(
          "%s: %s; at most %d samples can be read"
              .formatted(file, says(shape, bytes), Integer.MAX_VALUE));
    }
  }

  private static String says(long[] shape, long bytes) {
    return "its header says %s, %s bytes of data"
        .formatted(Arrays.toString(shape), bytes == TOO_MANY ? "2^63 or more" : bytes);
  }

  // The number that no file has, where the true product could overflow.
  private static long product(long a, long b) {
    return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : TOO_MANY;
  }

  private static InputStream open(Path file) throws IOException {
    var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      in.mark(2);
      boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      return gzip ? new GZIPInputStream(in, 1 << 16) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static byte[] header(Path file, InputStream in, int length, String what)
      throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new DataException(
          "%s is truncated: its header has %d of %d bytes of %s"
              .formatted(file, bytes.length, length, what));
    }
    return bytes;
  }

  private static int bytes(byte code) {
    return code == 0x0B ? 2 : type(code).getNumOfBytes();
  }

  private static DataType type(byte code) {
    return switch (code) {
      case 0x08 -> DataType.UINT8;
      case 0x09 -> DataType.INT8;
      // the PyTorch engine has no 16-bit integers: asking it for some aborts the JVM
      case 0x0B, 0x0C -> DataType.INT32;
      case 0x0D -> DataType.FLOAT32;
      case 0x0E -> DataType.FLOAT64;
      default -> DataType.UNKNOWN;
    };
  }

  /// {@return this, which must be images, uint8 `[N, H, W]`}
  ///
  /// @throws DataException if it is something else
  public Idx images() {
    return expect(IMAGES);
  }

  /// {@return this, which must be labels, uint8 `[N]`}
  ///
  /// @throws DataException if it is something else
  public Idx labels() {
    return expect(LABELS);
  }

  private Idx expect(int expected) {
    if (magic != expected) {
      throw new DataException(
          "%s: magic 0x%08x is for %s, expected 0x%08x for %s"
              .formatted(file, magic, kind(magic), expected, kind(expected)));
    }
    return this;
  }

  private static String kind(int magic) {
    return switch (magic) {
      case IMAGES -> "images";
      case LABELS -> "labels";
      default ->
          "%d-dimensional %s"
              .formatted(magic & 0xff, type((byte) (magic >> 8)).name().toLowerCase(Locale.ROOT));
    };
  }

  /// Checks that images and labels belong together.
  ///
  /// @param images images, `[N, H, W]`
  /// @param labels their labels, `[N]`, each less than `classes`
  /// @param classes the number of classes
  /// @throws DataException if one is not what it should be, their counts differ, or a label is too
  ///   great
  public static void checkPair(Idx images, Idx labels, int classes) {
    long count = images.images().shape.get(0);
    if (labels.labels().shape.get(0) != count) {
      throw new DataException(
          "%s has %d images but %s has %d labels"
              .formatted(images.file, count, labels.file, labels.shape.get(0)));
    }
    for (int i = 0; i < count; i++) {
      int label = labels.label(i);
      if (label >= classes) {
        throw new DataException(
            "%s: label %d at index %d, expected 0 to %d"
                .formatted(labels.file, label, i, classes - 1));
      }
    }
  }

  /// {@return the label at an index, of a file of labels}
  int label(int index) {
    return Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, index));
  }

  /// Copies the bytes of a sample.
  void copy(int index, ByteBuffer to) {
    long sample = data.byteSize() / count();
    to.put(data.asSlice(index * sample, sample).asByteBuffer());
  }

  /// {@return a loader of images and their labels, in the order of the files: inputs float32 `[N,
  /// 1, H, W]`, standardised; targets int64 `[N]`}
  ///
  /// @param manager who owns the arrays
  /// @param images images, `[N, H, W]`, N at least 1
  /// @param labels their labels, `[N]`
  /// @param standardization what is applied to grey values in `[0, 1]`
  /// @throws DataException if one is not what it should be, or their counts differ
  public static TensorLoader loader(
      NDManager manager, Idx images, Idx labels, Standardization standardization) {
    checkPair(images, labels, 256);
    return loader(manager, images, labels, images.count(), standardization);
  }

  static TensorLoader loader(
      NDManager manager, Idx images, Idx labels, int count, Standardization standardization) {
    try (NDManager scratch = manager.newSubManager()) {
      NDArray grey = images.array(scratch, 0, count);
      NDArray inputs = standardization.apply(grey.expandDims(1));
      NDArray targets = labels.array(scratch, 0, count).toType(DataType.INT64, true);
      inputs.attach(manager);
      targets.attach(manager);
      return TensorLoader.of(inputs, targets);
    }
  }

  /// {@return the file}
  public Path file() {
    return file;
  }

  /// {@return the shape, such as `[N, 28, 28]`}
  public Shape shape() {
    return shape;
  }

  /// {@return the number of samples, the first dimension}
  public int count() {
    return Math.toIntExact(shape.get(0));
  }

  /// {@return the type of the elements: uint8, int8, int32 (for 16-bit integers too), float32 or
  /// float64}
  public DataType dataType() {
    return type((byte) (magic >> 8));
  }

  /// {@return the elements as they lie in the file, row by row, big-endian}
  public MemorySegment elements() {
    return data.asReadOnly();
  }

  /// {@return all elements as an array of the file's shape, of type [#dataType()]}
  ///
  /// @param manager who owns it
  public NDArray array(NDManager manager) {
    return array(manager, 0, count());
  }

  /// {@return some consecutive samples as an array, `[count, …]`}
  ///
  /// @param manager who owns it
  /// @param first the index of the first sample, from 0
  /// @param count the number of samples
  /// @throws DataException if there are not as many
  public NDArray array(NDManager manager, int first, int count) {
    if (first < 0 || count < 0 || count > count() - first) {
      throw new DataException(
          "%s has %d samples, from which %d cannot be taken from index %d on"
              .formatted(file, count(), count, first));
    }
    long sample = count() == 0 ? 0 : data.byteSize() / count();
    int width = bytes((byte) (magic >> 8));
    long size = count * sample / width * dataType().getNumOfBytes();
    if (size > Integer.MAX_VALUE) {
      throw new DataException(
          "%s: %d samples are %d bytes, more than the 2 GiB of one array"
              .formatted(file, count, size));
    }
    var elements = ByteBuffer.allocateDirect((int) size).order(ByteOrder.nativeOrder());
    copy(data.asSlice(first * sample, count * sample).asByteBuffer(), width, elements);
    return manager.create(elements.flip(), TensorLoader.withLength(shape, count), dataType());
  }

  private static void copy(ByteBuffer from, int width, ByteBuffer to) {
    while (from.hasRemaining()) {
      switch (width) {
        case 2 -> to.putInt(from.getShort());
        case 4 -> to.putInt(from.getInt());
        case 8 -> to.putLong(from.getLong());
        default -> to.put(from);
      }
    }
  }

  @Override
  public String toString() {
    return "%s: %s %s".formatted(file, dataType().name().toLowerCase(Locale.ROOT), shape);
  }
}
