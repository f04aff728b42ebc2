package io.antiphon.core;

import java.util.Locale;

/// Kebab-case names from class names: `EarlyStopping` becomes `early-stopping`.
final class Names {
  // asked for in every batch
  private static final ClassValue<String> NAMES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return kebab(type);
        }
      };

  private Names() {}

  static String of(Class<?> type) {
    return NAMES.get(type);
  }

  private static String kebab(Class<?> type) {
    String simple = type.getSimpleName();
    if (simple.isEmpty()) {
      // an anonymous class is known by where it stands
      simple = type.getName().substring(type.getName().lastIndexOf('.') + 1).replace('$', '-');
    }
    if (simple.endsWith("Callback") && simple.length() > "Callback".length()) {
      simple = simple.substring(0, simple.length() - "Callback".length());
    }
    return simple.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
