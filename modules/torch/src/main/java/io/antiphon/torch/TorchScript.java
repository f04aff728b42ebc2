package io.antiphon.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// Functions compiled from TorchScript text: every operator of ATen, from Java.
///
/// ```
/// var script = TorchScript.compile("""
///     def scaled(x: Tensor, y: Tensor, factor: float) -> Tensor:
///       return torch.add(x, torch.mul(y, factor))
///     """);
/// NDArray z = script.call(manager, "scaled", x, y, 0.5).head();
/// ```
///
/// Text is plain TorchScript at the top level, with every argument and result annotated. Operators
/// are written in full (`torch.add(x, y)` rather than `x + y` costs nothing). Arguments are arrays,
/// lists of arrays, numbers, booleans and kept [Value]s. A call records a graph if and only if the
/// thread's grad mode is on, as everywhere in libtorch.
///
/// What libtorch does to the text: it computes what depends on no argument once, so an array like
/// `torch.zeros([3])` is one array for all calls (make it from an argument: `torch.new_zeros(x,
/// [3])`); it drops in-place work on a list that nobody reads (give the list back); and it takes a
/// comparison of a `Tensor` with `None` for false.
///
/// A result may share memory with an argument (`torch.view`, or the argument itself). If DJL made
/// that argument from Java data (`create` of numbers, `set` of a buffer), keep it open while the
/// result is used, as with DJL's own `reshape`: its memory goes when it is closed.
///
/// Nothing catches a trap of the processor: `torch.remainder(x, 0)` of whole numbers ends the
/// process, and so does the smallest `int` divided by -1. `torch.floordiv` checks for 0.
///
/// An instance may be used by several threads. Compiled functions take little memory and usually
/// live as long as the program; [#close] frees them.
public final class TorchScript implements AutoCloseable {
  static {
    Libtorch.load();
  }

  private final String source;
  private final PtSymbolBlock module;

  private TorchScript(String source, PtSymbolBlock module) {
    this.source = source;
    this.module = module;
  }

