package io.antiphon.dataset;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.Dataset.Usage;
import io.antiphon.core.RefusedException;
import io.antiphon.data.DataException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes data sets of one class.
final class Making {
  private static final String BASIC = "ai.djl.basicdataset.";
  private static final String WITH = "with";

  private final DjlDataset options;
  private final NDManager manager;
  private final Class<?> type;
  private final Optional<Method> builder;

  Making(DjlDataset options, NDManager manager) {
    this.options = options;
    this.manager = manager;
    try {
      type = find(options.type());
      builder =
          methods(type, "builder")
              .filter(
                  each -> Modifier.isStatic(each.getModifiers()) && each.getParameterCount() == 0)
              .findFirst();
    } catch (NoClassDefFoundError e) {
      throw new RefusedException(
          "type",
          "class '%s' needs class %s, which is not there; put its jar beside the other"
              .formatted(options.type(), String.valueOf(e.getMessage()).replace('/', '.')),
          e);
    }
  }

  private static Class<?> find(String name) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader(); // knows plug-ins
    for (String full : List.of(name, BASIC + name)) {
      try {
        return Class.forName(full, true, loader);
      } catch (ClassNotFoundException e) {
        // the other one
      }
    }
    throw new RefusedException(
        "type",
        "there is no class '%s', nor '%s'; give its full name, and put its jar on the module path or into a folder of plug-ins"
            .formatted(name, BASIC + name));
  }

  /// {@return the name of the class}
  String name() {
    return type.getSimpleName();
  }

  /// {@return whether there is one data set for training and another one for validation}
  boolean hasUsages() {
    return builder.isPresent() && methods(builder.get().getReturnType(), "optUsage").count() > 0;
  }

  /// {@return a data set}
  ///
  /// @param usage counts if there are usages
  /// @throws UnsupportedOperationException if there is none for it
  Dataset make(Usage usage) {
    Object made = builder.isPresent() ? built(call(builder.get(), null), usage) : constructed();
    if (made instanceof Dataset dataset) {
      return dataset;
    }
    throw new RefusedException(
        "type",
        "class '%s' makes no data set of DJL: that would be an %s"
            .formatted(type.getName(), Dataset.class.getName()));
  }

  private Object built(Object draft, Usage usage) {
    offer(draft, "optUsage", usage);
    offer(draft, "optManager", manager);
    offer(draft, "setSampling", options.batchSize(), false);
    if (options.dir().isPresent()) {
      Path dir = options.dir().get();
      if (!Files.isDirectory(dir)) {
        throw new RefusedException("dir", "there is no folder '%s'".formatted(dir));
      }
      if (!offer(draft, "optRepository", new Mirror(dir))) {
        throw new RefusedException(
            "dir",
            "class '%s' reads no repository; leave dir out, and say in with what it reads"
                .formatted(type.getName()));
      }
    } else if (methods(draft.getClass(), "optRepository").count() > 0) {
      throw new RefusedException(
          "dir",
          "class '%s' reads a repository; name its folder in dir, for nothing is downloaded"
              .formatted(type.getName()));
    }
    for (String each : options.with()) {
      tell(draft, each);
    }
    return call(
        methods(draft.getClass(), "build")
            .filter(method -> method.getParameterCount() == 0)
            .findFirst()
            .orElseThrow(() ->
                new RefusedException(
                    "type",
                    "the builder of class '%s' has no method build()".formatted(type.getName()))),
        draft);
  }

  /// Calls a method of the builder if it has it.
  private static boolean offer(Object draft, String name, Object... values) {
    Optional<Method> method =
        methods(draft.getClass(), name)
            .filter(each -> takes(each.getParameterTypes(), values))
            .findFirst();
    method.ifPresent(each -> call(each, draft, values));
    return method.isPresent();
  }

  private static boolean takes(Class<?>[] types, Object[] values) {
    if (types.length != values.length) {
      return false;
    }
    for (int i = 0; i < types.length; i++) {
      boolean fits =
          types[i].isInstance(values[i])
              || (types[i] == int.class && values[i] instanceof Integer)
              || (types[i] == boolean.class && values[i] instanceof Boolean);
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private void tell(Object draft, String said) {
    int equals = said.indexOf('=');
    String name = equals < 0 ? said : said.substring(0, equals);
    List<Method> all = methods(draft.getClass(), name).toList();
    for (Method method : all) {
      int count = method.getParameterCount();
      if (equals < 0 && count == 0) {
        call(method, draft);
        return;
      }
      if (equals >= 0 && count == 1) {
        Optional<Object> value = value(method.getParameterTypes()[0], said.substring(equals + 1));
        if (value.isPresent()) {
          call(method, draft, value.get());
          return;
        }
      }
    }
    throw new RefusedException(
        WITH,
        all.isEmpty()
            ? "the builder of class '%s' has no method '%s'; it has %s"
                .formatted(type.getName(), name, names(draft))
            : "'%s' fits no method of the builder of class '%s'; write NAME=VALUE, with a text, number, true or false, a file, a constant, or the name of a class"
                .formatted(said, type.getName()));
  }

  private static String names(Object draft) {
    return String.join(
        ", ",
        Arrays.stream(draft.getClass().getMethods())
            .filter(each -> each.getDeclaringClass() != Object.class)
            .map(Method::getName)
            .filter(name -> !name.equals("build"))
            .distinct()
            .sorted()
            .toList());
  }

  private Object constructed() {
    if (options.dir().isPresent()) {
      throw new RefusedException(
          "dir", "class '%s' has no builder that reads a repository".formatted(type.getName()));
    }
    List<String> with = options.with();
    for (Constructor<?> each : type.getConstructors()) {
      Class<?>[] types = each.getParameterTypes();
      var values = new Object[types.length];
      boolean fits = types.length == with.size();
      for (int i = 0; fits && i < types.length; i++) {
        Optional<Object> value = value(types[i], with.get(i));
        fits = value.isPresent();
        values[i] = value.orElse("");
      }
      if (fits) {
        return invoke(() -> each.newInstance(values));
      }
    }
    throw new RefusedException(
        WITH,
        "class '%s' has neither a static method builder() nor a public constructor that takes %s"
            .formatted(type.getName(), with.isEmpty() ? "nothing" : with));
  }

  /// {@return a text as a value of a type; nothing if it is none}
  private static Optional<Object> value(Class<?> type, String text) {
    try {
      if (type == String.class) {
        return Optional.of(text);
      } else if (type == int.class) {
        return Optional.of(Integer.valueOf(text));
      } else if (type == long.class) {
        return Optional.of(Long.valueOf(text));
      } else if (type == float.class) {
        return Optional.of(Float.valueOf(text));
      } else if (type == double.class) {
        return Optional.of(Double.valueOf(text));
      } else if (type == boolean.class) {
        return text.equals("true") || text.equals("false")
            ? Optional.of(Boolean.valueOf(text))
            : Optional.empty();
      } else if (type == Path.class) {
        return Optional.of(Path.of(text));
      } else if (type.isEnum()) {
        return Stream.of(type.getEnumConstants())
            .filter(each -> each.toString().equals(text.toUpperCase(Locale.ROOT)))
            .map(each -> (Object) each)
            .findFirst();
      }
      Class<?> named = Class.forName(text, true, Thread.currentThread().getContextClassLoader());
      return type.isAssignableFrom(named)
          ? Optional.of(named.getConstructor().newInstance())
          : Optional.empty();
    } catch (NumberFormatException | ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  private static Stream<Method> methods(Class<?> type, String name) {
    return Arrays.stream(type.getMethods())
        .filter(each -> each.getName().equals(name) && !each.isBridge());
  }

  @FunctionalInterface
  private interface Call {
    Object run() throws ReflectiveOperationException;
  }

  private static Object call(Method method, @Nullable Object on, Object... values) {
    return invoke(() -> method.invoke(on, values));
  }

  private static Object invoke(Call call) {
    try {
      return call.run();
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof Error error) {
        throw error;
      }
      throw new DataException("the data set cannot be made: " + cause, cause == null ? e : cause);
    } catch (ReflectiveOperationException e) {
      throw new RefusedException(
          "type", "the class cannot be used (%s); it must be public and exported".formatted(e), e);
    }
  }
}
