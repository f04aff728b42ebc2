package io.antiphon.experiment;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What is in the data of an experiment, before anything is trained: samples, shapes, classes with
/// their counts, and the statistics of what a model gets; of images also a sheet to look at. Every
/// sample is read once.
public final class DataReport {
  private static final int SHOWN = 5;

  private final Experiment experiment;
  private final DataProvider.Data data;
  private final Optional<ContactSheet> sheet;
  private final StringBuilder text = new StringBuilder();

  private DataReport(Experiment experiment, DataProvider.Data data, Optional<ContactSheet> sheet) {
    this.experiment = experiment;
    this.data = data;
    this.sheet = sheet;
  }

  /// {@return the report, in whole lines}
  ///
  /// @throws OptionException if the data cannot be made
  public static String of(Experiment experiment) {
    return of(experiment, Optional.empty());
  }

  /// {@return the report, in whole lines, the last of which says what is on the sheet}
  ///
  /// @param sheet where to write a PNG image of some of the training images, a row for each class
  /// @throws OptionException if the data cannot be made, or are no images though a sheet is wanted
  /// @throws UncheckedIOException if the sheet cannot be written
  public static String of(Experiment experiment, Optional<Path> sheet) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      var setting = new DataProvider.Setting(manager, experiment.seed());
      DataProvider.Data data = experiment.data().make(options -> options.create(setting));
      Optional<ContactSheet> images =
          sheet.map(_ -> experiment.data().make(_ -> ContactSheet.of(data.task())));
      var report = new DataReport(experiment, data, images);
      report.tell();
      if (sheet.isPresent()) {
        report.line("%n  %s", images.orElseThrow().write(sheet.get()));
      }
      return report.text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void tell() {
    line("%s", experiment.data().component());
    Outline.data(data).forEach(each -> line("  %s", each));
    var parts = new ArrayList<Part>(List.of(read(data.train(), sheet)));
    data.valid().ifPresent(valid -> parts.add(read(valid, Optional.empty())));
    targets(parts);
    inputs(parts.getFirst());
  }

  private Part read(DataLoader loader, Optional<ContactSheet> shown) {
    return experiment
        .data()
        .make(_ -> {
          var part = new Part(data.task());
          try (DataLoader.Batches batches = loader.open(experiment.seed(), 0, 0)) {
            while (batches.hasNext()) {
              try (NDManager scratch = NDManager.newBaseManager(Device.cpu())) {
                Samples samples = batches.next(scratch);
                shown.ifPresent(each -> each.add(samples));
                part.add(samples);
              }
            }
          }
          return part;
        });
  }

  private void targets(List<Part> parts) {
    Task task = data.task();
    var rows = new ArrayList<List<String>>();
    boolean counted = task.goal() != Task.Goal.REGRESSION;
    String what = task.goal() == Task.Goal.LABELS ? "label" : counted ? "class" : "target";
    if (counted) {
      rows.add(
          parts.size() == 1 ? List.of(what, "training") : List.of(what, "training", "validation"));
      for (int i = 0; i < task.outputs(); i++) {
        var row = new ArrayList<>(List.of(Sentence.shown(task.names().get(i))));
        for (Part part : parts) {
          row.add("%,d".formatted(part.counts[i]));
        }
        rows.add(row);
      }
    } else {
      rows.add(List.of(what, "least", "mean", "deviation", "greatest"));
      for (int i = 0; i < task.outputs(); i++) {
        rows.add(parts.getFirst().targets.get(i).row(task.names().get(i), Task.Scale.NONE));
      }
    }
    table(rows);
  }

