package io.antiphon.csv;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.data.Split;
import io.antiphon.data.TensorLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// From a file to data.
record Preparation(Csv.Options options) {
  Data data(Setting setting) {
    check();
    boolean isFitted = !options.columns().isEmpty();
    Layout layout = isFitted ? Layout.fitted(options) : Layout.of(options);
    Rows rows = Rows.read(options, layout, options.file());
    Optional<Rows> own = options.validFile().map(file -> Rows.read(options, layout, file));
    Targets targets = Targets.of(options, layout, rows);
    int[] classes = layout.goal() == Goal.CLASSIFICATION ? targets.classes(rows) : new int[0];
    Split split = own.isPresent() ? all(rows) : split(rows, classes, setting.seed());
    Rows second = own.orElse(rows);
    int[] valid = own.map(others -> indices(others.size())).orElse(split.valid());
    checkParts(rows, split.train(), valid);
    if (classes.length > 0 && options.classes().isEmpty()) {
      int[] others = own.map(targets::classes).orElse(classes);
      targets.checkClasses(classes, split.train(), second, others, valid);
    }
    var notes = new ArrayList<>(layout.notes());
    notes.addAll(rows.notes());
    own.ifPresent(others -> notes.addAll(others.notes()));
    List<Column> columns =
        isFitted
            ? options.columns()
            : new Fit(options, layout, rows, split.train(), notes).columns();
    var inputs = new Inputs(columns, options.encoding());
    NDManager manager = setting.manager();
    TensorLoader train = loader(manager, inputs, targets, rows, split.train());
    Optional<DataLoader> validates =
        valid.length == 0
            ? Optional.empty()
            : Optional.of(loader(manager, inputs, targets, second, valid));
    var task =
        new Task(
            layout.goal(),
            inputs.described(options.batchSize()),
            targets.names(),
            targets.scales(rows, split.train()));
    return new Data(
        train.shuffled(), validates, task, Optional.of(fitted(layout, targets, columns)), notes);
  }

  /// {@return the rows of another file, in its order, all of them}
  DataLoader read(Path file) {
    if (options.columns().isEmpty() || options.task() == Csv.Targets.AUTO) {
      throw new IllegalStateException("csv reads other files once it is fitted; see Data.fitted");
    }
    return RowsLoader.of(options, Layout.fitted(options), file);
  }

  private void check() {
    if (options.file().toString().isEmpty()) {
      throw new DataException("csv names no file; write file: NAME.csv");
    }
    if (!options.columns().isEmpty() && options.task() == Csv.Targets.AUTO) {
      throw new DataException("where columns are listed, task must say what the targets are");
    }
    if (options.validFile().isPresent() && options.splitColumn().isPresent()) {
      throw new DataException("valid-file and split-column both say what validates; name one");
    }
  }

  private Split split(Rows rows, int[] classes, long seed) {
    if (options.splitColumn().isPresent()) {
      var valid = new boolean[rows.size()];
      for (int i = 0; i < valid.length; i++) {
        valid[i] = rows.split.value(i).equals("valid");
      }
      return Split.of(valid);
    }
    if (options.group().isPresent()) {
      List<String> groups = IntStream.range(0, rows.size()).mapToObj(rows.groups::value).toList();
      return Split.byGroup(seed, groups, options.valid());
    }
    return classes.length > 0
        ? Split.stratified(seed, classes, options.valid())
        : Split.byShare(seed, rows.size(), options.valid());
  }

  private static Split all(Rows rows) {
    return Split.of(new boolean[rows.size()]);
  }

  private static int[] indices(int count) {
    return IntStream.range(0, count).toArray();
  }

  private void checkParts(Rows rows, int[] train, int[] valid) {
    if (train.length == 0) {
      throw new DataException("%s: no row is left to train with".formatted(rows.file()));
    }
    if (valid.length > 0) {
      return;
    }
    if (options.splitColumn().isPresent()) {
      throw new DataException(
          "%s: no row is valid in column '%s'; leave split-column out to draw a share"
              .formatted(rows.file(), options.splitColumn().get()));
    }
    if (options.valid() > 0) {
      throw new DataException(
          "%s: a share of %s of %,d rows is none; set valid to more, or to 0 for none"
              .formatted(rows.file(), options.valid(), rows.size()));
    }
  }

  private TensorLoader loader(
      NDManager manager, Inputs inputs, Targets targets, Rows rows, int[] chosen) {
    NDList arrays = inputs.of(manager, rows, chosen);
    return TensorLoader.of(arrays, new NDList(targets.of(manager, rows, chosen)))
        .batchSize(options.batchSize());
  }

  /// {@return options with nothing left to be found out, and without what is only this machine's}
  private Csv.Options fitted(Layout layout, Targets targets, List<Column> columns) {
    Csv.Options o = options;
    return new Csv.Options(
        Path.of(""),
        o.target(),
        Csv.Targets.valueOf(layout.goal().name()),
        o.valid(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Columns.NONE,
        Columns.NONE,
        Columns.NONE,
        layout.goal() == Goal.REGRESSION ? List.of() : targets.names(),
        o.missing(),
        o.missingMarks(),
        o.encoding(),
        o.separator(),
        o.decimal(),
        o.header(),
        o.batchSize(),
        columns);
  }
}
