package io.antiphon.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.torch.SafetensorsHeader.ElementType;
import io.antiphon.torch.SafetensorsHeader.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Arrays by name in a file, in the [safetensors
/// format](https://github.com/huggingface/safetensors#format), which Python's library of that name
/// reads and writes. Nothing in such a file is ever executed.
///
/// ```
/// Safetensors.write(file, Map.of("weight", weight), Map.of("format", "pt"));
/// try (Safetensors saved = Safetensors.open(file)) {
///   NDArray weight = saved.read("weight", manager);
/// }
/// ```
///
/// A file is checked when it is opened, before memory is taken for it: its header is at most 100 MB
/// and no longer than the file, every array's place has the size of its shape and type, and all of
/// them together are the file. Bytes go between file and array directly.
public final class Safetensors implements AutoCloseable {
  private static final int LENGTH = 8;
  private static final int PIECE = 1 << 26;

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final long start;

  private Safetensors(Path file, FileChannel channel, SafetensorsHeader header, long start) {
    this.file = file;
    this.channel = channel;
    this.header = header;
    this.start = start;
  }

  /// Writes arrays, and waits until the disk has them.
  ///
  /// @param file where; what is there is replaced
  /// @param arrays by their names, of any type and shape, on any device
  /// @param metadata what else the file shall say
  /// @throws IOException if the file cannot be written; a part of it may be there
  /// @throws IllegalArgumentException if an array is named `__metadata__`, or the format has no
  ///   such type
  public static void write(Path file, Map<String, NDArray> arrays, Map<String, String> metadata)
      throws IOException {
    write(file, arrays, metadata, _ -> {});
  }

  /// Writes arrays as [#write(Path, Map, Map)], and hands on every byte.
  ///
  /// @param bytes hears of what is written, in order; it reads a buffer to its limit
  public static void write(
      Path file,
      Map<String, NDArray> arrays,
      Map<String, String> metadata,
      Consumer<ByteBuffer> bytes)
      throws IOException {
    List<Map.Entry<String, NDArray>> ordered = ordered(arrays);
    var entries = new LinkedHashMap<String, Entry>();
    long end = 0;
    for (Map.Entry<String, NDArray> each : ordered) {
      ElementType type = type(each.getKey(), each.getValue());
      long size = Math.multiplyExact(each.getValue().size(), (long) type.bytes());
      entries.put(each.getKey(), new Entry(type, each.getValue().getShape(), end, end + size));
      end += size;
    }
    byte[] head = new SafetensorsHeader(metadata, entries).bytes();
    if (head.length > SafetensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "the names of %d arrays are longer than the format allows".formatted(arrays.size()));
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      var length = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
      write(channel, length.putLong(head.length).flip(), bytes);
      write(channel, ByteBuffer.wrap(head), bytes);
      for (Map.Entry<String, NDArray> each : ordered) {
        write(channel, each.getValue(), bytes);
      }
      channel.force(true);
    }
  }

  /// As Python's library: those with wide elements first, so that every array is aligned.
  private static List<Map.Entry<String, NDArray>> ordered(Map<String, NDArray> arrays) {
    Comparator<Map.Entry<String, NDArray>> widest =
        Comparator.comparingInt(each -> -type(each.getKey(), each.getValue()).bytes());
    return arrays.entrySet().stream().sorted(widest.thenComparing(Map.Entry::getKey)).toList();
  }

  private static ElementType type(String name, NDArray array) {
    if (name.equals("__metadata__")) {
      throw new IllegalArgumentException("an array cannot be named '__metadata__'");
    }
    return switch (Cast.typeOf(array)) {
      case BOOLEAN -> ElementType.BOOL;
      case UINT8 -> ElementType.U8;
      case INT8 -> ElementType.I8;
      case INT16 -> ElementType.I16;
      case FLOAT16 -> ElementType.F16;
      case BFLOAT16 -> ElementType.BF16;
      case INT32 -> ElementType.I32;
      case FLOAT32 -> ElementType.F32;
      case FLOAT64 -> ElementType.F64;
      case INT64 -> ElementType.I64;
      default ->
          throw new IllegalArgumentException(
              "array '%s' is %s, which is not written to files"
                  .formatted(name, array.getDataType()));
    };
  }

  private static void write(FileChannel channel, NDArray array, Consumer<ByteBuffer> bytes)
      throws IOException {
    try (NDManager scratch = array.getManager().newSubManager(Device.cpu());
        Arena arena = Arena.ofConfined()) {
      NDArray plain = Scripts.PLAIN.call(scratch, "plain", array).head();
      JavaBuffer.share(array, plain);
      MemorySegment memory = Memory.view(plain, arena);
      for (long at = 0; at < memory.byteSize(); at += PIECE) {
        long size = Math.min(PIECE, memory.byteSize() - at);
        write(channel, memory.asSlice(at, size).asByteBuffer(), bytes);
      }
    }
  }

  private static void write(FileChannel channel, ByteBuffer buffer, Consumer<ByteBuffer> bytes)
      throws IOException {
    bytes.accept(buffer.asReadOnlyBuffer());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /// Opens a file and checks it.
  ///
  /// @throws SafetensorsException if it is no whole safetensors file
  /// @throws UncheckedIOException if it cannot be read
  public static Safetensors open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      Safetensors opened = open(file, channel);
      channel = null;
      return opened;
    } catch (NoSuchFileException e) {
      throw new SafetensorsException(file, "there is no such file", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // another failure is told
      }
    }
  }

  private static Safetensors open(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < LENGTH) {
      throw new SafetensorsException(
          file, "%d bytes are no safetensors file, which begins with 8".formatted(size));
    }
    var bytes = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    read(channel, bytes, 0);
    long length = bytes.getLong(0);
    if (length < 0 || length > SafetensorsHeader.LONGEST) {
      throw new SafetensorsException(
          file, "it is no safetensors file, or its first 8 bytes are damaged");
    }
    if (length > size - LENGTH) {
      throw new SafetensorsException(
          file,
          "it is cut off in its header: that has %d bytes, the file %d".formatted(length, size));
    }
    byte[] header = new byte[(int) length];
    read(channel, ByteBuffer.wrap(header), LENGTH);
    long start = LENGTH + length;
    try {
      return new Safetensors(file, channel, SafetensorsHeader.parse(header, size - start), start);
    } catch (SafetensorsHeader.Wrong e) {
      throw new SafetensorsException(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static void read(FileChannel channel, ByteBuffer into, long from) throws IOException {
    long at = from;
    while (into.hasRemaining()) {
      int read = channel.read(into, at);
      if (read < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
      at += read;
    }
  }

  /// {@return what the file says beside its arrays}
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /// {@return the names of the arrays, in the order of the header}
  public List<String> names() {
    return List.copyOf(header.entries().keySet());
  }

  /// {@return the shape of an array}
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public Shape shape(String name) {
    return entry(name).shape();
  }

  /// {@return the type of an array's elements, by the name that the format has for it: `F32`}
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public String type(String name) {
    return entry(name).type().name();
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException("there is no array '%s' in %s".formatted(name, file));
    }
    return entry;
  }

  /// {@return an array; bfloat16 becomes float32, which holds the same values}
  ///
  /// @param name its name
  /// @param manager who owns it, and names its device
  /// @throws IllegalArgumentException if there is none of that name
  /// @throws SafetensorsException if its type is one that libtorch's arrays do not have here
  /// @throws UncheckedIOException if it cannot be read
  public NDArray read(String name, NDManager manager) {
    Entry entry = entry(name);
    DataType type =
        switch (entry.type()) {
          case BOOL -> DataType.BOOLEAN;
          case U8 -> DataType.UINT8;
          case I8 -> DataType.INT8;
          case I16 -> DataType.INT16;
          case F16 -> DataType.FLOAT16;
          case I32 -> DataType.INT32;
          case BF16, F32 -> DataType.FLOAT32;
          case F64 -> DataType.FLOAT64;
          case I64 -> DataType.INT64;
          case F8_E5M2, F8_E4M3, U16, U32, U64, C64 ->
              throw new SafetensorsException(
                  file, "'%s' is %s, which cannot be read here".formatted(name, entry.type()));
        };
    NDArray array;
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      array = host.create(entry.shape(), type);
      fill(array, entry);
      if (manager.getDevice().equals(Device.cpu())) {
        array.attach(manager);
      } else {
        array = array.toDevice(manager.getDevice(), true);
        array.attach(manager);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return array;
  }

  /// {@return the elements of an array as they lie in the file, row by row, little-endian, without
  /// reading them: the file is mapped into memory, and must stay as it is}
  ///
  /// @param name its name
  /// @param arena how long they are wanted; it may be longer than this is open
  /// @throws IllegalArgumentException if there is none of that name
  /// @throws UncheckedIOException if it cannot be mapped
  public MemorySegment map(String name, Arena arena) {
    Entry entry = entry(name);
    try {
      return channel.map(
          FileChannel.MapMode.READ_ONLY, start + entry.begin(), entry.bytes(), arena);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fill(NDArray array, Entry entry) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = Memory.view(array, arena);
      boolean widens = entry.type() == ElementType.BF16;
      for (long at = 0; at < entry.bytes(); at += PIECE) {
        int size = (int) Math.min(PIECE, entry.bytes() - at);
        if (widens) {
          widen(start + entry.begin() + at, size, memory.asSlice(2 * at, 2L * size));
        } else {
          read(channel, memory.asSlice(at, size).asByteBuffer(), start + entry.begin() + at);
        }
      }
    }
  }

  private void widen(long from, int size, MemorySegment into) throws IOException {
    var narrow = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    read(channel, narrow, from);
    ByteBuffer wide = into.asByteBuffer().order(ByteOrder.nativeOrder());
    for (int i = 0; i < size / 2; i++) {
      wide.putInt(4 * i, narrow.getShort(2 * i) << 16);
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  @Override
  public String toString() {
    return "%d arrays in %s".formatted(header.entries().size(), file);
  }

  /// Compiled when the first array is written: reading a header loads no native code.
  private static final class Scripts {
    static final TorchScript PLAIN =
        TorchScript.compile(
            """
            def plain(x: Tensor) -> Tensor:
              return torch.contiguous(torch.cpu(torch.detach(x)))
            """);
  }
}