  private void inputs(Part train) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("input", "least", "mean", "deviation", "greatest"));
    var categories = new ArrayList<String>();
    for (int i = 0; i < data.task().inputs().size(); i++) {
      List<Task.Feature> features = data.task().inputs().get(i).features();
      List<Tally> tallies = train.inputs.get(i);
      for (int j = 0; j < tallies.size(); j++) {
        if (features.isEmpty()) {
          rows.add(tallies.get(j).row(Integer.toString(i), Task.Scale.NONE));
        } else if (features.get(j).categories().isEmpty()) {
          rows.add(tallies.get(j).row(features.get(j).name(), features.get(j).scale()));
        } else {
          categories.add(shares(features.get(j), tallies.get(j)));
        }
      }
    }
    if (rows.size() > 1) {
      table(rows);
    }
    if (!categories.isEmpty()) {
      line("");
      categories.forEach(each -> line("  %s", each));
    }
  }

  private static String shares(Task.Feature feature, Tally tally) {
    List<Integer> order =
        IntStream.range(0, feature.categories().size())
            .boxed()
            .filter(i -> tally.counts[i] > 0)
            .sorted((a, b) -> Long.compare(tally.counts[b], tally.counts[a]))
            .toList();
    String shown =
        order.stream()
            .limit(SHOWN)
            .map(i -> "%s %,d".formatted(feature.categories().get(i), tally.counts[i]))
            .collect(Collectors.joining(", "));
    String more = order.size() > SHOWN ? " and %d more".formatted(order.size() - SHOWN) : "";
    return Sentence.shown(feature.name() + ": " + shown + more);
  }

  private void table(List<List<String>> rows) {
    line("");
    int[] widths = new int[rows.getFirst().size()];
    rows.forEach(row ->
        IntStream.range(0, row.size())
            .forEach(i -> widths[i] = Math.max(widths[i], row.get(i).length())));
    for (List<String> row : rows) {
      var cells = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String format = i == 0 ? "%-" + widths[i] + "s" : "  %" + widths[i] + "s";
        cells.append(format.formatted(row.get(i)));
      }
      line("  %s", cells);
    }
  }

  private void line(String format, Object... arguments) {
    text.append(format.formatted(arguments).stripTrailing()).append('\n');
  }

  /// What was seen of a part.
  private static final class Part {
    private final Task task;
    private final long[] counts;
    private final List<Tally> targets = new ArrayList<>();
    private final List<List<Tally>> inputs = new ArrayList<>();

    Part(Task task) {
      this.task = task;
      counts = new long[task.outputs()];
      task.names().forEach(_ -> targets.add(new Tally(0)));
      for (Task.Input input : task.inputs()) {
        inputs.add(
            input.features().isEmpty()
                ? List.of(new Tally(0))
                : input.features().stream().map(f -> new Tally(f.categories().size())).toList());
      }
    }

    void add(Samples samples) {
      for (int i = 0; i < Math.min(inputs.size(), samples.inputs().size()); i++) {
        add(samples.inputs().get(i), inputs.get(i));
      }
      if (samples.targets().isEmpty()) {
        return;
      }
      NDArray target = samples.targets().head();
      if (task.goal().hasClasses()) {
        for (long index : target.toType(DataType.INT64, false).toLongArray()) {
          if (index >= 0 && index < counts.length) {
            counts[(int) index]++;
          }
        }
      } else {
        add(target, targets);
        for (int i = 0; i < counts.length; i++) {
          counts[i] = Math.round(targets.get(i).sum);
        }
      }
    }

    private static void add(NDArray array, List<Tally> columns) {
      float[] values = array.toType(DataType.FLOAT32, false).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        columns.get(i % columns.size()).add(values[i]);
      }
    }
  }

  /// Numbers that were seen; of categories, how often each.
  private static final class Tally {
    private final long[] counts;
    private long count;
    private double least = Double.POSITIVE_INFINITY;
    private double greatest = Double.NEGATIVE_INFINITY;
    private double sum;
    private double mean;
    private double squares;

    Tally(int categories) {
      counts = new long[categories];
    }

    /// Welford's update, which loses no digits.
    void add(float value) {
      if (counts.length > 0) {
        counts[Math.clamp((long) value, 0, counts.length - 1)]++;
      }
      count++;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
      sum += value;
      double difference = value - mean;
      mean += difference / count;
      squares += difference * (value - mean);
    }

    /// {@return least, mean, deviation and greatest, as they were before a scale was applied}
    List<String> row(String name, Task.Scale scale) {
      double deviation = Math.sqrt(squares / Math.max(count, 1));
      double[] numbers = {
        least * scale.deviation() + scale.mean(),
        mean * scale.deviation() + scale.mean(),
        deviation * scale.deviation(),
        greatest * scale.deviation() + scale.mean()
      };
      var row = new ArrayList<>(List.of(Sentence.shown(name)));
      Arrays.stream(numbers).mapToObj(n -> String.format(Locale.ROOT, "%.4g", n)).forEach(row::add);
      return row;
    }
  }
}
