package io.antiphon.arrays;

import io.antiphon.core.options.Spelling;
import io.antiphon.data.DataException;
import io.antiphon.data.Idx;
import io.antiphon.torch.Safetensors;
import io.antiphon.torch.SafetensorsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The arrays of a file: `.npz` or safetensors have several by name, `.npy` and IDX one; a folder
/// has those of its `.npy` files. The content tells which it is.
///
/// @param path the file
/// @param arrays by their names, read when they are asked for; one alone has the name ``
record ArrayFile(Path path, Map<String, Supplier<StoredArray>> arrays) {
  private static final String ALONE = "";

  static ArrayFile open(Path path) {
    try {
      if (Files.isDirectory(path)) {
        return new ArrayFile(path, folder(path));
      }
      MemorySegment file = map(path);
      if (Npy.is(file)) {
        StoredArray array = Npy.read(path.toString(), file);
        return new ArrayFile(path, Map.of(ALONE, () -> array));
      }
      if (Npz.is(file)) {
        return new ArrayFile(path, new Npz(path, file).arrays());
      }
      if (isIdx(file)) {
        StoredArray array = idx(path);
        return new ArrayFile(path, Map.of(ALONE, () -> array));
      }
      refuseDamage(path);
      return new ArrayFile(path, safetensors(path));
    } catch (IOException e) {
      throw DataException.unreadable(path, e);
    } catch (UncheckedIOException e) {
      throw new DataException("'%s' cannot be read (%s)".formatted(path, e.getMessage()), e);
    }
  }

  /// What begins as no format does, but is named as NumPy's, is not looked at as something else.
  private static void refuseDamage(Path path) {
    for (String ending : List.of(".npz", ".npy")) {
      if (path.toString().endsWith(ending)) {
        throw new DataException(
            "%s is damaged, or no %s file: it does not begin as one".formatted(path, ending));
      }
    }
  }

  private static MemorySegment map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    }
  }

  private static Map<String, Supplier<StoredArray>> folder(Path folder) throws IOException {
    var arrays = new LinkedHashMap<String, Supplier<StoredArray>>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".npy")) {
          arrays.put(
              name.substring(0, name.length() - ".npy".length()),
              () -> ArrayFile.open(file).need(ALONE));
        }
      }
    }
    if (arrays.isEmpty()) {
      throw new DataException("folder '%s' has no .npy file".formatted(folder));
    }
    return arrays;
  }

  private static boolean isIdx(MemorySegment file) {
    if (file.byteSize() < 4) {
      return false;
    }
    byte first = file.get(ValueLayout.JAVA_BYTE, 0);
    byte second = file.get(ValueLayout.JAVA_BYTE, 1);
    byte type = file.get(ValueLayout.JAVA_BYTE, 2);
    boolean gzip = first == 0x1f && second == (byte) 0x8b;
    // safetensors begin with the length of their header, little-endian, and a brace after 8 bytes
    boolean braced = file.byteSize() > 8 && file.get(ValueLayout.JAVA_BYTE, 8) == '{';
    return gzip || (first == 0 && second == 0 && type >= 8 && type <= 14 && !braced);
  }

  private static StoredArray idx(Path path) {
    Idx idx = Idx.read(path);
    long width = idx.elements().byteSize() / Math.max(1, idx.shape().size());
    ElementType type =
        switch (idx.dataType()) {
          case UINT8 -> ElementType.UINT8;
          case INT8 -> ElementType.INT8;
          case FLOAT32 -> ElementType.FLOAT32;
          case FLOAT64 -> ElementType.FLOAT64;
          default -> width == 2 ? ElementType.INT16 : ElementType.INT32;
        };
    return StoredArray.of(
        path.toString(), type, ByteOrder.BIG_ENDIAN, idx.shape().getShape(), false, idx.elements());
  }

  private static Map<String, Supplier<StoredArray>> safetensors(Path path) {
    var arrays = new LinkedHashMap<String, Supplier<StoredArray>>();
    try (Safetensors saved = Safetensors.open(path)) {
      for (String name : saved.names()) {
        String what = "'%s' in %s".formatted(name, path);
        MemorySegment data = saved.map(name, Arena.ofAuto());
        long[] shape = saved.shape(name).getShape();
        String type = saved.type(name);
        arrays.put(
            name,
            () ->
                StoredArray.of(
                    what, type(what, type), ByteOrder.LITTLE_ENDIAN, shape, false, data));
      }
    } catch (SafetensorsException e) {
      throw new DataException(
          "%s; an .npz, .npy, IDX or safetensors file was expected".formatted(e.getMessage()), e);
    }
    return arrays;
  }

  private static ElementType type(String what, String type) {
    return switch (type) {
      case "BOOL" -> ElementType.BOOL;
      case "U8" -> ElementType.UINT8;
      case "I8" -> ElementType.INT8;
      case "U16" -> ElementType.UINT16;
      case "I16" -> ElementType.INT16;
      case "U32" -> ElementType.UINT32;
      case "I32" -> ElementType.INT32;
      case "U64" -> ElementType.UINT64;
      case "I64" -> ElementType.INT64;
      case "F16" -> ElementType.FLOAT16;
      case "BF16" -> ElementType.BFLOAT16;
      case "F32" -> ElementType.FLOAT32;
      case "F64" -> ElementType.FLOAT64;
      default ->
          throw new DataException(
              "%s has elements of the type %s, which is not read".formatted(what, type));
    };
  }

  /// {@return whether there is one array without a name}
  boolean isAlone() {
    return arrays.containsKey(ALONE);
  }

  /// {@return the array of a name, or of the first of some endings that there is, `NAME_train` say;
  /// one that is alone has any name}
  Optional<StoredArray> find(String name, List<String> endings) {
    var names = new ArrayList<>(List.of(ALONE, name));
    endings.forEach(ending -> names.add(name + ending));
    return names.stream()
        .flatMap(each -> Stream.ofNullable(arrays.get(each)))
        .findFirst()
        .map(Supplier::get);
  }

  /// {@return the array that [#find] finds}
  ///
  /// @throws DataException if there is none
  StoredArray need(String name, String... endings) {
    return find(name, List.of(endings))
        .orElseThrow(() ->
            new DataException(
                "%s has no array '%s'%s"
                    .formatted(path, name, Spelling.hint(name, arrays.keySet(), "it has"))));
  }
}
