package io.antiphon.core.options;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// From what was written to a value.
///
/// @param option whose value it is, for messages
/// @param scalar what was written
record Conversion(String option, Node.Scalar scalar) {
  // a thousand zeros more would only cost time
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)([eE][-+]?\\d{1,3})?");

  private static final Pattern DURATION =
      Pattern.compile("(\\d+(?:\\.\\d+)?) ?(ms|s|m|min|h|d)", Pattern.CASE_INSENSITIVE);

  Object to(Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
    } else if (type == long.class || type == Long.class) {
      return whole(Long.MIN_VALUE, Long.MAX_VALUE);
    } else if (type == double.class || type == Double.class) {
      return real(false);
    } else if (type == float.class || type == Float.class) {
      return (float) real(true);
    } else if (type == boolean.class || type == Boolean.class) {
      return truth();
    } else if (type == String.class) {
      return scalar.text();
    } else if (type.isEnum()) {
      return constant(type);
    } else if (type == Path.class) {
      return path();
    } else if (type == Duration.class) {
      return duration();
    } else if (Texts.isText(type)) {
      return text(type);
    }
    throw ValueType.unsupported(type);
  }

  /// {@return what a type wants, for a sentence}
  static String wants(Class<?> type) {
    if (ValueType.isWhole(type)) {
      return "a whole number";
    } else if (ValueType.isReal(type)) {
      return "a number";
    } else if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    } else if (type.isEnum()) {
      return "one of " + String.join(", ", ValueType.constants(type));
    } else if (type == String.class) {
      return "a text";
    } else if (type == Path.class) {
      return "a path";
    } else if (type == Duration.class) {
      return "a duration like 90s, 5m or 1.5h";
    } else if (Texts.isText(type)) {
      String name = Texts.describe(type);
      return name.endsWith("s") ? name : "a " + name;
    }
    throw ValueType.unsupported(type);
  }

  private Object text(Class<?> type) {
    try {
      return Texts.parse(type, scalar.text());
    } catch (IllegalArgumentException e) {
      throw new OptionException(scalar.place(), option + ": " + e.getMessage());
    }
  }

  private long whole(long least, long most) {
    BigDecimal number = number(int.class).stripTrailingZeros();
    if (number.scale() > 0) {
      throw wrong(wants(int.class));
    }
    if (number.compareTo(BigDecimal.valueOf(least)) < 0
        || number.compareTo(BigDecimal.valueOf(most)) > 0) {
      throw wrong("a whole number from %d to %d".formatted(least, most));
    }
    return number.longValueExact();
  }

  private double real(boolean single) {
    switch (scalar.text().toLowerCase(Locale.ROOT)) {
      case ".inf", "+.inf" -> {
        return Double.POSITIVE_INFINITY;
      }
      case "-.inf" -> {
        return Double.NEGATIVE_INFINITY;
      }
      default -> {}
    }
    BigDecimal number = number(double.class);
    double value = single ? number.floatValue() : number.doubleValue();
    if (Double.isInfinite(value)) {
      throw wrong("a number up to " + (single ? "" + Float.MAX_VALUE : "" + Double.MAX_VALUE));
    }
    return value;
  }

  private BigDecimal number(Class<?> type) {
    if (!NUMBER.matcher(scalar.text()).matches()) {
      throw wrong(wants(type));
    }
    return new BigDecimal(scalar.text().replace("_", ""));
  }

  private boolean truth() {
    return switch (scalar.text()) {
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      default -> throw wrong(wants(boolean.class));
    };
  }

  private Object constant(Class<?> type) {
    List<String> names = ValueType.constants(type);
    int index = names.indexOf(scalar.text());
    if (index < 0) {
      String near =
          Spelling.nearest(scalar.text(), names)
              .map(name -> "; did you mean '" + name + "'?")
              .orElse("");
      throw new OptionException(
          scalar.place(),
          "%s is %s, not %s%s".formatted(option, wants(type), scalar.describe(), near));
    }
    return type.getEnumConstants()[index];
  }

  private Path path() {
    if (scalar.text().isEmpty()) {
      return Path.of("");
    }
    try {
      return scalar.place().base().resolve(scalar.text()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw wrong("a path");
    }
  }

  private Duration duration() {
    Matcher matcher = DURATION.matcher(scalar.text());
    if (!matcher.matches()) {
      throw wrong(wants(Duration.class));
    }
    long unit =
        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m", "min" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    return Duration.ofMillis(Math.round(Double.parseDouble(matcher.group(1)) * unit));
  }

  private OptionException wrong(String wanted) {
    return new OptionException(
        scalar.place(), "%s is %s, not %s".formatted(option, wanted, scalar.describe()));
  }
}
