package io.antiphon.plot;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Purpose;
import io.antiphon.core.Row;
import io.antiphon.core.Series;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.metrics.Recorder;
import io.antiphon.plot.Panel.Curve;
import java.awt.AWTError;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Draws what the recorder of a learner records: `losses`, `metrics` and `schedules`, and the curve
/// of a learning-rate finder, `lr-find`, each as SVG and PNG.
///
/// The pictures are drawn anew after some epochs and at the end. What cannot be drawn is told once,
/// and the training goes on.
public final class Plot implements Observer {
  private static final Logger LOGGER = System.getLogger(Plot.class.getName());
  private static final int MOST_POINTS = 1500;
  private static final String TRAIN = "train_";
  private static final String STEP = "step";

  private final Options options;
  private final Series rates = new Series();
  private final Series probed = new Series();
  private @Nullable Recorder recorder;
  private long drawn;
  private boolean told;

  /// The form of a picture.
  public enum Format {
    SVG,
    PNG
  }

  /// Where pictures are, and of which form.
  @Id("plot")
  @Summary("draws losses, metrics, schedules and a finder's curve as SVG and PNG")
  public record Options(
      @Summary("the folder of the pictures; by default the run's") Path dir,
      @Summary("the forms of the pictures: svg, png") List<Format> formats,
      @Summary("after each how many-th epoch they are drawn anew") int every)
      implements CallbackProvider {
    public Options {
      formats = List.copyOf(formats);
      Check.atLeast("every", every, 1);
      if (formats.isEmpty()) {
        throw Check.refused("formats", "[]", "some of [svg, png]");
      }
    }

    /// Both forms after every epoch, in the run's folder.
    public Options() {
      this(Path.of("."));
    }

    /// The same in a folder.
    public Options(Path dir) {
      this(dir, List.of(Format.values()), 1);
    }

    /// {@return the same in another folder}
    public Options dir(Path dir) {
      return new Options(dir, formats, every);
    }

    /// {@return the same in these forms}
    public Options formats(List<Format> formats) {
      return new Options(dir, formats, every);
    }

    /// {@return the same after other epochs}
    public Options every(int every) {
      return new Options(dir, formats, every);
    }

    @Override
    public Callback create() {
      return new Plot(this);
    }
  }

  /// All pictures in a folder.
  public Plot(Path folder) {
    this(new Options(folder));
  }

  public Plot(Options options) {
    this.options = options;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
  }

