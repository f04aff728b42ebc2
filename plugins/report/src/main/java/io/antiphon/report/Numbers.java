package io.antiphon.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/// Numbers for people and for charts.
final class Numbers {
  private static final MathContext DIGITS = new MathContext(5);

  private Numbers() {}

  /// {@return a number with five digits; null if it is not finite}
  static JsonElement json(double value) {
    return Double.isFinite(value)
        ? new JsonPrimitive(new BigDecimal(value).round(DIGITS).stripTrailingZeros())
        : JsonNull.INSTANCE;
  }

  /// {@return a number with five digits; `–` if there is none}
  static String text(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    String text =
        value != 0 && (exponent < -5 || exponent > 8)
            ? String.format(Locale.ROOT, "%.3e", value)
                .replaceAll("\\.?0+e", "e")
                .replaceAll("e([+-])0", "e$1")
            : rounded.toPlainString();
    return text.startsWith("-") ? "−" + text.substring(1) : text;
  }

  /// {@return a time as `0.35 s`, `1:02` or `1:02:03`}
  static String time(double seconds) {
    if (seconds < 59.995) {
      return String.format(Locale.ROOT, "%.2f s", seconds);
    }
    long all = Math.round(seconds);
    return all < 3600
        ? String.format(Locale.ROOT, "%d:%02d", all / 60, all % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", all / 3600, all / 60 % 60, all % 60);
  }
}
