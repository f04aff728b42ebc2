package io.antiphon.csv;

import de.siegmar.fastcsv.reader.CsvRecord;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Rows of a file in memory, column by column, as they are.
final class Rows {
  private final Csv.Options options;
  private final Layout layout;
  private final Path file;
  private final Reading reading;
  private final boolean forTraining;

  final List<Floats> numbers = new ArrayList<>();
  final List<Codes> categories = new ArrayList<>();

  /// The targets of regression, and of labels in columns of their own.
  final List<Floats> values = new ArrayList<>();

  /// The targets of classification, and of labels in one column.
  final Codes classes = new Codes();

  final Codes split = new Codes();
  final Codes groups = new Codes();
  private final Lines lines = new Lines();
  private boolean hasTargets;
  private int size;
  private int withoutTarget;
  private int dropped;

  /// @param hasTargets whether targets are read; if they may lack, whether none has lacked so far
  private Rows(
      Csv.Options options, Layout layout, Path file, boolean forTraining, boolean hasTargets) {
    this.options = options;
    this.layout = layout;
    this.file = file;
    this.forTraining = forTraining;
    this.hasTargets = hasTargets;
    reading = new Reading(options);
    layout.numbers().forEach(_ -> numbers.add(new Floats()));
    layout.categories().forEach(_ -> categories.add(new Codes()));
    layout.targets().forEach(_ -> values.add(new Floats()));
  }

  /// Reads a file for training: targets must be there, and rows may be left out.
  static Rows read(Csv.Options options, Layout layout, Path file) {
    var rows = new Rows(options, layout, file, true, true);
    try (CsvFile records = CsvFile.open(file, options.separator(), options.header())) {
      rows.fill(records, Integer.MAX_VALUE);
    }
    if (rows.size == 0) {
      throw new DataException(
          rows.withoutTarget + rows.dropped == 0
              ? "%s has a header but no rows".formatted(file)
              : "%s: every row lacks a value, and so none is left".formatted(file));
    }
    return rows;
  }

  /// {@return the next rows of a file, all of them up to a number; none at its end}
  ///
  /// @param hasTargets whether targets are wanted; they count only if no row lacks one
  static Rows next(
      Csv.Options options,
      Layout layout,
      Path file,
      CsvFile records,
      int most,
      boolean hasTargets) {
    boolean there = hasTargets && records.header().containsAll(layout.targets());
    var rows = new Rows(options, layout, file, false, there);
    rows.fill(records, most);
    return rows;
  }

  private void fill(CsvFile records, int most) {
    List<String> header = records.header();
    int[] numberAt = at(header, layout.numbers());
    int[] categoryAt = at(header, layout.categories());
    int[] targetAt = hasTargets ? at(header, layout.targets()) : new int[0];
    Optional<Integer> splitAt = own(header, options.splitColumn());
    Optional<Integer> groupAt = own(header, options.group());
    while (size < most) {
      Optional<CsvRecord> row = records.next();
      if (row.isEmpty()) {
        return;
      }
      CsvRecord record = row.get();
      if (forTraining && isLeftOut(record, numberAt, categoryAt, targetAt)) {
        continue;
      }
      long line = record.getStartingLineNumber();
      for (int i = 0; i < numberAt.length; i++) {
        numbers.get(i).add(number(record, numberAt[i], layout.numbers().get(i)));
      }
      for (int i = 0; i < categoryAt.length; i++) {
        code(record, categoryAt[i], categories.get(i));
      }
      target(record, targetAt);
      splitAt.ifPresent(index -> split.add(part(field(record, index), line)));
      groupAt.ifPresent(index -> groups.add(field(record, index)));
      lines.add(line);
      size++;
    }
  }

  private int[] at(List<String> header, List<String> names) {
    return names.stream().mapToInt(name -> Layout.need(file, header, name)).toArray();
  }

  private Optional<Integer> own(List<String> header, Optional<String> column) {
    return column
        .filter(_ -> forTraining && file.equals(options.file()))
        .map(name -> Layout.need(file, header, name));
  }

  private static String field(CsvRecord record, int index) {
    return record.getField(index).strip();
  }

