package io.antiphon.core.options;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/// Records that are written as one text, [io.antiphon.core.Length] for one: those with a `public
/// static` method `parse(String)`, which reads what `toString` writes.
final class Texts {
  private Texts() {}

  static boolean isText(Class<?> type) {
    if (!type.isRecord()) {
      return false;
    }
    try {
      Method parse = type.getMethod("parse", String.class);
      return Modifier.isStatic(parse.getModifiers()) && parse.getReturnType() == type;
    } catch (NoSuchMethodException _) {
      return false;
    }
  }

  /// @throws IllegalArgumentException if the type refuses the text
  static Object parse(Class<?> type, String text) {
    try {
      return type.getMethod("parse", String.class).invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("cannot read %s".formatted(type.getName()), e.getCause());
    } catch (NoSuchMethodException | IllegalAccessException e) {
      throw new IllegalStateException(
          "module %s does not export %s, the type of an option"
              .formatted(type.getModule().getName(), type.getName()),
          e);
    }
  }

  static String describe(Class<?> type) {
    return RecordAccess.kebab(type.getSimpleName());
  }
}
