package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.System.Logger;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/// Whether the convolutions of the CPU compute the right numbers, asked once per process.
///
/// Small convolutions (plain, depthwise, transposed; 1 to 24 channels; strides 1 and 2; both memory
/// formats) of whole numbers, forward and both gradients, whose results each type holds exactly,
/// are compared with float64, which no generated kernel computes. If float32 is wrong, oneDNN,
/// which generates the kernels, is turned off for the process. A narrow type that is wrong is not
/// fast. Narrow types for which the processor has no instructions, or may not use them, are not
/// fast anyhow and are not asked. Every core checks some of them.
///
/// @param wrong the types that were computed wrongly, and what of them: `depthwise forward` …
/// @param isRepaired whether oneDNN was turned off because of it
/// @param isRight whether float32 is right, after that if it had to be
/// @param milliseconds how long it took, beyond what the first convolution of a process takes
///   anyhow (libtorch loads its libraries of kernels, TorchScript its compiler)
public record SelfCheck(
    Map<DataType, List<String>> wrong, boolean isRepaired, boolean isRight, double milliseconds) {
  private static final Logger LOGGER = System.getLogger(SelfCheck.class.getName());
  private static final int[] CHANNELS = {1, 3, 8, 16, 24};
  private static final List<String> KINDS = List.of("plain", "depthwise", "transposed");
  private static final List<String> PARTS =
      List.of("forward", "gradient of the input", "gradient of the weight");

  public SelfCheck {
    wrong = Map.copyOf(wrong);
  }

  /// {@return the result of float32 for this process}
  public static SelfCheck result() {
    return Float32.ONCE;
  }

  /// {@return the result of float32 and of each narrow type for which the processor has
  /// instructions that may be used; those are asked when somebody first wants to know}
  public static SelfCheck ofEveryType() {
    return EveryType.ONCE;
  }

  /// {@return whether a type may be taken for fast: it was computed rightly, by fast kernels}
  ///
  /// @param type [DataType#FLOAT32] or a narrow type
  public boolean allows(DataType type) {
    return type == DataType.FLOAT32 || (!isRepaired && !wrong.containsKey(type));
  }

  /// {@return what was found, a sentence}
  public String text() {
    if (wrong.isEmpty()) {
      return "convolutions are right";
    }
    String found =
        wrong.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> entry.getKey() + " (" + String.join(", ", entry.getValue()) + ")")
            .collect(Collectors.joining("; "));
    String remedy =
        isRepaired
            ? isRight
                ? "; oneDNN is turned off, which is right and slower"
                : "; they are so without oneDNN too: do not train on this processor"
            : "; mixed precision does not choose it by itself";
    return "this processor's kernels compute wrong convolutions in " + found + remedy;
  }

  private static SelfCheck float32() {
    Libtorch.load();
    TypeGuard.protectProcess();
    SelfCheck result =
        withCases((script, cases) -> {
          List<String> found = wrong(script, cases, DataType.FLOAT32);
          if (found.isEmpty()) {
            return new SelfCheck(Map.of(), false, true, 0);
          }
          Context.useOneDnn(false);
          boolean isRight = wrong(script, cases, DataType.FLOAT32).isEmpty();
          return new SelfCheck(Map.of(DataType.FLOAT32, found), true, isRight, 0);
        });
    if (result.isRepaired()) {
      LOGGER.log(Logger.Level.WARNING, result.text());
    }
    return result;
  }

  private static SelfCheck everyType(SelfCheck float32) {
    return withCases((script, cases) -> {
      var wrong = new EnumMap<DataType, List<String>>(DataType.class);
      wrong.putAll(float32.wrong);
      for (var type : List.of(DataType.BFLOAT16, DataType.FLOAT16)) {
        List<String> found = Processor.isFast(type) ? wrong(script, cases, type) : List.of();
        if (!found.isEmpty()) {
          wrong.put(type, found);
        }
      }
      return new SelfCheck(wrong, float32.isRepaired, float32.isRight, float32.milliseconds);
    });
  }

  /// {@return what was found, with the time that it took beside what it says}
  private static SelfCheck withCases(BiFunction<TorchScript, List<Case>, SelfCheck> check) {
    try (var manager = NDManager.newBaseManager(Device.cpu());
        var script = TorchScript.compile(FUNCTIONS)) {
      var first = new Case(0, CHANNELS[0], 1, new NDList());
      first.prepare(manager, script);
      first.compare(script, DataType.FLOAT32);
      long start = System.nanoTime();
      SelfCheck found = check.apply(script, cases(manager, script));
      return new SelfCheck(
          found.wrong,
          found.isRepaired,
          found.isRight,
          found.milliseconds + (System.nanoTime() - start) / 1e6);
    }
  }

  private static List<Case> cases(NDManager manager, TorchScript script) {
    var cases = new ArrayList<Case>();
    for (int kind = 0; kind < KINDS.size(); kind++) {
      for (int channels : CHANNELS) {
        for (int stride = 1; stride <= 2; stride++) {
          if (kind == 1 && channels == 1) {
            continue; // a plain one
          }
          cases.add(new Case(kind, channels, stride, new NDList()));
        }
      }
    }
    cases.parallelStream().forEach(each -> each.prepare(manager, script));
    return cases;
  }

  private static List<String> wrong(TorchScript script, List<Case> cases, DataType type) {
    int[] wrong = cases.parallelStream().mapToInt(each -> each.compare(script, type)).toArray();
    var found = new ArrayList<String>();
    for (int i = 0; i < wrong.length; i++) {
      if (wrong[i] == Case.NOT_COMPUTED) {
        return List.of("not computed at all");
      }
      for (int part = 0; part < PARTS.size(); part++) {
        String what = KINDS.get(cases.get(i).kind) + " " + PARTS.get(part);
        if ((wrong[i] >> part & 1) != 0 && !found.contains(what)) {
          found.add(what);
        }
      }
    }
    return List.copyOf(found);
  }

  // arrays: input, weight, gradient of the output; output, gradients of input and weight
  private record Case(int kind, int channels, int stride, NDList arrays) {
    static final int NOT_COMPUTED = -1;

    void prepare(NDManager manager, TorchScript script) {
      NDArray shape = manager.zeros(new Shape(2, channels, 5, 5), DataType.FLOAT64);
      try (var _ = Threads.use(1)) {
        arrays.addAll(
            script.call(
                manager, "reference", shape, (long) stride, (long) groups(), isTransposed()));
      }
    }

    /// {@return the parts that a type computes wrongly, a bit each}
    int compare(TorchScript script, DataType type) {
      try (var _ = Threads.use(1)) {
        return (int)
            script.number(
                "compare",
                arrays,
                (long) Cast.code(type),
                (long) stride,
                (long) groups(),
                isTransposed());
      } catch (IllegalArgumentException e) {
        return NOT_COMPUTED;
      }
    }

    int groups() {
      return kind == 1 ? channels : 1;
    }

    boolean isTransposed() {
      return kind == 2;
    }
  }

  private static final String FUNCTIONS =
      """
      def digits(like: Tensor, size: List[int], seed: int) -> Tensor:
        n = 1
        for s in size:
          n = torch.mul(n, s)
        i = torch.arange(n, dtype=7)
        r = torch.remainder(torch.mul(torch.add(i, seed), torch.add(i, 7)), 11)
        return torch.view(torch.sub(torch.remainder(r, 3), 1), size)
      def reference(x: Tensor, stride: int, groups: int, transposed: bool) -> List[Tensor]:
        c = torch.size(x, 1)
        i = self.digits(x, torch.size(x), 1)
        w = self.digits(x, [c, torch.floordiv(c, groups), 3, 3], 2)
        y = torch.convolution(i, w, None, [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups)
        g = self.digits(x, torch.size(y), 3)
        a, b, d = torch.convolution_backward(g, i, w, [0], [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups, [True, True, False])
        return [i, w, g, y, a, b]
      def differ(x: Tensor, y: Tensor, bit: int) -> int:
        if torch.equal(torch.to(x, 7), y):
          answer = 0
        else:
          answer = bit
        return answer
      def compare(arrays: List[Tensor], dtype: int, stride: int, groups: int, transposed: bool) -> int:
        i = torch.to(arrays[0], dtype)
        w = torch.to(arrays[1], dtype)
        g = torch.to(arrays[2], dtype)
        y = torch.convolution(i, w, None, [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups)
        a, b, d = torch.convolution_backward(g, i, w, [0], [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups, [True, True, False])
        il = torch.contiguous(i, memory_format=2)
        wl = torch.contiguous(w, memory_format=2)
        gl = torch.contiguous(g, memory_format=2)
        yl = torch.convolution(il, wl, None, [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups)
        al, bl, dl = torch.convolution_backward(gl, il, wl, [0], [stride, stride], [1, 1], [1, 1], transposed, [0, 0], groups, [True, True, False])
        return self.differ(y, arrays[3], 1) | self.differ(yl, arrays[3], 1) | self.differ(a, arrays[4], 2) | self.differ(al, arrays[4], 2) | self.differ(b, arrays[5], 4) | self.differ(bl, arrays[5], 4)
      """;

  private static final class Float32 {
    static final SelfCheck ONCE = float32();
  }

  private static final class EveryType {
    static final SelfCheck ONCE = everyType(result());
  }

  /// The settings of libtorch for the whole process.
  static final class Context {
    private Context() {}

    static void useOneDnn(boolean use) {
      try {
        var context =
            (MemorySegment)
                Libtorch.function("_ZN2at13globalContextEv", FunctionDescriptor.of(ADDRESS))
                    .invokeExact();
        Libtorch.function(
                "_ZN2at7Context20setUserEnabledMkldnnEb",
                FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN))
            .invokeExact(context, use);
      } catch (Throwable e) {
        throw Libtorch.failed(e);
      }
    }
  }
}
