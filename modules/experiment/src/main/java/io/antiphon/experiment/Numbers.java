package io.antiphon.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.MathContext;

/// Numbers as text, the same in every file.
final class Numbers {
  // a float holds no more
  private static final MathContext DIGITS = new MathContext(7);

  private Numbers() {}

  /// {@return a number with seven significant digits, as JSON and CSV want it; empty for NaN and
  /// infinities, which neither has}
  static String text(double value) {
    if (!Double.isFinite(value)) {
      return "";
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
    boolean plain = rounded.scale() < 12 && rounded.precision() - rounded.scale() < 12;
    return plain ? rounded.toPlainString() : rounded.toString();
  }

  /// {@return a number's text as JSON; null if empty}
  static JsonElement json(String text) {
    return text.isEmpty() ? JsonNull.INSTANCE : new JsonPrimitive(new BigDecimal(text));
  }
}
