package io.antiphon.experiment;

/// A JSON object on one line.
final class Json {
  private final StringBuilder text = new StringBuilder();

  /// Adds a value that is JSON already; null if empty.
  Json raw(String name, String value) {
    text.append(text.isEmpty() ? "" : ", ").append(quoted(name)).append(": ");
    text.append(value.isEmpty() ? "null" : value);
    return this;
  }

  /// Adds a text.
  Json text(String name, String value) {
    return raw(name, quoted(value));
  }

  private static String quoted(String value) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  @Override
  public String toString() {
    return "{" + text + "}";
  }
}
