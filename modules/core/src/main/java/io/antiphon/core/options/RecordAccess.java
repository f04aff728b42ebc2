package io.antiphon.core.options;

import io.antiphon.core.spi.Summary;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;

/// Reads and makes records of other modules.
final class RecordAccess {
  private RecordAccess() {}

  /// {@return a component's or a constant's name in kebab-case}
  static String kebab(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").replace('_', '-').toLowerCase(Locale.ROOT);
  }

  static String nameOf(RecordComponent component) {
    return kebab(component.getName());
  }

  static String summaryOf(AnnotatedElement element) {
    Summary summary = element.getAnnotation(Summary.class);
    return summary == null ? "" : summary.value();
  }

  static Object read(Record options, RecordComponent component) {
    Method accessor = component.getAccessor();
    open(options.getClass(), () -> accessor.setAccessible(true));
    try {
      Object value = accessor.invoke(options);
      if (value == null) {
        throw new IllegalStateException(
            "option '%s' of %s is null by default; use an Optional"
                .formatted(nameOf(component), options.getClass().getName()));
      }
      return value;
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read %s".formatted(accessor), e);
    }
  }

  /// @throws IllegalArgumentException if the record refuses the values
  static <R extends Record> R make(Class<R> type, Object[] values) {
    Constructor<R> constructor = canonical(type);
    open(type, () -> constructor.setAccessible(true));
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("cannot make %s".formatted(type.getName()), e.getCause());
    } catch (InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException("cannot make %s".formatted(type.getName()), e);
    }
  }

  private static <R extends Record> Constructor<R> canonical(Class<R> type) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("a record has its canonical constructor", e);
    }
  }

  private static void open(Class<?> type, Runnable action) {
    try {
      action.run();
    } catch (InaccessibleObjectException e) {
      throw new IllegalStateException(
          "module %s does not open the package of options record %s; add 'opens %s to io.antiphon.core;' to its module-info.java"
              .formatted(type.getModule().getName(), type.getName(), type.getPackageName()),
          e);
    }
  }
}