  /// Refuses a learner that keeps no record.
  @Override
  public void check(Learner learner) {
    if (learner.callback(Recorder.class).isEmpty()) {
      throw new IllegalStateException(
          "plot draws what a recorder records, and there is none; add new Recorder(), or 'recorder'"
              + " in a file");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    recorder = fit.learner().callback(Recorder.class).orElse(null);
    rates.clear();
    probed.clear();
    drawn = -1;
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.fit().purpose() == Purpose.LR_FIND) {
      List<ParameterGroup> groups = batch.fit().optimizer().groups();
      if (!groups.isEmpty() && groups.getLast().hypers().contains(Hyper.LEARNING_RATE)) {
        rates.add(groups.getLast().get(Hyper.LEARNING_RATE));
      }
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (epoch.fit().purpose() == Purpose.FIT && (epoch.number() + 1) % options.every() == 0) {
      drawn = epoch.number();
      draw(epoch.fit());
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    if (fit.purpose() == Purpose.LR_FIND) {
      probed.addAll(fit.losses(0));
      drawProbe();
    } else if (drawn < fit.learner().epochsDone() - 1) {
      draw(fit);
    }
    recorder = null;
  }

  private void draw(Fit fit) {
    Recorder record = recorder;
    if (record == null) {
      return;
    }
    double[] losses = record.losses();
    long before = fit.learner().stepsDone() - losses.length;
    write("losses", List.of(losses(record, losses, before)));
    write("metrics", metrics(record.rows()));
    write("schedules", schedules(fit, record, before));
  }

  private static Panel losses(Recorder record, double[] losses, long before) {
    var curves = new ArrayList<Curve>();
    curves.add(byStep("each batch", true, losses, before));
    curves.add(byStep("smoothed", false, record.smoothedLosses(), before));
    curves.add(byEpoch("training", record.rows(), Row.TRAIN_LOSS));
    curves.add(byEpoch("validation", record.rows(), Row.VALID_LOSS));
    curves.removeIf(Plot::isEmpty);
    return new Panel("loss", STEP, false, curves);
  }

  private static boolean isEmpty(Curve curve) {
    return Arrays.stream(curve.y()).noneMatch(Double::isFinite);
  }

  private static List<Panel> metrics(List<Row> rows) {
    var panels = new LinkedHashMap<String, List<Curve>>();
    List<String> columns =
        rows.isEmpty() ? List.of() : List.copyOf(rows.getLast().numbers().sequencedKeySet());
    for (String column : columns) {
      if (column.equals(Row.TRAIN_LOSS) || column.equals(Row.VALID_LOSS)) {
        continue;
      }
      boolean trains = column.startsWith(TRAIN);
      String name = trains ? column.substring(TRAIN.length()) : column;
      Curve curve = byEpoch(trains ? "training" : "validation", rows, column);
      if (!isEmpty(curve)) {
        panels.computeIfAbsent(name, _ -> new ArrayList<>()).add(curve);
      }
    }
    return panels.entrySet().stream()
        .map(each -> new Panel(each.getKey(), STEP, false, each.getValue()))
        .toList();
  }

  /// {@return the hyper-parameters that change, groups of equal values as one curve}
  private static List<Panel> schedules(Fit fit, Recorder record, long before) {
    var panels = new LinkedHashMap<Hyper, Map<List<Double>, String>>();
    for (ParameterGroup group : fit.optimizer().groups()) {
      for (Hyper hyper : group.hypers()) {
        if (fit.learner().stepsDone() > before) {
          List<Double> values = Arrays.stream(record.hyper(group.name(), hyper)).boxed().toList();
          panels
              .computeIfAbsent(hyper, _ -> new LinkedHashMap<>())
              .merge(values, group.name(), (one, other) -> one + ", " + other);
        }
      }
    }
    var shown = new ArrayList<Panel>();
    panels.forEach((hyper, groups) -> {
      if (groups.keySet().stream().anyMatch(values -> values.stream().distinct().count() > 1)) {
        var curves = new ArrayList<Curve>();
        groups.forEach((values, name) ->
            curves.add(
                byStep(
                    groups.size() == 1 ? "all groups" : shortened(name),
                    false,
                    values.stream().mapToDouble(Double::doubleValue).toArray(),
                    before)));
        shown.add(new Panel(hyper.name(), STEP, false, curves));
      }
    });
    return shown;
  }

  private static String shortened(String name) {
    return name.length() > 30 ? name.substring(0, 29) + "…" : name;
  }

  private void drawProbe() {
    int size = Math.min(rates.size(), probed.size());
    double[] x = Arrays.copyOf(rates.toArray(), size);
    double[] y = Arrays.copyOf(probed.smoothed(), size);
    double start = size == 0 ? 0 : y[0];
    double least = Arrays.stream(y).filter(Double::isFinite).min().orElse(0);
    double ceiling = start + 0.5 * (start - least) + 0.1 * Math.abs(start);
    for (int i = 0; i < size; i++) {
      y[i] = y[i] <= ceiling ? y[i] : Double.NaN; // a loss that diverges presses the rest flat
    }
    if (size > 1) {
      var curve = new Curve("smoothed", false, false, x, y);
      write(
          "lr-find",
          List.of(new Panel("loss by learning rate", "learning rate", true, List.of(curve))));
    }
  }

  /// {@return numbers of batches, neighbours as their mean if they are many}
  private static Curve byStep(String name, boolean faint, double[] values, long before) {
    int every = Math.ceilDiv(Math.max(1, values.length), MOST_POINTS);
    double[] x = new double[Math.ceilDiv(values.length, every)];
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int end = Math.min(values.length, (i + 1) * every);
      x[i] = before + end;
      y[i] = Arrays.stream(values, i * every, end).average().orElse(Double.NaN);
    }
    return new Curve(name, faint, false, x, y);
  }

  private static Curve byEpoch(String name, List<Row> rows, String column) {
    double[] x = rows.stream().mapToDouble(Row::step).toArray();
    double[] y =
        rows.stream().mapToDouble(row -> row.numbers().getOrDefault(column, Double.NaN)).toArray();
    return new Curve(name, false, rows.size() <= 50, x, y);
  }

  private void write(String name, List<Panel> panels) {
    if (panels.isEmpty()) {
      return;
    }
    for (Format format : options.formats()) {
      try {
        write(name, panels, format);
      } catch (IOException | RuntimeException | LinkageError | AWTError | InternalError e) {
        if (!told) { // a machine without fonts throws errors of all kinds
          told = true;
          LOGGER.log(
              Logger.Level.WARNING,
              "the picture {0} could not be drawn as {1} ({2}); the training goes on, and it is drawn"
                  + " later if it can be",
              name,
              format,
              e.toString());
        }
      }
    }
  }

  private void write(String name, List<Panel> panels, Format format) throws IOException {
    int height = panels.size() * Panel.HEIGHT;
    Canvas canvas =
        switch (format) {
          case SVG -> new SvgCanvas(Panel.WIDTH, height, name);
          case PNG -> new PngCanvas(Panel.WIDTH, height);
        };
    for (int i = 0; i < panels.size(); i++) {
      panels.get(i).draw(canvas, i * Panel.HEIGHT);
    }
    String file = name + "." + format.name().toLowerCase(Locale.ROOT);
    put(options.dir().resolve(file), canvas.toBytes());
  }

  /// Puts a file in its place when it is whole.
  private static void put(Path file, byte[] bytes) throws IOException {
    Path folder = file.toAbsolutePath().normalize().getParent();
    Files.createDirectories(folder);
    Path whole = file.resolveSibling("." + file.getFileName() + ".part"); // others may read it
    try {
      Files.write(whole, bytes);
      Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  @Override
  public String explain(Learner learner) {
    return "draws pictures into " + options.dir().toAbsolutePath().normalize() + "\n";
  }
}