  /// Compiles functions.
  ///
  /// @param functions one or more `def name(argument: Type, …) -> Type:` with bodies
  /// @throws IllegalArgumentException if it is not TorchScript or names an unknown operator; the
  ///   message shows libtorch's reason and the source line
  public static TorchScript compile(String functions) {
    String text = functions.stripTrailing().stripIndent();
    String source = asMethods(text);
    try {
      // The block belongs to the engine's own manager: it is code, not data of a run.
      var manager = (PtNDManager) NDManager.newBaseManager(ai.djl.Device.cpu());
      PtSymbolBlock block =
          JniUtils.loadModule(manager, new ByteArrayInputStream(archive(source)), false, false);
      return new TorchScript(text, block);
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          "this TorchScript does not compile: " + reason(e) + "\n" + numbered(text), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Calls a function and gives its arrays.
  ///
  /// @param manager who owns the resulting arrays
  /// @param function the function's name
  /// @param arguments [NDArray], [NDList] or a list of arrays, [Double], [Float], [Long],
  ///   [Integer], [Boolean], or [Value]
  /// @return the resulting array or arrays; of a tuple, those members that are arrays; empty if the
  ///   function gives something else
  /// @throws IllegalArgumentException if there is no such function, an argument does not fit, or
  ///   libtorch refuses; the message shows its reason and the source line
  public NDList call(NDManager manager, String function, Object... arguments) {
    long result = invoke(function, arguments);
    try {
      return guarded(Values.arrays((PtNDManager) manager, result));
    } finally {
      Values.delete(result);
    }
  }

  // What a script makes may be of a type at which DJL's own calls abort the JVM.
  private static NDList guarded(NDList arrays) {
    for (int i = 0; i < arrays.size(); i++) {
      if (arrays.get(i).getDataType() == DataType.UNKNOWN && TypeGuard.isAvailable()) {
        TypeGuard.protectThread();
      }
    }
    return arrays;
  }

  /// Calls a function for what it does, and drops its result.
  ///
  /// @throws IllegalArgumentException as [#call]
  public void run(String function, Object... arguments) {
    Values.delete(invoke(function, arguments));
  }

  /// Calls a function that gives a number. Waits for the device if the number is computed there.
  ///
  /// @throws IllegalArgumentException as [#call], and if the function gives something else
  public double number(String function, Object... arguments) {
    long result = invoke(function, arguments);
    try {
      return Values.number(result)
          .orElseThrow(() ->
              new IllegalArgumentException("function '" + function + "' does not give a number"));
    } finally {
      Values.delete(result);
    }
  }

  /// Keeps a list of arrays in libtorch's own form, so that a call with many arrays costs one
  /// handle.
  ///
  /// The arrays may be closed before the value, but not one that another array was made from as a
  /// slice or a `reshape` if DJL made it from Java data: the memory goes with it.
  public static Value keep(List<? extends NDArray> arrays) {
    return new Value(
        Values.wrapped(list(arrays)),
        arrays.stream().map(JavaBuffer::of).filter(Objects::nonNull).toList());
  }

  private long invoke(String function, Object... arguments) {
    var values = new long[arguments.length];
    int count = 0;
    try {
      for (; count < values.length; count++) {
        values[count] = value(arguments[count]);
      }
      return Values.run(module.getHandle(), function, values);
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          "TorchScript function '" + function + "' failed: " + reason(e) + "\n" + numbered(source),
          e);
    } finally {
      for (int i = 0; i < count; i++) {
        if (!(arguments[i] instanceof Value)) {
          Values.delete(values[i]);
        }
      }
    }
  }

  private static long value(@Nullable Object argument) {
    return switch (argument) {
      case Value kept -> kept.value.getHandle();
      case PtNDArray array -> Values.of(array);
      case Double number -> Values.of(number.doubleValue());
      case Float number -> Values.of(number.doubleValue());
      case Long number -> Values.of(number.longValue());
      case Integer number -> Values.of(number.longValue());
      case Boolean flag -> Values.of(flag.booleanValue());
      case List<?> arrays -> list(arrays);
      case null, default -> throw refused(argument);
    };
  }

  private static long list(List<?> arrays) {
    var list = new ArrayList<PtNDArray>(arrays.size());
    for (Object element : arrays) {
      if (!(element instanceof PtNDArray array)) {
        throw refused(element);
      }
      list.add(array);
    }
    return Values.of(list);
  }

  private static IllegalArgumentException refused(@Nullable Object argument) {
    return new IllegalArgumentException(
        "a TorchScript argument is an array of the PyTorch engine, a list of arrays, a number or a"
            + " boolean, not "
            + (argument == null ? "null" : "a " + argument.getClass().getName()));
  }

  @Override
  public void close() {
    module.close();
  }

  /// Arrays kept in libtorch's form; made by [#keep]. Whoever makes one closes it.
  public static final class Value implements AutoCloseable {
    private final IValue value;

    @SuppressWarnings("UnusedVariable") // what libtorch does not keep alive
    private final List<ByteBuffer> buffers;

    private Value(IValue value, List<ByteBuffer> buffers) {
      this.value = value;
      this.buffers = buffers;
    }

    @Override
    public void close() {
      value.close();
    }
  }

  // libtorch loads functions only as methods of a module: indent them and add `self`.
  private static String asMethods(String functions) {
    var text = new StringBuilder("class K(Module):\n");
    text.append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
    for (String line : functions.lines().toList()) {
      if (line.startsWith("def ")) {
        int open = line.indexOf('(');
        boolean none = open >= 0 && line.startsWith(")", open + 1);
        line =
            line.substring(0, open + 1)
                + "self: __torch__.K"
                + (none ? "" : ", ")
                + line.substring(open + 1);
      }
      text.append(line.isBlank() ? "" : "  ").append(line).append('\n');
    }
    return text.toString();
  }

  private static String reason(EngineException e) {
    String message = String.valueOf(e.getMessage());
    for (String noise : List.of("Exception raised from", "candidates were:", "within the graph:")) {
      int start = message.indexOf(noise);
      message = start < 0 ? message : message.substring(0, start);
    }
    return message.strip();
  }

  private static String numbered(String source) {
    var text = new StringBuilder();
    int number = 1;
    for (String line : source.lines().toList()) {
      text.append("%4d  %s%n".formatted(number++, line));
    }
    return text.toString();
  }

  // The smallest module archive that libtorch accepts: an instance of __torch__.K, and its code.
  private static byte[] archive(String source) throws IOException {
    var pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    pickle.writeBytes("c__torch__\nK\n".getBytes(StandardCharsets.US_ASCII));
    pickle.writeBytes(new byte[] {')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
    pickle.writeBytes("training".getBytes(StandardCharsets.US_ASCII));
    pickle.writeBytes(new byte[] {(byte) 0x89, 'u', 'b', '.'});
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "k/data.pkl", pickle.toByteArray());
      put(zip, "k/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      put(zip, "k/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      put(zip, "k/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] data) throws IOException {
    var entry = new ZipEntry(name);
    var checksum = new CRC32();
    checksum.update(data);
    entry.setSize(data.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(data);
    zip.closeEntry();
  }
}
