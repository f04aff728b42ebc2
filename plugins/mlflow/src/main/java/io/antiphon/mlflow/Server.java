package io.antiphon.mlflow;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.antiphon.outbox.SendException;
import io.antiphon.outbox.Sender;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A server of MLflow by its REST interface, version 2.0.
///
/// @param address where it is, without a slash at the end
/// @param authorization what a request says of who asks, a secret; empty for nobody
record Server(String address, String authorization) {
  private static final String URI_VARIABLE = "MLFLOW_TRACKING_URI";
  private static final int REFUSED = 400;
  private static final int NOT_FOUND = 404;

  /// Where MLflow keeps artifacts that it takes itself: `mlflow-artifacts:/1/2ab/artifacts`.
  private static final Pattern PROXIED = Pattern.compile("mlflow-artifacts:(//[^/]+)?/+(.+)");

  /// {@return the server that an option or the environment names}
  ///
  /// @throws IllegalStateException if neither does, or what they say is no address
  static Server of(Optional<String> uri, UnaryOperator<@Nullable String> environment) {
    String address =
        uri.or(() -> Optional.ofNullable(environment.apply(URI_VARIABLE)))
            .map(text -> text.strip().replaceAll("/+$", ""))
            .filter(text -> !text.isEmpty())
            .orElseThrow(() ->
                new IllegalStateException(
                    "nobody says where MLflow's server is: set the environment variable %s, or the option 'uri'"
                        .formatted(URI_VARIABLE)));
    if (!isHttp(address)) {
      throw new IllegalStateException(
          "MLflow's server is at no address that begins with http:// or https:// and has no user in"
              + " it; user and password are in MLFLOW_TRACKING_USERNAME and"
              + " MLFLOW_TRACKING_PASSWORD, a token in MLFLOW_TRACKING_TOKEN");
    }
    return new Server(address, authorization(environment));
  }

  private static boolean isHttp(String address) {
    try {
      var uri = new URI(address);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null;
    } catch (URISyntaxException e) {
      return false; // and its message might repeat a secret
    }
  }

  private static String authorization(UnaryOperator<@Nullable String> environment) {
    String user = environment.apply("MLFLOW_TRACKING_USERNAME");
    String password = environment.apply("MLFLOW_TRACKING_PASSWORD");
    String token = environment.apply("MLFLOW_TRACKING_TOKEN");
    if (user != null && password != null) {
      byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(both);
    }
    return token == null ? "" : "Bearer " + token.strip();
  }

  /// Looks for something.
  @FunctionalInterface
  interface Search {
    /// {@return what is there; empty if nothing is}
    JsonObject find() throws SendException, InterruptedException;
  }

  /// {@return the id of an experiment, which is made if there is none of that name}
  String experiment(Sender sender, String name) throws SendException, InterruptedException {
    String found = named(sender, name);
    if (!found.isEmpty()) {
      return found;
    }
    var body = new JsonObject();
    body.addProperty("name", name);
    try {
      return text(post(sender, "experiments/create", body), "experiment_id");
    } catch (SendException e) {
      String made = e.status() == REFUSED ? named(sender, name) : ""; // by another run meanwhile
      if (made.isEmpty()) {
        throw e;
      }
      return made;
    }
  }

  private String named(Sender sender, String name) throws SendException, InterruptedException {
    return text(
        get(sender, "experiments/get-by-name?experiment_name=", name),
        "experiment",
        "experiment_id");
  }

  /// {@return a run; empty if the server has none of that id}
  JsonObject run(Sender sender, String id) throws SendException, InterruptedException {
    return object(get(sender, "runs/get?run_id=", id), "run");
  }

