package io.antiphon.schedule;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Chart;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Replacement;
import io.antiphon.core.Series;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Sets hyper-parameters and numbers of callbacks by schedules.
///
/// Before the forward pass of each training batch, each number gets the value of its schedule at
/// the progress of the fit ([Fit#pctTrain]). What it sets is undone when the fit ends. Two
/// schedulers of one number are refused at the start of the fit, and so is a schedule that leaves
/// the number's range (looked at in 61 places): a learning rate below 0, a momentum of 1.
///
/// ```
/// learner.fit(
///     5,
///     ParamScheduler.of(Hyper.LEARNING_RATE, Schedule.oneCycle(4e-4, 1e-2, 1e-7, 0.25))
///         .and(Hyper.MOMENTUM, Schedule.oneCycle(0.95, 0.85, 0.95, 0.25))
///         .and("mixup", "alpha", Schedule.linear(0.4, 0)));
/// ```
public final class ParamScheduler implements Callback {
  private static final int ROWS = 60;
  private static final Chart CHART = new Chart(60, 8, false);
  private static final Order BEFORE_TRANSFORMS = Order.at(Order.TRANSFORM.number() - 100);

  private final String name;
  private final List<Track> tracks;
  private List<Track.Bound> bound = List.of();
  private @Nullable Optimizer boundTo;
  private List<Recording> recordings = List.of();

  /// One number by one schedule; by default a learning rate that falls in half a cosine wave from
  /// 1e-3 to 0.
  @Id("schedule")
  @Summary("sets a hyper-parameter, or a number of another callback, by a schedule")
  public record Options(
      @Summary(
              "what is set: a hyper-parameter such as lr, or a number of a callback such as mixup.alpha")
          String of,
      @Summary(
              "the schedule: cosine(0.1, 0), or pieces with their shares of the run, 0.3 linear(0, 1), 0.7 cosine(1, 0)")
          String by)
      implements CallbackProvider {
    public Options {
      try {
        Schedule.parse(by);
      } catch (IllegalArgumentException e) {
        throw new RefusedException("by", String.valueOf(e.getMessage()), e);
      }
      if (of.isBlank() || of.startsWith(".") || of.endsWith(".")) {
        throw Check.refused(
            "of",
            "'" + of + "'",
            "a hyper-parameter's name, or a callback's name, a dot and a name");
      }
    }

    /// The learning rate, by `cosine(1e-3, 0)`.
    public Options() {
      this("lr", "cosine(1e-3, 0)");
    }

    @Override
    public Callback create() {
      Schedule schedule = Schedule.parse(by);
      int dot = of.indexOf('.');
      ParamScheduler scheduler =
          dot < 0
              ? ParamScheduler.of(new Hyper(of), schedule)
              : ParamScheduler.of(of.substring(0, dot), of.substring(dot + 1), schedule);
      return scheduler.named("schedule of " + of);
    }
  }

  private ParamScheduler(String name, List<Track> tracks) {
    this.name = name;
    this.tracks = List.copyOf(tracks);
  }

  /// {@return a scheduler of a hyper-parameter of every group that does not fix it}
  public static ParamScheduler of(Hyper hyper, Schedule schedule) {
    return of(hyper, PartSchedule.same(schedule));
  }

  /// {@return a scheduler of a hyper-parameter, by part of the model}
  public static ParamScheduler of(Hyper hyper, PartSchedule schedule) {
    return nothing().and(hyper, schedule);
  }

  /// {@return a scheduler of a number that a callback offers, see [Callback#tunables]}
  ///
  /// @param callback the callback's name
  /// @param tunable the number's name
  public static ParamScheduler of(String callback, String tunable, Schedule schedule) {
    return nothing().and(callback, tunable, schedule);
  }

  /// {@return a scheduler of nothing yet}
  static ParamScheduler nothing() {
    return new ParamScheduler("param-scheduler", List.of());
  }

  /// {@return this, and a hyper-parameter of every group that does not fix it}
  public ParamScheduler and(Hyper hyper, Schedule schedule) {
    return and(hyper, PartSchedule.same(schedule));
  }

  /// {@return this, and a hyper-parameter, by part of the model}
  public ParamScheduler and(Hyper hyper, PartSchedule schedule) {
    return with(new Track.OfHyper(hyper, Replacement.EVERY_GROUP, schedule));
  }

  /// {@return this, and a hyper-parameter of every group that does not fix it and has more than 0
  /// of it}
  ///
  /// @param shape from a group's own value to its schedule
  ParamScheduler andOwn(Hyper hyper, DoubleFunction<Schedule> shape) {
    return with(new Track.OfOwn(hyper, shape));
  }

  /// {@return this, and a hyper-parameter of one group}
  public ParamScheduler and(String group, Hyper hyper, Schedule schedule) {
    return with(new Track.OfHyper(hyper, group, PartSchedule.same(schedule)));
  }

  /// {@return this, and a number that a callback offers, see [Callback#tunables]}
  ///
  /// @param callback the callback's name
  /// @param tunable the number's name
  public ParamScheduler and(String callback, String tunable, Schedule schedule) {
    return with(new Track.OfCallback(callback, tunable, schedule));
  }

