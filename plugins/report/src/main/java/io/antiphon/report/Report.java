package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Outcome;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.Series;
import io.antiphon.core.Smoothing;
import io.antiphon.core.Stateful;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.worst.Worst;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.URI;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Shows a run in one HTML file, which needs neither a network nor a server: losses, metrics and
/// hyper-parameters by step, norms of gradients, what layers give, epochs, confused classes, the
/// most wrong samples, the plan, and what it ran on. A probe of learning rates is shown by its
/// curve, in the reports of the fits that follow it, too.
///
/// With `serve` it is shown live while the run goes on, by a server of this process that changes
/// nothing: on this machine, unless told otherwise; beyond it for whoever has the token, which is
/// drawn, or is in the environment variable `ANTIPHON_REPORT_TOKEN`.
///
/// The file is written after an epoch, at most every two seconds, every half minute in a long
/// epoch, and at the end, whichever way that comes; it takes the former's place when it is whole. A
/// run that goes on from a checkpoint goes on in its report. What one file shows are all fits of a
/// learner.
///
/// The loop does not wait for it, but when it is written. What cannot be written is told once, and
/// the training goes on.
public final class Report implements Observer, RowReader, Stateful<Report.State> {
  private static final Logger LOGGER = System.getLogger(Report.class.getName());
  private static final long BETWEEN_EPOCHS = 2_000_000_000L; // ns
  private static final long WITHIN_EPOCH = 30_000_000_000L;
  private static final int NORMS_PER_EPOCH = 200;
  private static final long LIVE = 1_000_000_000L;
  private static final int LIVE_SHARE = 50; // one part in so many is spent on those who look on
  private static final String TOKEN = "ANTIPHON_REPORT_TOKEN";

  private final Options options;
  private final Map<Name, Curve> curves = new LinkedHashMap<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<Track> tracks = new ArrayList<>();
  private final List<Norm> norms = new ArrayList<>();
  private final Activations activations = new Activations();
  private final Series rates = new Series();
  private Probe probe = Probe.NONE;
  private volatile @Nullable LiveServer server;
  private long shown;
  private long showing;
  private Instant begun = Instant.EPOCH;
  private Smoothing smoothing = new Smoothing();
  private int taken;
  private @Nullable Fit fit;
  private @Nullable Object tracksOf;
  private @Nullable Validation validation;
  private Validation.Found found = Validation.Found.NOTHING;
  private List<String> names = List.of();
  private Map<Long, String> sampleNames = Map.of();
  private String plan = "";
  private Map<String, String> surroundings = Map.of();
  private long written;
  private boolean told;

  /// What is in a report, and where it is.
  @Id("report")
  @Summary("one HTML file that shows the run: curves, epochs, worst samples, the plan")
  public record Options(
      @Summary("the file; by default report.html in the run's folder") Path file,
      @Summary("how many of the most wrong validation samples are shown; 0 for none") int worst,
      @Summary("whether norms of gradients are shown, of some 200 steps of an epoch")
          boolean gradients,
      @Summary("whether is shown what layers give, at some 50 steps of an epoch")
          boolean activations,
      @Summary("where it is shown live: a port of this machine, HOST:PORT, or auto")
          Optional<String> serve)
      implements CallbackProvider {
    public Options {
      Check.within("worst", worst, 0, 100);
      serve.ifPresent(Address::of);
    }

    /// All of it, in `report.html`.
    public Options() {
      this(Path.of("report.html"));
    }

    /// All of it, in a file, and not live.
    public Options(Path file) {
      this(file, 12, true, true, Optional.empty());
    }

    /// {@return the same in another file}
    public Options file(Path file) {
      return new Options(file, worst, gradients, activations, serve);
    }

    /// {@return the same with so many of the most wrong samples}
    public Options worst(int worst) {
      return new Options(file, worst, gradients, activations, serve);
    }

    /// {@return the same with norms of gradients, or without}
    public Options gradients(boolean gradients) {
      return new Options(file, worst, gradients, activations, serve);
    }

    /// {@return the same with what layers give, or without}
    public Options activations(boolean activations) {
      return new Options(file, worst, gradients, activations, serve);
    }

    /// {@return the same shown live: at a port of this machine, at `HOST:PORT`, or `auto`}
    public Options serve(String serve) {
      return new Options(file, worst, gradients, activations, Optional.of(serve));
    }

    @Override
    public Callback create() {
      return new Report(this);
    }
  }

