package io.antiphon.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A Chromium without a window, with one page, led by its DevTools protocol.
final class Browser implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
  private static final long PATIENCE_SECONDS = 300; // of a crowded machine

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
  private String session = "";
  private int sent;

  private Browser(Path program, Path profile) throws IOException, InterruptedException {
    Path told = profile.resolveSibling(profile.getFileName() + ".log");
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(told.toFile())
            .start();
    socket =
        http.newWebSocketBuilder()
            .buildAsync(URI.create(address(told)), new Listener())
            .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
            .join();
    String target = call("Target.createTarget", Map.of("url", "about:blank"), "targetId");
    session =
        call("Target.attachToTarget", Map.of("targetId", target, "flatten", true), "sessionId");
    send("Page.enable", Map.of());
    send("Runtime.enable", Map.of());
    send("Log.enable", Map.of());
  }

  /// {@return the one on this machine}
  ///
  /// @param profile a folder of its own
  static Optional<Browser> open(Path profile) throws IOException, InterruptedException {
    Optional<Path> program =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .flatMap(folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    return program.isEmpty() ? Optional.empty() : Optional.of(new Browser(program.get(), profile));
  }

  private String address(Path told) throws IOException, InterruptedException {
    for (int i = 0; i < 100 * PATIENCE_SECONDS && process.isAlive(); i++) {
      Matcher listening = LISTENING.matcher(Files.readString(told));
      if (listening.find()) {
        return listening.group(1);
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    throw new AssertionError("the browser does not begin: " + Files.readString(told));
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
        text.setLength(0);
        if (message.has("id")) {
          answers.add(message);
        } else {
          hear(message);
        }
      }
      from.request(1);
      return null;
    }

    private void hear(JsonObject event) {
      String name = event.get("method").getAsString();
      boolean isLogged = name.equals("Runtime.consoleAPICalled") || name.equals("Log.entryAdded");
      if (isLogged || name.equals("Runtime.exceptionThrown")) {
        complaints.add(event.get("params").toString());
      }
    }
  }

  private JsonObject send(String method, Map<String, ?> parameters) throws InterruptedException {
    var message = new JsonObject();
    int id = ++sent;
    message.addProperty("id", id);
    message.addProperty("method", method);
    message.add("params", new com.google.gson.Gson().toJsonTree(parameters));
    if (!session.isEmpty()) {
      message.addProperty("sessionId", session);
    }
    socket.sendText(message.toString(), true).join();
    JsonObject answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(answer).as("an answer to " + method).isNotNull();
    assertThat(answer.get("id").getAsInt()).isEqualTo(id);
    assertThat(answer.has("error")).as(() -> method + ": " + answer).isFalse();
    return answer.getAsJsonObject("result");
  }

  private String call(String method, Map<String, ?> parameters, String result)
      throws InterruptedException {
    return send(method, parameters).get(result).getAsString();
  }

  /// Opens a page, and waits until it is there.
  void go(String address) throws InterruptedException {
    send("Page.navigate", Map.of("url", address));
    waitFor("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  /// Shows pages as on a screen of so many pixels, in light or dark colours.
  void shows(int width, int height, boolean dark) throws InterruptedException {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    send(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /// {@return what an expression of JavaScript gives, a promise's value too}
  JsonElement evaluate(String expression) throws InterruptedException {
    JsonObject result =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    assertThat(result.has("exceptionDetails")).as(result::toString).isFalse();
    JsonObject value = result.getAsJsonObject("result");
    return value.has("value") ? value.get("value") : new JsonObject();
  }

  String text(String expression) throws InterruptedException {
    return evaluate(expression).getAsString();
  }

  /// Waits until an expression is true.
  void waitFor(String expression) throws InterruptedException {
    for (int i = 0; i < 50 * PATIENCE_SECONDS; i++) {
      if (evaluate("!!(" + expression + ")").getAsBoolean()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    throw new AssertionError("it never came: " + expression + "; " + complaints);
  }

  /// Presses a key.
  void press(String key) throws InterruptedException {
    int code =
        switch (key) {
          case "Tab" -> 9;
          case "Enter" -> 13;
          case "ArrowLeft" -> 37;
          case "ArrowRight" -> 39;
          default -> key.charAt(0);
        };
    String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
    for (String type : List.of("keyDown", "keyUp")) {
      send(
          "Input.dispatchKeyEvent",
          Map.of(
              "type",
              type,
              "key",
              key,
              "windowsVirtualKeyCode",
              code,
              "text",
              type.equals("keyDown") ? text : ""));
    }
  }

  /// {@return the faults of accessibility that axe finds in the page, by WCAG 2.2 and what is
  /// usual}
  List<String> faults() throws IOException, InterruptedException {
    try (InputStream in = ClassLoader.getSystemResourceAsStream("axe.min.js")) {
      String axe = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      evaluate(axe + ";0");
    }
    var faults = new ArrayList<String>();
    JsonArray found =
        evaluate(
                "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.help + ' '"
                    + " + v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | ')))")
            .getAsJsonArray();
    found.forEach(each -> faults.add(each.getAsString()));
    return faults;
  }

  /// Writes what the whole page looks like.
  void photograph(Path file) throws IOException, InterruptedException {
    String png = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true), "data");
    Files.write(file, Base64.getDecoder().decode(png));
  }

  /// {@return what the pages complained of}
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
