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
import io.antiphon.core.RowReader;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Keeps a run on an MLflow server: what the learner was told of its settings ([Learner#settings])
/// as parameters, the numbers of each epoch as metrics by step, files of the run's folder as
/// artifacts, and how it ended.
///
/// What is sent goes by a thread of its own: the run never waits for it but at its end, for 10
/// seconds at most, and goes on if it cannot be sent, which is told once; what was not sent is sent
/// with the next epoch. A run that goes on from a checkpoint goes on in its run on the server,
/// which a tag finds though no answer named it, and what that has of steps that come again is not
/// sent twice.
///
/// The server is named by the environment variable `MLFLOW_TRACKING_URI` or the option; who asks by
/// `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`, which are
/// in no log, report, checkpoint or plan.
public final class Mlflow implements Observer, RowReader, Stateful<Mlflow.State> {
  private static final int MOST_PARAMETERS = 100; // of one request
  private static final int MOST_METRICS = 1000;
  private static final int LONGEST_VALUE = 500; // that servers of all ages take
  private static final String TRAINING = "antiphon_training";
  private static final String RUNNING = "RUNNING";

  private final Options options;
  private final UnaryOperator<@Nullable String> environment;
  private final Patience patience;
  private @Nullable Outbox outbox;
  private @Nullable Log log;

  /// The run on the server; empty as long as there is none.
  private volatile String run = "";

  /// By which the run is found there, whoever asked for it.
  private String training = UUID.randomUUID().toString();

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
  /// @param run the run on the server; empty if none is known yet
  /// @param training the training's own name, a tag of the run
  public record State(String run, String training) {}

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
  public void row(Epoch epoch, Row row) {
    Log open = log;
    Outbox box = outbox;
    if (open != null && box != null) {
      if (open.note(row, Instant.now().toEpochMilli())) {
        box.add(open::send);
      }
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
    return new State(run, training);
  }

  @Override
  public void restore(State state) {
    run = state.run();
    training = state.training();
  }

  /// A run on the server. The training notes numbers; the outbox's thread does the rest.
  private final class Log {
    private final Server server;
    private final String experiment;
    private final String name;
    private final Map<String, String> settings;
    private final BlockingQueue<JsonObject> noted = new LinkedBlockingQueue<>(100 * MOST_METRICS);
    private final AtomicBoolean isTold = new AtomicBoolean();
    private final List<JsonObject> sending = new ArrayList<>();
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
      JsonObject found = run.isEmpty() ? new JsonObject() : server.run(sender, run);
      if (found.isEmpty()) {
        found = made(sender);
      }
      String id = Server.text(found, "info", "run_id");
      if (id.isEmpty()) {
        throw new SendException(server + " names no run; is it a server of MLflow?");
      }
      run = id;
      artifacts = Server.text(found, "info", "artifact_uri");
      lastStep = Server.lastStep(found);
      if (!Server.text(found, "info", "status").equals(RUNNING)) {
        update(sender, RUNNING, false);
      }
      parameters(sender, Server.parameters(found));
      begun = true;
    }

    /// {@return the run of this training, which is made if the server has none}
    ///
    /// It may have one that nobody here knows of: its answer was late, or came after the checkpoint
    /// that this run goes on from.
    private JsonObject made(Sender sender) throws SendException, InterruptedException {
      String in = server.experiment(sender, experiment);
      JsonObject found = server.find(sender, in, TRAINING, training);
      if (!found.isEmpty()) {
        return found;
      }
      var body = new JsonObject();
      body.addProperty("experiment_id", in);
      body.addProperty("run_name", name);
      body.addProperty("start_time", Instant.now().toEpochMilli());
      var tags = new JsonArray();
      tags.add(entry("mlflow.runName", name)); // which servers before 2.0 read
      tags.add(entry("mlflow.source.name", "antiphon"));
      tags.add(entry(TRAINING, training));
      body.add("tags", tags);
      return server.create(sender, body, () -> server.find(sender, in, TRAINING, training));
    }

    /// Sends the settings that the server does not have: a parameter never changes there.
    private void parameters(Sender sender, Set<String> there)
        throws SendException, InterruptedException {
      var some = new JsonArray();
      for (Map.Entry<String, String> each : settings.entrySet()) {
        String value = each.getValue();
        if (!there.contains(key(each.getKey()))) {
          some.add(
              entry(
                  each.getKey(),
                  value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value));
        }
        if (some.size() == MOST_PARAMETERS) {
          batch(sender, "params", some);
          some = new JsonArray();
        }
      }
      if (!some.isEmpty()) {
        batch(sender, "params", some);
      }
    }

    /// Tells how the run ended.
    void end(Sender sender, String status) throws SendException, InterruptedException {
      begin(sender);
      update(sender, status, true);
    }

    private void update(Sender sender, String status, boolean isOver)
        throws SendException, InterruptedException {
      var body = new JsonObject();
      body.addProperty("run_id", run);
      body.addProperty("status", status);
      if (isOver) {
        body.addProperty("end_time", Instant.now().toEpochMilli());
      }
      var _ = server.post(sender, "runs/update", body);
    }

    /// Notes the numbers of an epoch.
    ///
    /// @return whether nobody was told yet that there is something to send
    boolean note(Row row, long time) {
      row.numbers().forEach((column, value) -> note(column, value, row.step(), time));
      note("lr", row.lr(), row.step(), time);
      note("epoch_seconds", row.seconds(), row.step(), time);
      return isTold.compareAndSet(false, true);
    }

    private void note(String key, double value, long step, long time) {
      if (Double.isFinite(value)) {
        var metric = new JsonObject();
        metric.addProperty("key", key(key));
        metric.addProperty("value", value);
        metric.addProperty("timestamp", time);
        metric.addProperty("step", step);
        boolean _ = noted.offer(metric);
      }
    }

    /// Sends what is noted, after what could not be sent before.
    void send(Sender sender) throws SendException, InterruptedException {
      isTold.set(false);
      begin(sender);
      while (!sending.isEmpty() || noted.drainTo(sending, MOST_METRICS) > 0) {
        sending.removeIf(metric -> metric.get("step").getAsLong() <= lastStep);
        if (!sending.isEmpty()) {
          var metrics = new JsonArray();
          sending.forEach(metrics::add);
          batch(sender, "metrics", metrics);
          sending.clear();
        }
      }
    }

    private void batch(Sender sender, String what, JsonArray entries)
        throws SendException, InterruptedException {
      var body = new JsonObject();
      body.addProperty("run_id", run);
      body.add(what, entries);
      var _ = server.post(sender, "runs/log-batch", body);
    }

    /// Sends what is left of metrics, and the files.
    void files(Sender sender) throws SendException, InterruptedException {
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