  /// The name of a curve.
  ///
  /// @param chart the chart that it is in
  /// @param series its own name there
  record Name(String chart, String series) {}

  /// A number that is read at every training batch.
  private record Track(
      Curve curve,
      @Nullable ParameterGroup group,
      @Nullable Hyper hyper,
      @Nullable Tunable tunable) {
    double value() {
      return group != null && hyper != null
          ? group.get(hyper)
          : Objects.requireNonNull(tunable).get();
    }
  }

  /// A norm that is still on the device.
  private record Norm(Curve curve, long step, NDArray value) {}

  /// What a report remembers.
  ///
  /// @param begun when the first fit began, as ISO 8601 has it
  /// @param rows the epochs that are over
  /// @param curves where the curves lie
  /// @param values float64 `[2, N]` for each
  /// @param sum the smoothed loss, before its bias is taken away
  /// @param bias what would be taken away
  /// @param layers whose histograms there are
  /// @param histograms float64 `[N, 81]` for each
  /// @param rates those of a probe of learning rates
  /// @param probed its losses
  public record State(
      String begun,
      List<Row> rows,
      List<SavedCurve> curves,
      NDList values,
      double sum,
      double bias,
      List<String> layers,
      NDList histograms,
      List<Double> rates,
      List<Double> probed) {}

  /// A curve in a state.
  ///
  /// @param chart the chart that it is in
  /// @param name its name there
  /// @param first the first step
  /// @param stride how many steps became one
  /// @param last the last step
  public record SavedCurve(String chart, String name, long first, long stride, long last) {}

  /// All of it, in a file.
  public Report(Path file) {
    this(new Options(file));
  }

  public Report(Options options) {
    this.options = options;
  }

  /// {@return the file}
  public Path file() {
    return options.file();
  }

