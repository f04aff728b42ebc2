package io.antiphon.mlflow;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A server that takes what MLflow's REST interface takes, as its documentation has it, and refuses
/// what that refuses.
final class StandIn implements AutoCloseable {
  private static final String API = "/api/2.0/";
  private static final Set<String> STATUSES =
      Set.of("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED");
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_./ :-]{1,250}");

  /// A run on the server.
  static final class Run {
    final Map<String, String> params = new LinkedHashMap<>();
    final List<JsonObject> metrics = new ArrayList<>();
    final List<String> statuses = new ArrayList<>(List.of("RUNNING"));
    final Map<String, String> tags = new LinkedHashMap<>();
    String experiment = "";
    String name = "";

    List<Double> values(String key) {
      return metrics.stream()
          .filter(metric -> metric.get("key").getAsString().equals(key))
          .map(metric -> metric.get("value").getAsDouble())
          .toList();
    }
  }

  final Map<String, String> experiments = new LinkedHashMap<>();
  final Map<String, Run> runs = new LinkedHashMap<>();
  final Map<String, String> artifacts = new LinkedHashMap<>();
  final List<String> refusals = Collections.synchronizedList(new ArrayList<>());
  volatile String authorization = "";
  volatile int failures;

  /// How many more runs are made without telling so.
  volatile int silentCreations;

  /// Nothing is answered before it is open.
  volatile CountDownLatch gate = new CountDownLatch(0);

  private final HttpServer server;

  StandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /// Waits until there is a metric.
  synchronized void awaitMetrics() {
    try {
      while (runs.values().stream().allMatch(run -> run.metrics.isEmpty())) {
        wait(1000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A refusal, with its status.
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    Refusal(int status, String why) {
      super(why);
      this.status = status;
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    answerNow(exchange);
  }

  private synchronized void answerNow(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    byte[] answer;
    int status = 200;
    try {
      if (failures > 0) {
        failures--;
        throw new Refusal(503, "busy");
      }
      String said = exchange.getRequestHeaders().getFirst("Authorization");
      if (!authorization.isEmpty() && !authorization.equals(said)) {
        throw new Refusal(401, "who are you?");
      }
      answer = handle(exchange, body).toString().getBytes(StandardCharsets.UTF_8);
    } catch (Refusal e) {
      status = e.status;
      refusals.add(e.getMessage());
      answer = "{\"error_code\": \"INVALID_PARAMETER_VALUE\"}".getBytes(StandardCharsets.UTF_8);
    }
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private JsonObject handle(HttpExchange exchange, byte[] body) {
    String path = exchange.getRequestURI().getPath();
    if (!path.startsWith(API)) {
      throw new Refusal(404, path);
    }
    String call = exchange.getRequestMethod() + " " + path.substring(API.length());
    if (call.startsWith("PUT mlflow-artifacts/artifacts/")) {
      artifacts.put(
          call.substring("PUT mlflow-artifacts/artifacts/".length()),
          new String(body, StandardCharsets.UTF_8));
      return new JsonObject();
    }
    JsonObject json =
        body.length == 0
            ? new JsonObject()
            : JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
    return switch (call) {
      case "GET mlflow/experiments/get-by-name" -> byName(exchange.getRequestURI().getRawQuery());
      case "POST mlflow/experiments/create" -> {
        String id = Integer.toString(experiments.size() + 1);
        experiments.put(text(json, "name"), id);
        yield object("experiment_id", id);
      }
      case "POST mlflow/runs/create" -> create(json);
      case "POST mlflow/runs/search" -> search(json);
      case "GET mlflow/runs/get" -> get(exchange.getRequestURI().getRawQuery());
      case "POST mlflow/runs/update" -> update(json);
      case "POST mlflow/runs/log-batch" -> batch(json);
      default -> throw new Refusal(404, call);
    };
  }

  private JsonObject byName(String query) {
    String name =
        URLDecoder.decode(query.replaceFirst("^experiment_name=", ""), StandardCharsets.UTF_8);
    if (!experiments.containsKey(name)) {
      throw new Refusal(404, "no experiment " + name);
    }
    var answer = new JsonObject();
    answer.add("experiment", object("experiment_id", experiments.get(name)));
    return answer;
  }

  private JsonObject create(JsonObject json) {
    if (!experiments.containsValue(text(json, "experiment_id"))) {
      throw new Refusal(404, "no such experiment");
    }
    check(json.get("start_time").getAsLong() > 1_700_000_000_000L, "start_time is in milliseconds");
    var run = new Run();
    run.experiment = text(json, "experiment_id");
    run.name = text(json, "run_name");
    for (JsonElement each : json.getAsJsonArray("tags")) {
      run.tags.put(text(each.getAsJsonObject(), "key"), text(each.getAsJsonObject(), "value"));
    }
    String id = "%032x".formatted(runs.size() + 1);
    runs.put(id, run);
    if (silentCreations > 0) {
      silentCreations--;
      throw new Refusal(502, "made, but who knows");
    }
    var answer = new JsonObject();
    var made = new JsonObject();
    made.add("info", info(id));
    answer.add("run", made);
    return answer;
  }

  private JsonObject search(JsonObject json) {
    Matcher filter = Pattern.compile("tags\\.(\\w+) = '([^']*)'").matcher(text(json, "filter"));
    check(filter.matches() && json.get("max_results").getAsInt() > 0, "a filter");
    var found = new JsonArray();
    runs.forEach((id, run) -> {
      if (json.getAsJsonArray("experiment_ids").contains(new JsonPrimitive(run.experiment))
          && filter.group(2).equals(run.tags.get(filter.group(1)))) {
        found.add(whole(id));
      }
    });
    var answer = new JsonObject();
    if (!found.isEmpty()) {
      answer.add("runs", found);
    }
    return answer;
  }

  private JsonObject info(String id) {
    JsonObject info = object("run_id", id);
    info.addProperty("status", runs.get(id).statuses.getLast());
    info.addProperty(
        "artifact_uri", "mlflow-artifacts:/%s/%s/artifacts".formatted(runs.get(id).experiment, id));
    return info;
  }

  private Run run(JsonObject json) {
    Run run = runs.get(text(json, "run_id"));
    if (run == null) {
      throw new Refusal(404, "no such run");
    }
    return run;
  }

  private JsonObject update(JsonObject json) {
    check(STATUSES.contains(text(json, "status")), "no such status");
    run(json).statuses.add(text(json, "status"));
    var answer = new JsonObject();
    answer.add("run_info", info(text(json, "run_id")));
    return answer;
  }

  private JsonObject get(String query) {
    String id = query.replaceFirst("^run_id=", "");
    run(object("run_id", id));
    var answer = new JsonObject();
    answer.add("run", whole(id));
    return answer;
  }

  /// A run with its parameters, and the latest value of each metric with its step.
  private JsonObject whole(String id) {
    var latest = new LinkedHashMap<String, JsonObject>();
    for (JsonObject metric : runs.get(id).metrics) {
      latest.merge(
          text(metric, "key"),
          metric,
          (one, other) ->
              one.get("step").getAsLong() > other.get("step").getAsLong() ? one : other);
    }
    var metrics = new JsonArray();
    latest.values().forEach(metrics::add);
    var params = new JsonArray();
    runs.get(id)
        .params
        .forEach((key, value) -> {
          JsonObject param = object("key", key);
          param.addProperty("value", value);
          params.add(param);
        });
    var data = new JsonObject();
    data.add("metrics", metrics);
    data.add("params", params);
    var run = new JsonObject();
    run.add("info", info(id));
    run.add("data", data);
    return run;
  }

  private JsonObject batch(JsonObject json) {
    Run run = run(json);
    JsonArray metrics = json.has("metrics") ? json.getAsJsonArray("metrics") : new JsonArray();
    JsonArray params = json.has("params") ? json.getAsJsonArray("params") : new JsonArray();
    check(metrics.size() <= 1000 && params.size() <= 100, "too many at once");
    check(metrics.size() + params.size() <= 1000, "too many at once");
    for (JsonElement each : params) {
      String key = text(each.getAsJsonObject(), "key");
      String value = text(each.getAsJsonObject(), "value");
      check(KEY.matcher(key).matches() && value.length() <= 500, "a parameter " + key);
      check(run.params.getOrDefault(key, value).equals(value), "a parameter cannot change");
      run.params.put(key, value);
    }
    for (JsonElement each : metrics) {
      JsonObject metric = each.getAsJsonObject();
      check(KEY.matcher(text(metric, "key")).matches(), "a metric");
      check(metric.get("timestamp").getAsLong() > 1_700_000_000_000L, "in milliseconds");
      check(metric.get("step").getAsLong() >= 0, "a step");
      run.metrics.add(metric);
    }
    notifyAll();
    return new JsonObject();
  }

  private static void check(boolean holds, String why) {
    if (!holds) {
      throw new Refusal(400, why);
    }
  }

  private static String text(JsonObject json, String name) {
    check(json.has(name), name + " is missing");
    return json.get(name).getAsString();
  }

  private static JsonObject object(String name, String value) {
    var object = new JsonObject();
    object.addProperty(name, value);
    return object;
  }
}
