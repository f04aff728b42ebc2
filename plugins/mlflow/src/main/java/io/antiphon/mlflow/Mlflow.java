package io.antiphon.mlflow;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.outbox.Outbox;
import io.antiphon.outbox.Patience;
import io.antiphon.outbox.SendException;
import io.antiphon.outbox.Sender;
import java.io.FileNotFoundException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Keeps a run on an MLflow server: what the learner was told of its settings ([Learner#settings])
/// as parameters, the numbers of each epoch as metrics by step, files of the run's folder as
/// artifacts, and how it ended.
///
/// What is sent goes by a thread of its own: the run never waits for it but at its end, for 10
/// seconds at most, and goes on if it cannot be sent, which is told once; what was not sent is sent
/// with the next epoch. A run that goes on from a checkpoint goes on in its run on the server, and
/// what that has of steps that come again is not sent twice.
///
/// The server is named by the environment variable `MLFLOW_TRACKING_URI` or the option; who asks by
/// `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`, which are
/// in no log, report, checkpoint or plan.
public final class Mlflow implements Observer, Stateful<Mlflow.State> {
  private static final int MOST_PARAMETERS = 100; // of one request
  private static final int MOST_METRICS = 1000;
  private static final int LONGEST_VALUE = 500; // that servers of all ages take

  private final Options options;
  private final UnaryOperator<@Nullable String> environment;
  private final Patience patience;
  private @Nullable Outbox outbox;
  private @Nullable Log log;

  /// The run on the server; empty as long as there is none.
  private volatile String run = "";

  /// Where what is kept.
  @Id("mlflow")
  @Summary("keeps parameters, metrics and files of a run on an MLflow server")
  public record Options(
      @Summary("the server; by default what MLFLOW_TRACKING_URI says") Optional<String> uri,
      @Summary("the experiment on the server; by default what the run's is called")
          Optional<String> experiment,
      @Summary("the folder of the files; by default the run's") Path dir,
      @Summary("files of it that are kept as artifacts, where they are") List<String> artifacts)
      implements CallbackProvider {
    public Options {
      artifacts = List.copyOf(artifacts);
    }

    /// The server of the environment; experiment, history and report of the run's folder.
    public Options() {
      this(
          Optional.empty(),
          Optional.empty(),
          Path.of("."),
          List.of("experiment.yaml", "history.csv", "metrics.jsonl", "report.html"));
    }

    /// {@return the same on another server}
    public Options uri(String uri) {
      return new Options(Optional.of(uri), experiment, dir, artifacts);
    }

    /// {@return the same in another experiment}
    public Options experiment(String experiment) {
      return new Options(uri, Optional.of(experiment), dir, artifacts);
    }

    /// {@return the same with files of another folder}
    public Options dir(Path dir) {
      return new Options(uri, experiment, dir, artifacts);
    }

    /// {@return the same with other files}
    public Options artifacts(List<String> artifacts) {
      return new Options(uri, experiment, dir, artifacts);
    }

    @Override
    public Callback create() {
      return new Mlflow(this);
    }
  }

  /// What is remembered.
  ///
  /// @param run the run on the server; empty if there is none yet
  public record State(String run) {}

  public Mlflow(Options options) {
    this(options, System::getenv, Patience.USUAL);
  }

  /// @param environment its variables by name
  Mlflow(Options options, UnaryOperator<@Nullable String> environment, Patience patience) {
    this.options = options;
    this.environment = environment;
    this.patience = patience;
  }

  @Override
  public void check(Learner learner) {
    Server.of(options.uri(), environment);
  }

  @Override
  public void beforeFit(Fit fit) {
    if (outbox != null && !fit.isFirst()) {
      return; // the training began with another fit
    }
    if (outbox != null) {
      outbox.close();
    }
    Server server = Server.of(options.uri(), environment);
    Map<String, String> settings = fit.learner().settings();
    Path folder = options.dir().toAbsolutePath().normalize();
    String experiment =
        options.experiment().orElseGet(() -> settings.getOrDefault("name", "Default"));
    var opened = new Log(server, experiment, String.valueOf(folder.getFileName()), settings);
    log = opened;
    var open = new Outbox(name() + " on " + server, patience);
    outbox = open;
    open.add(opened::begin);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    Log open = log;
    Outbox box = outbox;
    if (open != null && box != null) {
      Row row = epoch.row();
      long now = Instant.now().toEpochMilli();
      box.add(sender -> open.add(sender, row, now));
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    Log open = log;
    Outbox box = outbox;
    if (open == null || box == null || !fit.isLast()) {
      return;
    }
    String status =
        switch (fit.outcome()) {
          case Outcome.Finished _ -> "FINISHED";
          case Outcome.Stopped _, Outcome.Cancelled _ -> "KILLED";
          case Outcome.Running _ -> "FAILED";
        };
    box.add(open::files);
    box.add(sender -> open.end(sender, status));
    box.close();
    log = null;
    outbox = null;
  }

  @Override
  public String explain(Learner learner) {
    return "keeps the run on " + Server.of(options.uri(), environment) + "\n";
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state(NDManager manager) {
    return new State(run);
  }

  @Override
  public void restore(State state) {
    run = state.run();
  }

  /// A run on the server, which one thread at a time writes.
  private final class Log {
    private final Server server;
    private final String experiment;
    private final String name;
    private final Map<String, String> settings;
    private final List<JsonObject> unsent = new ArrayList<>();
    private String artifacts = "";
    private long lastStep = -1; // of metrics that the server had when this run went on
    private boolean begun;

    Log(Server server, String experiment, String name, Map<String, String> settings) {
      this.server = server;
      this.experiment = experiment;
      this.name = name;
      this.settings = settings;
    }

    /// Begins the run, or goes on with it, if that is not done yet.
    void begin(Sender sender) throws SendException, InterruptedException {
      if (begun) {
        return;
      }
      if (run.isEmpty()) {
        JsonObject answer = create(sender);
        run = Server.text(answer, "run", "info", "run_id");
        artifacts = Server.text(answer, "run", "info", "artifact_uri");
      } else {
        lastStep = server.lastStep(sender, run);
        artifacts = Server.text(update(sender, "RUNNING", false), "run_info", "artifact_uri");
      }
      if (run.isEmpty()) {
        throw new SendException(server + " names no run; is it a server of MLflow?");
      }
      var parameters = new JsonArray();
      settings.forEach((key, value) -> {
        String shown = value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value;
        parameters.add(entry(key, shown));
      });
      for (int i = 0; i < parameters.size(); i += MOST_PARAMETERS) {
        var some = new JsonArray();
        for (int j = i; j < Math.min(parameters.size(), i + MOST_PARAMETERS); j++) {
          some.add(parameters.get(j));
        }
        batch(sender, "params", some);
      }
      begun = true;
    }

    private JsonObject create(Sender sender) throws SendException, InterruptedException {
      var body = new JsonObject();
      body.addProperty("experiment_id", server.experiment(sender, experiment));
      body.addProperty("run_name", name);
      body.addProperty("start_time", Instant.now().toEpochMilli());
      var tags = new JsonArray();
      tags.add(entry("mlflow.runName", name)); // which servers before 2.0 read
      tags.add(entry("mlflow.source.name", "antiphon"));
      body.add("tags", tags);
      return server.post(sender, "runs/create", body);
    }

    /// Tells how the run ended.
    void end(Sender sender, String status) throws SendException, InterruptedException {
      begin(sender);
      update(sender, status, true);
    }

    private JsonObject update(Sender sender, String status, boolean isOver)
        throws SendException, InterruptedException {
      var body = new JsonObject();
      body.addProperty("run_id", run);
      body.addProperty("status", status);
      if (isOver) {
        body.addProperty("end_time", Instant.now().toEpochMilli());
      }
      return server.post(sender, "runs/update", body);
    }

    /// Adds the numbers of an epoch, after those that could not be sent before.
    void add(Sender sender, Row row, long time) throws SendException, InterruptedException {
      row.numbers().forEach((column, value) -> metric(column, value, row.step(), time));
      metric("lr", row.lr(), row.step(), time);
      metric("epoch_seconds", row.seconds(), row.step(), time);
      begin(sender);
      unsent.removeIf(metric -> metric.get("step").getAsLong() <= lastStep);
      send(sender);
    }

    private void metric(String key, double value, long step, long time) {
      if (Double.isFinite(value) && unsent.size() < 100 * MOST_METRICS) {
        var metric = new JsonObject();
        metric.addProperty("key", key(key));
        metric.addProperty("value", value);
        metric.addProperty("timestamp", time);
        metric.addProperty("step", step);
        unsent.add(metric);
      }
    }

    private void send(Sender sender) throws SendException, InterruptedException {
      while (!unsent.isEmpty()) {
        List<JsonObject> some = unsent.subList(0, Math.min(MOST_METRICS, unsent.size()));
        var metrics = new JsonArray();
        some.forEach(metrics::add);
        batch(sender, "metrics", metrics);
        some.clear();
      }
    }

    private void batch(Sender sender, String what, JsonArray entries)
        throws SendException, InterruptedException {
      var body = new JsonObject();
      body.addProperty("run_id", run);
      body.add(what, entries);
      server.post(sender, "runs/log-batch", body);
    }

    /// Sends what is left of metrics, and the files.
    void files(Sender sender) throws SendException, InterruptedException {
      begin(sender);
      send(sender);
      for (String each : options.artifacts()) {
        Path file = options.dir().resolve(each);
        if (Files.isRegularFile(file)) {
          try {
            server.put(sender, artifacts, each, BodyPublishers.ofFile(file));
          } catch (FileNotFoundException e) {
            // it was there a moment ago
          }
        }
      }
    }

    private static JsonObject entry(String key, String value) {
      var entry = new JsonObject();
      entry.addProperty("key", key(key));
      entry.addProperty("value", value);
      return entry;
    }

    /// {@return a name of the characters that MLflow takes}
    private static String key(String name) {
      return name.replaceAll("[^A-Za-z0-9_./ -]", "_");
    }
  }
}