  /// {@return where it is shown live, as long as it is; with the token, if one was drawn}
  public Optional<URI> address() {
    LiveServer open = server;
    return open == null ? Optional.empty() : Optional.of(URI.create(open.url()));
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  /// Refuses an address that cannot be had.
  @Override
  public void check(Learner learner) {
    if (options.serve().isPresent() && server == null) {
      try {
        Address.of(options.serve().get()).check();
      } catch (IOException e) {
        throw new RefusedException("serve", String.valueOf(e.getMessage()));
      }
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    this.fit = fit;
    taken = fit.losses(0).length; // those of a fit that goes on are in what was restored
    tracksOf = null;
    if (begun.equals(Instant.EPOCH)) {
      begun = Instant.now();
    }
    names = fit.learner().task().map(task -> task.names()).orElse(List.of());
    plan = plan(fit);
    surroundings = Surroundings.facts();
    written = System.nanoTime();
    if (fit.purpose() == Purpose.LR_FIND) {
      rates.clear();
      return;
    }
    if (options.activations()) {
      activations.begin(fit);
    }
    serve();
    fit.own(this::leave);
    show(Page.RUNNING);
  }

  /// Ends what would stay if this failed and heard of no end.
  private void leave() {
    if (fit != null) {
      fit = null;
      close();
    }
  }

  private void close() {
    LiveServer open = server;
    if (open != null) {
      server = null;
      open.close();
    }
  }

  /// Opens the server, if there shall be one and there is none yet.
  private void serve() {
    if (options.serve().isEmpty() || server != null) {
      return;
    }
    try {
      Address address = Address.of(options.serve().get());
      String page = Frame.live(Page.title(options.file()));
      LiveServer opened = new LiveServer(address, page, System.getenv(TOKEN));
      server = opened;
      LOGGER.log(Logger.Level.INFO, "the report is live at {0}", opened.url());
    } catch (IOException e) {
      LOGGER.log(
          Logger.Level.WARNING,
          "the report is not live: {0}; the training goes on",
          e.getMessage());
    }
  }

  /// Shows what there is to those who look on.
  private void show(String state) {
    LiveServer open = server;
    if (open == null) {
      return;
    }
    long before = System.nanoTime();
    takeLosses();
    open.show(page(state).picture());
    shown = System.nanoTime();
    showing = shown - before;
  }

  private boolean isToBeShown() {
    LiveServer open = server;
    return open != null
        && System.nanoTime() - shown > Math.max(LIVE, LIVE_SHARE * showing)
        && open.isWatched();
  }

  private static String plan(Fit fit) {
    try {
      return fit.learner().explain();
    } catch (RuntimeException e) {
      return "The plan cannot be told: " + e.getMessage();
    }
  }

  @Override
  public void beforeStep(Batch batch) {
    if (isProbe(batch.fit())) {
      return;
    }
    int every = Math.max(1, batch.pass().batches() / NORMS_PER_EPOCH);
    if (options.gradients() && batch.index() % every == 0) {
      NDArray norm = batch.gradients().norm(batch.manager(), 2);
      norm.attach(batch.pass().manager());
      norms.add(new Norm(curve(Page.NORMS, batch.turn().name()), stepOf(batch), norm));
    }
  }

  private static boolean isProbe(Fit fit) {
    return fit.purpose() == Purpose.LR_FIND;
  }

  private static long stepOf(Batch batch) {
    return batch.fit().learner().stepsDone() + 1;
  }

  @Override
  public void afterLoss(Batch batch) {
    if (validation != null && !batch.isTraining() && batch.hasLoss()) {
      try {
        validation.add(batch);
      } catch (RuntimeException e) {
        validation = null; // a model of one's own may give anything
        LOGGER.log(Logger.Level.DEBUG, "what was validated cannot be shown", e);
      }
    }
  }

  @Override
  public void afterBatch(Batch batch) {
    if (isProbe(batch.fit())) {
      List<ParameterGroup> groups = batch.fit().optimizer().groups();
      if (!groups.isEmpty() && groups.getLast().hypers().contains(Hyper.LEARNING_RATE)) {
        rates.add(groups.getLast().get(Hyper.LEARNING_RATE));
      }
      return;
    }
    if (isToBeShown()) {
      show(Page.RUNNING);
    }
    if (!batch.isTraining()) {
      return;
    }
    if (tracksOf != batch.fit().optimizer()) {
      follow(batch.fit());
    }
    long step = stepOf(batch);
    for (int i = 0; i < tracks.size(); i++) {
      Track track = tracks.get(i);
      track.curve().add(step, track.value());
    }
    if (System.nanoTime() - written > WITHIN_EPOCH) {
      takeLosses();
      write(Page.RUNNING);
    }
  }

  private void follow(Fit fit) {
    tracks.clear();
    tracksOf = fit.optimizer();
    for (ParameterGroup group : fit.optimizer().groups()) {
      for (Hyper hyper : group.hypers()) {
        tracks.add(new Track(curve(hyper.name(), group.name()), group, hyper, null));
      }
    }
    for (Callback callback : fit.callbacks()) {
      for (Tunable tunable : callback.tunables()) {
        Curve curve = curve(callback.name() + " " + tunable.name(), tunable.name());
        tracks.add(new Track(curve, null, null, tunable));
      }
    }
  }

  private Curve curve(String chart, String series) {
    return curves.computeIfAbsent(new Name(chart, series), _ -> new Curve());
  }

  /// Takes over the losses that are not here yet.
  private void takeLosses() {
    if (fit == null) {
      return;
    }
    double[] more = fit.losses(taken);
    long before = fit.learner().stepsDone() - fit.trainIter() + taken;
    for (int i = 0; i < more.length; i++) {
      curve(Page.LOSS, Page.EACH).add(before + i + 1, more[i]);
      smoothing.add(more[i]);
      curve(Page.LOSS, Page.SMOOTHED).add(before + i + 1, smoothing.value());
    }
    taken += more.length;
  }

  @Override
  public void cleanupTrain(Pass pass) {
    for (Norm norm : norms) {
      norm.curve().add(norm.step(), norm.value().getFloat());
    }
    norms.clear();
    activations.read(pass, (chart, layer, step, value) -> curve(chart, layer).add(step, value));
  }

  @Override
  public void beforeValidate(Pass pass) {
    validation = new Validation(pass, options.worst());
  }

  @Override
  public void afterValidate(Pass pass) {
    if (validation != null && pass.outcome().isFinished()) {
      try {
        found = validation.read();
        samples(pass);
      } catch (RuntimeException e) {
        LOGGER.log(Logger.Level.DEBUG, "what was validated cannot be shown", e);
      }
    }
    validation = null;
  }

  private void samples(Pass pass) {
    var called = new LinkedHashMap<Long, String>();
    for (Worst wrong : found.worst()) {
      called.put(wrong.place(), pass.data().name((int) wrong.place()));
    }
    sampleNames = called;
  }

  @Override
  public void cleanupValidate(Pass pass) {
    validation = null;
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (isProbe(epoch.fit())) {
      return;
    }
    RowReader.super.afterEpoch(epoch);
    if (isToBeShown()) {
      show(Page.RUNNING);
    }
    if (rows.size() == 1 || System.nanoTime() - written > BETWEEN_EPOCHS) {
      write(Page.RUNNING);
    }
  }

  @Override
  public void row(Epoch epoch, Row row) {
    if (!isProbe(epoch.fit())) {
      takeLosses();
      rows.add(row);
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    if (this.fit == null) {
      return;
    }
    if (isProbe(fit)) {
      probe = Probe.of(rates, fit.losses(0));
      write("probe of learning rates");
    } else {
      takeLosses();
      String state = fit.isLast() ? state(fit.outcome()) : Page.RUNNING;
      write(state);
      show(state);
      if (fit.isLast()) {
        close();
      }
    }
    this.fit = null;
    tracks.clear();
    tracksOf = null;
    norms.clear();
    activations.forget();
    validation = null;
  }

  private static String state(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Finished _ -> "finished";
      case Outcome.Stopped stopped -> "stopped: " + stopped.why();
      case Outcome.Cancelled cancelled ->
          "cancelled by %s: %s".formatted(cancelled.who(), cancelled.why());
      case Outcome.Running _ -> "failed";
    };
  }

  private Page page(String state) {
    return new Page(
        options.file(),
        state,
        begun,
        Objects.requireNonNull(fit),
        List.copyOf(rows),
        curves,
        found,
        names,
        place -> sampleNames.getOrDefault(place, Long.toString(place)),
        plan,
        surroundings,
        activations.strips(),
        probe);
  }

  private void write(String state) {
    try {
      put(options.file(), page(state).html());
    } catch (IOException | RuntimeException e) {
      if (!told) {
        told = true;
        LOGGER.log(
            Logger.Level.WARNING,
            "the report {0} could not be written ({1}); the training goes on, and the next epoch tries"
                + " again",
            options.file(),
            e.toString());
      }
    }
    written = System.nanoTime();
  }

  /// Puts a file in its place when it is whole.
  private static void put(Path file, String text) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path whole = file.resolveSibling("." + file.getFileName() + ".part"); // others may read it
    try {
      Files.writeString(whole, text);
      try {
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  @Override
  public String explain(Learner learner) {
    String live = options.serve().map(at -> ", and shows it live at " + Address.of(at)).orElse("");
    return "writes " + options.file() + live + "\n";
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state(NDManager manager) {
    takeLosses();
    var saved = new ArrayList<SavedCurve>();
    var values = new NDList();
    curves.forEach((name, curve) -> {
      if (!curve.isEmpty()) {
        saved.add(curve.saved(name));
        values.add(curve.array(manager));
      }
    });
    var histograms = new NDList();
    activations.strips().values().forEach(strip -> histograms.add(strip.array(manager)));
    return new State(
        begun.toString(),
        List.copyOf(rows),
        saved,
        values,
        smoothing.sum(),
        smoothing.bias(),
        List.copyOf(activations.strips().keySet()),
        histograms,
        probe.rates(),
        probe.losses());
  }

  @Override
  public void restore(State state) {
    if (state.curves().size() != state.values().size()
        || state.layers().size() != state.histograms().size()) {
      throw new IllegalArgumentException(
          "the report's state has %d curves of %d layers, but values of %d and %d"
              .formatted(
                  state.curves().size(),
                  state.layers().size(),
                  state.values().size(),
                  state.histograms().size()));
    }
    begun = Instant.parse(state.begun());
    rows.clear();
    rows.addAll(state.rows());
    curves.clear();
    tracksOf = null;
    for (int i = 0; i < state.curves().size(); i++) {
      SavedCurve each = state.curves().get(i);
      curves.put(new Name(each.chart(), each.name()), Curve.of(each, state.values().get(i)));
    }
    smoothing = new Smoothing(state.sum(), state.bias());
    var strips = new LinkedHashMap<String, Strip>();
    for (int i = 0; i < state.layers().size(); i++) {
      strips.put(state.layers().get(i), Strip.of(state.histograms().get(i)));
    }
    activations.restore(strips);
    if (probe.isEmpty()) { // else this is the snapshot that a probe leaves behind
      probe = new Probe(state.rates(), state.probed());
    }
    taken = fit == null ? 0 : fit.losses(0).length;
  }
}