  /// {@return this under another name}
  public ParamScheduler named(String name) {
    return new ParamScheduler(name, tracks);
  }

  private ParamScheduler with(Track track) {
    var longer = new ArrayList<>(tracks);
    longer.add(track);
    return new ParamScheduler(name, longer);
  }

  @Override
  public String name() {
    return name;
  }

  /// {@return [Order#SCHEDULE]; before everything that changes batches, and before the callbacks
  /// whose numbers this sets, if it sets any}
  @Override
  public Order order() {
    Order order = Order.SCHEDULE;
    for (Track track : tracks) {
      if (track instanceof Track.OfCallback number) {
        order =
            (order.equals(Order.SCHEDULE) ? BEFORE_TRANSFORMS : order).runBefore(number.callback());
      }
    }
    return order;
  }

  @Override
  public Set<Replacement> replaces() {
    return tracks.stream()
        .map(Track::replaces)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  @Override
  public void beforeFit(Fit fit) {
    bind(fit);
    recordings = bound.stream().map(each -> new Recording(each.label(), new Series())).toList();
  }

  private void bind(Fit fit) {
    bound = bound(fit.learner());
    boundTo = fit.optimizer();
  }

  private List<Track.Bound> bound(Learner learner) {
    List<Track.Bound> all = tracks.stream().flatMap(track -> track.bind(learner).stream()).toList();
    all.forEach(Track.Bound::check);
    return all;
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (!batch.isTraining()) {
      return;
    }
    Fit fit = batch.fit();
    if (fit.optimizer() != boundTo) {
      bind(fit); // someone replaced the optimizer
    }
    double progress = fit.pctTrain();
    for (Track.Bound each : bound) {
      each.set(fit, progress);
    }
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.isTraining() && bound.size() == recordings.size()) {
      for (int i = 0; i < bound.size(); i++) {
        recordings.get(i).values().add(bound.get(i).value());
      }
    }
  }

  /// {@return the names of what was recorded: `lr`, or `lr of head` where the parts of the model
  /// have schedules of their own}
  public List<String> recorded() {
    return recordings.stream().map(Recording::label).toList();
  }

  /// {@return the values that a number had, one for each training batch of the last fit that was
  /// not cancelled; of a fit that goes on from a checkpoint, since it does}
  ///
  /// @param label one of [#recorded()]
  /// @throws IllegalArgumentException if there is no such; the message names them
  public double[] recorded(String label) {
    for (Recording recording : recordings) {
      if (recording.label().equals(label)) {
        return recording.values().toArray();
      }
    }
    throw new IllegalArgumentException(
        "nothing was recorded of '%s'; there are %s".formatted(label, recorded()));
  }

  /// {@return the values for a learner before any run, as a table in whole lines: progress, then
  /// every number}
  ///
  /// @param steps how many lines: for that many batches of a run, at least 1
  public String table(Learner learner, int steps) {
    return table(learner, steps, steps);
  }

  /// {@return the values for a learner before any run, as a table in whole lines: progress, then
  /// every number}
  ///
  /// @param intervals into how many equal parts the run is divided, at least 1: there is a line at
  ///   each of their ends, from progress 0 to 1, which is one more
  public String values(Learner learner, int intervals) {
    return table(learner, intervals, intervals + 1);
  }

  private String table(Learner learner, int intervals, int rows) {
    if (intervals < 1) {
      throw new IllegalArgumentException("a table of " + intervals + " steps, not at least 1");
    }
    List<Track.Bound> columns = bound(learner);
    var text = new StringBuilder("%10s".formatted("progress"));
    List<Integer> widths =
        columns.stream().map(column -> Math.max(14, column.label().length())).toList();
    for (int i = 0; i < columns.size(); i++) {
      text.append("  ").append(padded(columns.get(i).label(), widths.get(i)));
    }
    text.append('\n');
    for (int row = 0; row < rows; row++) {
      double progress = (double) row / intervals;
      text.append(padded(Chart.number(progress), 10));
      for (int i = 0; i < columns.size(); i++) {
        String value = Chart.number(columns.get(i).schedule().at(progress));
        text.append("  ").append(padded(value, widths.get(i)));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String padded(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  @Override
  public void check(Learner learner) {
    bound(learner);
  }

  /// {@return the curves that a run of this learner would have}
  @Override
  public String explain(Learner learner) {
    var text = new StringBuilder();
    for (Track.Bound each : bound(learner)) {
      text.append(each.label()).append(" by ").append(each.schedule()).append('\n');
      double[] x = new double[ROWS + 1];
      double[] y = new double[ROWS + 1];
      for (int i = 0; i <= ROWS; i++) {
        x[i] = (double) i / ROWS;
        y[i] = each.schedule().at(x[i]);
      }
      text.append(CHART.draw(x, y));
    }
    return text.toString();
  }

  /// What a number was.
  private record Recording(String label, Series values) {}
}
