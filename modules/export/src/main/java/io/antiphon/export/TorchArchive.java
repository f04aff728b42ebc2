package io.antiphon.export;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Memory;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A net with its weights as a file of TorchScript: a zip archive of code, of one pickled object
/// with what it has, and of the bytes of each array.
///
/// The format is that of PyTorch's `torch/csrc/jit/serialization`.
final class TorchArchive {
  private static final String CLASS = "Net";
  private static final int PIECE = 1 << 24;

  private TorchArchive() {}

  /// {@return what an input is called in the code}
  static String argument(Task task, int input) {
    return task.inputs().size() == 1 ? "x" : "x" + input;
  }

  static void write(Path file, Network network, Task task) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        var zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "model/data.pkl", pickle(network));
      put(zip, "model/code/__torch__.py", code(network, task).getBytes(StandardCharsets.UTF_8));
      put(zip, "model/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      put(zip, "model/version", "3\n".getBytes(StandardCharsets.US_ASCII));
      put(zip, "model/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      int number = 0;
      for (NDArray array : network.arrays().values()) {
        put(zip, "model/data/" + number++, array);
      }
    }
  }

  private static String attribute(String name) {
    return name.replace('.', '_');
  }

  private static String code(Network network, Task task) {
    var text = new StringBuilder("class %s(Module):\n".formatted(CLASS));
    text.append("  __parameters__ = %s\n".formatted(quoted(network, true)));
    text.append("  __buffers__ = %s\n".formatted(quoted(network, false)));
    network
        .arrays()
        .keySet()
        .forEach(name -> text.append("  %s : Tensor\n".formatted(attribute(name))));
    text.append("  training : bool\n  def forward(self: __torch__.%s".formatted(CLASS));
    for (int i = 0; i < task.inputs().size(); i++) {
      text.append(", %s: Tensor".formatted(argument(task, i)));
    }
    text.append(") -> Tensor:\n");
    for (Layer layer : network.layers()) {
      for (String line : layer.script()) {
        text.append("    ").append(filled(line, layer)).append('\n');
      }
    }
    return text.append("    return x\n").toString();
  }

  /// {@return a line with the attributes in the places of weights}
  private static String filled(String line, Layer layer) {
    String filled = line;
    for (Map.Entry<String, String> weight : layer.weights().entrySet()) {
      filled =
          filled.replace(
              "{" + weight.getKey() + "}", "self." + attribute(layer.path(weight.getValue())));
    }
    return filled;
  }

  private static String quoted(Network network, boolean parameters) {
    var names = new StringBuilder();
    for (String name : network.arrays().keySet()) {
      if (network.parameters().contains(name) == parameters) {
        names.append("\"%s\", ".formatted(attribute(name)));
      }
    }
    return "[" + names + "]";
  }

  /// {@return an instance of the class, with its attributes}
  private static byte[] pickle(Network network) {
    var out = new Pickle();
    out.op(0x80, 2).global("__torch__", CLASS).op(')', 0x81, '}', '(');
    int number = 0;
    for (Map.Entry<String, NDArray> each : network.arrays().entrySet()) {
      out.text(attribute(each.getKey())).tensor(number++, each.getValue());
    }
    return out.text("training").op(0x89, 'u', 'b', '.').bytes.toByteArray();
  }

  /// Writes the few operations of Python's pickle that such a file needs.
  private static final class Pickle {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Pickle op(int... operations) {
      for (int each : operations) {
        bytes.write(each);
      }
      return this;
    }

    Pickle global(String module, String name) {
      op('c');
      bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
      return this;
    }

    Pickle text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      op('X').little(utf8.length, Integer.BYTES);
      bytes.writeBytes(utf8);
      return this;
    }

    Pickle number(long number) {
      return number == (int) number
          ? op('J').little(number, Integer.BYTES)
          : op(0x8a, Long.BYTES).little(number, Long.BYTES);
    }

    private Pickle little(long number, int width) {
      for (int i = 0; i < width; i++) {
        bytes.write((int) (number >> (8 * i)));
      }
      return this;
    }

    private Pickle numbers(List<Long> numbers) {
      op('(');
      numbers.forEach(this::number);
      return op('t');
    }

    /// An array whose bytes are in a file of its own.
    Pickle tensor(int file, NDArray array) {
      var sizes = new ArrayList<Long>();
      var strides = new ArrayList<Long>();
      long stride = 1;
      for (long size : array.getShape().getShape()) {
        sizes.add(size);
      }
      for (long size : sizes.reversed()) {
        strides.addFirst(stride);
        stride *= size;
      }
      global("torch._utils", "_rebuild_tensor_v2").op('(', '(');
      text("storage").global("torch", "FloatStorage").text(Integer.toString(file)).text("cpu");
      number(stride).op('t', 'Q').number(0).numbers(sizes).numbers(strides).op(0x89);
      return global("collections", "OrderedDict").op(')', 'R', 't', 'R');
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] data) throws IOException {
    put(zip, name, MemorySegment.ofArray(data));
  }

  private static void put(ZipOutputStream zip, String name, NDArray array) throws IOException {
    try (NDManager scratch = NDManager.newBaseManager(Device.cpu());
        Arena arena = Arena.ofConfined()) {
      NDArray own = array.toDevice(scratch.getDevice(), true);
      own.attach(scratch);
      put(zip, name, Memory.view(own, arena));
    }
  }

  /// A stored entry begins with its checksum, so its bytes are read twice.
  private static void put(ZipOutputStream zip, String name, MemorySegment data) throws IOException {
    var checksum = new CRC32();
    for (byte[] piece : pieces(data)) {
      checksum.update(piece);
    }
    var entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setSize(data.byteSize());
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    for (byte[] piece : pieces(data)) {
      zip.write(piece);
    }
    zip.closeEntry();
  }

  private static Iterable<byte[]> pieces(MemorySegment data) {
    return () ->
        LongStream.range(0, Math.ceilDiv(data.byteSize(), PIECE))
            .mapToObj(i ->
                data.asSlice(i * PIECE, Math.min(PIECE, data.byteSize() - i * PIECE))
                    .toArray(ValueLayout.JAVA_BYTE))
            .iterator();
  }
}
