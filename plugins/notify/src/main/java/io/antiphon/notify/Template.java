package io.antiphon.notify;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.antiphon.core.Check;
import java.io.IOException;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A JSON text with places, `{{text}}`, that stand within its strings.
///
/// @param text the text
record Template(String text) {
  static final List<String> PLACES =
      List.of("event", "run", "epoch", "epochs", "numbers", "why", "text", "chat");

  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

  Template {
    Matcher places = PLACE.matcher(text);
    while (places.find()) {
      if (!PLACES.contains(places.group(1))) {
        throw Check.refused(
            "template", "with " + places.group(), "a text with places of " + PLACES);
      }
    }
    var quotes = new LinkedHashMap<String, String>();
    PLACES.forEach(place -> quotes.put(place, "\"")); // which are wrong outside of strings
    if (!isJson(fill(text, quotes))) {
      throw Check.refused("template", "no JSON", "JSON with places in its strings");
    }
  }

  /// {@return the text with values in its places}
  String fill(Map<String, String> values) {
    return fill(text, values);
  }

  private static boolean isJson(String text) {
    var reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    try {
      var _ = JsonParser.parseReader(reader);
      return reader.peek() == JsonToken.END_DOCUMENT;
    } catch (JsonParseException | IOException e) {
      return false;
    }
  }

  private static String fill(String text, Map<String, String> values) {
    return PLACE
        .matcher(text)
        .replaceAll(place ->
            Matcher.quoteReplacement(escaped(Objects.requireNonNull(values.get(place.group(1))))));
  }

  private static String escaped(String value) {
    String quoted = new JsonPrimitive(value).toString();
    return quoted.substring(1, quoted.length() - 1);
  }
}