  /// {@return the run of an experiment that has a tag; empty if there is none}
  JsonObject find(Sender sender, String experiment, String tag, String value)
      throws SendException, InterruptedException {
    var experiments = new JsonArray();
    experiments.add(experiment);
    var body = new JsonObject();
    body.add("experiment_ids", experiments);
    body.addProperty("filter", "tags.%s = '%s'".formatted(tag, value));
    body.addProperty("max_results", 1);
    JsonElement runs = element(post(sender, "runs/search", body), "runs");
    return runs instanceof JsonArray all && !all.isEmpty() && all.get(0) instanceof JsonObject first
        ? first
        : new JsonObject();
  }

  /// {@return a run that is made, once, though the server fails}
  ///
  /// @param there looks whether it is made though no answer said so
  JsonObject create(Sender sender, JsonObject body, Search there)
      throws SendException, InterruptedException {
    Optional<HttpResponse<String>> answer =
        sender.sendOnce(posting("runs/create", body), () -> !there.find().isEmpty());
    return answer.isPresent() ? object(json(answer.get()), "run") : there.find();
  }

  /// {@return the last step of which a run has a metric; -1 if it has none}
  static long lastStep(JsonObject run) {
    long last = -1;
    if (element(run, "data", "metrics") instanceof JsonArray all) {
      for (JsonElement each : all) {
        if (element(each, "step") instanceof JsonPrimitive step) { // a string where it is an int64
          last = Math.max(last, step.getAsLong());
        }
      }
    }
    return last;
  }

  /// {@return the names of the parameters that a run has}
  static Set<String> parameters(JsonObject run) {
    var names = new HashSet<String>();
    if (element(run, "data", "params") instanceof JsonArray all) {
      all.forEach(each -> names.add(text(each, "key")));
    }
    return names;
  }

  /// {@return the answer to a question for something by its name; empty if it is not there}
  private JsonObject get(Sender sender, String method, String name)
      throws SendException, InterruptedException {
    String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
    try {
      return json(sender.send(request("mlflow/" + method + encoded).GET()));
    } catch (SendException e) {
      if (e.status() != NOT_FOUND) {
        throw e;
      }
      return new JsonObject();
    }
  }

  /// {@return the answer to a call of a method}
  JsonObject post(Sender sender, String method, JsonObject body)
      throws SendException, InterruptedException {
    return json(sender.send(posting(method, body)));
  }

  private HttpRequest.Builder posting(String method, JsonObject body) {
    return request("mlflow/" + method)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()));
  }

  /// Puts a file among the artifacts of a run, if the server takes them itself; a store beside it
  /// has an interface of its own.
  ///
  /// @param folder where the run has them
  void put(Sender sender, String folder, String name, BodyPublisher content)
      throws SendException, InterruptedException {
    Matcher proxied = PROXIED.matcher(folder);
    if (!proxied.matches()) {
      return;
    }
    String path = proxied.group(2).replaceAll("/+$", "") + "/" + name;
    sender.tell(
        request("mlflow-artifacts/artifacts/" + escaped(path))
            .header("Content-Type", "application/octet-stream")
            .PUT(content));
  }

  private static String escaped(String path) {
    return URLEncoder.encode(path, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/api/2.0/" + path));
    return authorization.isEmpty() ? request : request.header("Authorization", authorization);
  }

  private static JsonObject json(HttpResponse<String> response) {
    String answer = response.body();
    try {
      return answer.isBlank() ? new JsonObject() : JsonParser.parseString(answer).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      return new JsonObject();
    }
  }

  /// {@return a text in an answer; empty if it has none}
  static String text(JsonElement answer, String... path) {
    JsonElement found = element(answer, path);
    return found.isJsonPrimitive() ? found.getAsString() : "";
  }

  private static JsonObject object(JsonElement answer, String... path) {
    return element(answer, path) instanceof JsonObject found ? found : new JsonObject();
  }

  private static JsonElement element(JsonElement answer, String... path) {
    JsonElement here = answer;
    for (String name : path) {
      if (!(here instanceof JsonObject object) || !object.has(name)) {
        return JsonNull.INSTANCE;
      }
      here = object.get(name);
    }
    return here;
  }

  /// {@return where it is, without who asks}
  @Override
  public String toString() {
    return address;
  }
}