  private boolean isLeftOut(CsvRecord record, int[] numberAt, int[] categoryAt, int[] targetAt) {
    if (!(layout.goal() == Goal.LABELS && targetAt.length == 1)) {
      for (int index : targetAt) {
        if (reading.isMissing(field(record, index))) {
          withoutTarget++;
          return true;
        }
      }
    }
    switch (options.missing()) {
      case DROP -> {
        if (lacks(record, numberAt) >= 0 || lacks(record, categoryAt) >= 0) {
          dropped++;
          return true;
        }
      }
      case REFUSE -> {
        int number = lacks(record, numberAt);
        int category = lacks(record, categoryAt);
        if (number >= 0 || category >= 0) {
          throw Reading.wrong(
              file,
              record.getStartingLineNumber(),
              "column '%s' has no value; fill it in, or set missing to median, mean or drop",
              number >= 0 ? layout.numbers().get(number) : layout.categories().get(category));
        }
      }
      case MEDIAN, MEAN -> {}
    }
    return false;
  }

  /// {@return the place of the first missing value among those at some indices, or -1}
  private int lacks(CsvRecord record, int[] at) {
    for (int i = 0; i < at.length; i++) {
      if (reading.isMissing(field(record, at[i]))) {
        return i;
      }
    }
    return -1;
  }

  private double number(CsvRecord record, int index, String column) {
    String field = field(record, index);
    if (reading.isMissing(field)) {
      return Double.NaN;
    }
    double number = reading.number(field);
    if (Double.isNaN(number)) {
      throw Reading.wrong(
          file,
          record.getStartingLineNumber(),
          "column '%s' has '%s', which is no number; correct it, or list it in missing-marks",
          column,
          field);
    }
    return number;
  }

  private void code(CsvRecord record, int index, Codes codes) {
    String field = field(record, index);
    if (reading.isMissing(field)) {
      codes.addMissing();
    } else {
      codes.add(field);
    }
  }

  private void target(CsvRecord record, int[] at) {
    if (!hasTargets) {
      return;
    }
    if (layout.goal() == Goal.CLASSIFICATION) {
      code(record, at[0], classes);
      hasTargets = !classes.isMissing(size);
    } else if (layout.goal() == Goal.LABELS && at.length == 1) {
      String field = field(record, at[0]);
      classes.add(reading.isMissing(field) ? "" : field);
    } else {
      for (int i = 0; i < at.length; i++) {
        double number = number(record, at[i], layout.targets().get(i));
        if (layout.goal() == Goal.LABELS && !Double.isNaN(number) && number != 0 && number != 1) {
          throw Reading.wrong(
              file,
              record.getStartingLineNumber(),
              "label '%s' is '%s'; it must be 0 or 1",
              layout.targets().get(i),
              field(record, at[i]));
        }
        values.get(i).add(number);
        hasTargets &= !Double.isNaN(number);
      }
    }
  }

  private String part(String field, long line) {
    return switch (field) {
      case "train", "training" -> "train";
      case "valid", "validation", "val", "dev" -> "valid";
      default ->
          throw Reading.wrong(
              file,
              line,
              "column '%s' says '%s'; it must say train or valid",
              options.splitColumn().orElseThrow(),
              field);
    };
  }

  int size() {
    return size;
  }

  boolean hasTargets() {
    return hasTargets;
  }

  Path file() {
    return file;
  }

  /// {@return the line of the file in which a row begins, from 1}
  long line(int row) {
    return lines.get(row);
  }

  /// {@return what was left out, in lines}
  List<String> notes() {
    var notes = new ArrayList<String>();
    if (withoutTarget > 0) {
      notes.add(note(withoutTarget, "no target"));
    }
    if (dropped > 0) {
      notes.add(note(dropped, "a value is missing"));
    }
    return notes;
  }

  private String note(int count, String why) {
    String rows = count == 1 ? "1 row" : "%,d rows".formatted(count);
    return "%s of %s left out: %s".formatted(rows, file.getFileName(), why);
  }

  /// Line numbers.
  private static final class Lines {
    private long[] lines = new long[64];
    private int size;

    void add(long line) {
      if (size == lines.length) {
        lines = Arrays.copyOf(lines, size + (size >> 1));
      }
      lines[size++] = line;
    }

    long get(int row) {
      return lines[row];
    }
  }
}
