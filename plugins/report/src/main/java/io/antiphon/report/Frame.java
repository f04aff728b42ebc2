package io.antiphon.report;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What pages have in common: one file that asks for nothing else, with its style, its charts and
/// the scripts that draw them.
///
/// @param title what the page is of
/// @param head what stands below the title, in HTML
/// @param sections the parts of the page, in HTML; one of them is [#CURVES]
/// @param data what the charts show
/// @param isLive whether the page asks where it is from for what is new
record Frame(String title, String head, String sections, JsonObject data, boolean isLive) {
  /// The part that has the charts.
  static final String CURVES =
      """
      <section id="curves"><h2>Curves</h2>
      <p class="hint">Drag over a chart, or press + and −, to look closer; 0 shows all. Arrow keys walk along the steps.</p>
      <noscript><p>Curves are drawn by JavaScript, which is off; the numbers are on this page.</p></noscript>
      <div id="charts"></div>
      <p id="constant"></p>
      </section>\
      """;

  /// The page of a run of which all comes by events.
  static String live(String title) {
    var data = new JsonObject();
    data.add("charts", new JsonArray());
    data.add("constant", new JsonArray());
    return new Frame(title, head("waiting", ""), CURVES, data, true).html();
  }

  /// {@return what stands below the title of a run}
  ///
  /// @param facts in HTML
  static String head(String state, String facts) {
    return "<p class=\"state\" data-state=\"%s\">%s</p>\n<ul class=\"head\">%s</ul>"
        .formatted(escape(state.replaceAll("[^a-z].*", "")), escape(state), facts);
  }

  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

  /// {@return the file's text}
  String html() {
    String library = resource("uplot/uPlot.iife.min.js");
    String script = resource("report.js");
    String policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src %s %s%s"
            .formatted(hash(library), hash(script), isLive ? "; connect-src 'self'" : "");
    data.addProperty("live", isLive);
    Map<String, String> parts =
        Map.of(
            "policy", policy,
            "title", escape(title),
            "licence", escape(resource("uplot/LICENSE").replace("--", "- -")),
            "style", resource("uplot/uPlot.min.css") + resource("report.css"),
            "library", library,
            "script", script,
            "head", head,
            "sections", sections,
            "data", new Gson().toJson(data)); // which escapes what HTML would read
    return PLACE
        .matcher(resource("report.html"))
        .replaceAll(
            place -> Matcher.quoteReplacement(Objects.requireNonNull(parts.get(place.group(1)))));
  }

  /// {@return a part of a page}
  static String section(String id, String title, String html) {
    return "<section id=\"%s\"><h2>%s</h2>%s</section>".formatted(id, escape(title), html);
  }

  /// {@return a text as HTML shows it, in an attribute too}
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String resource(String name) {
    try (InputStream in = Frame.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String script) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }
}
