package io.antiphon.torch;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.OptionalDouble;

/// What goes into a script and comes out of it: libtorch's values, by their addresses.
///
/// DJL's own class for them, [IValue], makes an object with a name for each; its way to call a
/// function runs either without autograd or with arrays as its only arguments. Behind both are
/// native methods of a package-private class, in a package that is open to this module. Whoever
/// gets an address from here deletes it.
final class Values {
  // libtorch's optimizer of scripts, one switch per thread, gains nothing on functions of a few
  // operators, and it builds the types that autocast had at a function's first calls into the
  // function and its gradient: a script that ran in bfloat16 fails in float16, and one that ran
  // with grad mode on records without. DJL's default is on.
  private static final boolean OPTIMIZE =
      Boolean.parseBoolean(System.getProperty("ai.djl.pytorch.graph_optimizer", "true"));

  private static final MethodHandles.Lookup LOOKUP;
  private static final Object LIBRARY;

  static {
    try {
      Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
      LOOKUP = MethodHandles.privateLookupIn(library, MethodHandles.lookup());
      LIBRARY = LOOKUP.findStaticGetter(library, "LIB", library).invoke();
    } catch (Throwable e) {
      throw closed(e);
    }
  }

  private static final MethodHandle OF_ARRAY = find("iValueFromTensor", long.class, long.class);
  private static final MethodHandle OF_ARRAYS =
      find("iValueFromTensorList", long.class, long[].class);
  private static final MethodHandle OF_LONG = find("iValueFromLong", long.class, long.class);
  private static final MethodHandle OF_DOUBLE = find("iValueFromDouble", long.class, double.class);
  private static final MethodHandle OF_BOOLEAN = find("iValueFromBool", long.class, boolean.class);
  private static final MethodHandle RUN =
      find(
          "moduleRunMethod",
          long.class,
          long.class,
          String.class,
          long[].class,
          boolean.class,
          boolean.class);
  private static final MethodHandle IS_ARRAY = find("iValueIsTensor", boolean.class, long.class);
  private static final MethodHandle TO_ARRAY = find("iValueToTensor", long.class, long.class);
  private static final MethodHandle ARE_ARRAYS =
      find("iValueIsTensorList", boolean.class, long.class);
  private static final MethodHandle TO_ARRAYS =
      find("iValueToTensorList", long[].class, long.class);
  private static final MethodHandle DELETE = find("torchDeleteIValue", void.class, long.class);
  private static final MethodHandle WRAP = wrap();

  private Values() {}

  static long of(PtNDArray array) {
    try {
      return (long) OF_ARRAY.invokeExact((long) array.getHandle());
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  static long of(List<PtNDArray> arrays) {
    var handles = new long[arrays.size()];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = arrays.get(i).getHandle();
    }
    try {
      return (long) OF_ARRAYS.invokeExact(handles);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  static long of(long number) {
    try {
      return (long) OF_LONG.invokeExact(number);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  static long of(double number) {
    try {
      return (long) OF_DOUBLE.invokeExact(number);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  static long of(boolean flag) {
    try {
      return (long) OF_BOOLEAN.invokeExact(flag);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /// {@return what a function of a module gives}
  ///
  /// @throws ai.djl.engine.EngineException if libtorch refuses
  static long run(long module, String function, long[] arguments) {
    JniUtils.setGraphExecutorOptimize(false);
    try {
      return (long) RUN.invokeExact(module, function, arguments, true, false);
    } catch (Throwable e) {
      throw thrown(e);
    } finally {
      JniUtils.setGraphExecutorOptimize(OPTIMIZE);
    }
  }

  /// {@return the arrays in a value: itself, those of a list, or those members of a tuple that are
  /// arrays}
  static NDList arrays(PtNDManager manager, long value) {
    try {
      if ((boolean) IS_ARRAY.invokeExact(value)) {
        return new NDList(new PtNDArray(manager, (long) TO_ARRAY.invokeExact(value)));
      }
      if ((boolean) ARE_ARRAYS.invokeExact(value)) {
        var handles = (long[]) TO_ARRAYS.invokeExact(value);
        var arrays = new NDList(handles.length);
        for (long handle : handles) {
          arrays.add(new PtNDArray(manager, handle));
        }
        return arrays;
      }
    } catch (Throwable e) {
      throw thrown(e);
    }
    IValue result = wrapped(value); // stays open: its caller deletes the value
    var arrays = new NDList();
    if (result.isTuple()) {
      for (IValue member : result.toIValueTuple()) {
        try (member) {
          if (member.isTensor()) {
            arrays.add(member.toTensor(manager));
          }
        }
      }
    }
    return arrays;
  }

  /// {@return the number in a value, empty if there is something else in it}
  static OptionalDouble number(long value) {
    IValue result = wrapped(value); // stays open: its caller deletes the value
    if (result.isDouble()) {
      return OptionalDouble.of(result.toDouble());
    }
    return result.isLong() ? OptionalDouble.of(result.toLong()) : OptionalDouble.empty();
  }

  static void delete(long value) {
    try {
      DELETE.invokeExact(value);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /// {@return DJL's object for a value, which deletes it when it is closed}
  static IValue wrapped(long value) {
    try {
      return (IValue) WRAP.invokeExact(value);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  private static MethodHandle find(String name, Class<?> result, Class<?>... arguments) {
    try {
      return LOOKUP.bind(LIBRARY, name, MethodType.methodType(result, arguments));
    } catch (ReflectiveOperationException e) {
      throw closed(e);
    }
  }

  private static MethodHandle wrap() {
    try {
      return MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup())
          .findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
    } catch (ReflectiveOperationException e) {
      throw closed(e);
    }
  }

  private static IllegalStateException closed(Throwable cause) {
    return new IllegalStateException(
        "module ai.djl.pytorch_engine must be automatic, or open ai.djl.pytorch.jni to"
            + " io.antiphon.torch",
        cause);
  }

  private static RuntimeException thrown(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
  }
}
