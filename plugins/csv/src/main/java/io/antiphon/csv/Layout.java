package io.antiphon.csv;

import de.siegmar.fastcsv.reader.CsvRecord;
import io.antiphon.core.options.Spelling;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What each column of a file is for.
///
/// @param numbers the columns that a model gets as numbers, in the file's order
/// @param categories those that it gets as categories
/// @param targets the target columns
/// @param goal what the targets are
/// @param notes what people should know, in lines
record Layout(
    List<String> numbers,
    List<String> categories,
    List<String> targets,
    Goal goal,
    List<String> notes) {
  /// So many different whole numbers are still classes.
  private static final int CLASSES = 20;

  /// {@return the layout that options with nothing left open say}
  static Layout fitted(Csv.Options options) {
    List<String> numbers =
        options.columns().stream().filter(Column::isNumber).map(Column::name).toList();
    List<String> categories =
        options.columns().stream().filter(c -> !c.isNumber()).map(Column::name).toList();
    Goal goal = Goal.valueOf(options.task().name());
    return new Layout(numbers, categories, options.target().names(), goal, List.of());
  }

  /// {@return the layout that a file shows, after one look at all of it}
  static Layout of(Csv.Options options) {
    Path file = options.file();
    try (CsvFile rows = CsvFile.open(file, options.separator(), options.header())) {
      check(options, rows.header());
      List<Finding> findings = rows.header().stream().map(Finding::new).toList();
      var reading = new Reading(options);
      long count = 0;
      for (Optional<CsvRecord> row = rows.next(); row.isPresent(); row = rows.next()) {
        long line = row.get().getStartingLineNumber();
        for (int i = 0; i < findings.size(); i++) {
          findings.get(i).add(row.get().getField(i).strip(), line, reading);
        }
        count++;
      }
      if (count == 0) {
        throw new DataException("%s has a header but no rows".formatted(file));
      }
      return new Look(options, findings, new ArrayList<>()).layout();
    }
  }

  /// Checks that the columns which are named are there.
  private static void check(Csv.Options options, List<String> header) {
    if (options.target().isEmpty()) {
      throw new DataException(
          "%s: no target column is named; write target: NAME; there are %s"
              .formatted(options.file(), String.join(", ", header)));
    }
    var named = new ArrayList<>(options.target().names());
    options.splitColumn().ifPresent(named::add);
    options.group().ifPresent(named::add);
    named.addAll(options.numbers().names());
    named.addAll(options.categories().names());
    named.addAll(options.ignore().names());
    for (String name : named) {
      need(options.file(), header, name);
    }
  }

  /// {@return the index of a column}
  ///
  /// @throws DataException if it is not there
  static int need(Path file, List<String> header, String name) {
    int index = header.indexOf(name);
    if (index < 0) {
      throw new DataException(
          "%s has no column '%s'%s".formatted(file, name, Spelling.hint(name, header, "it has")));
    }
    return index;
  }

  /// From findings to a layout.
  private record Look(Csv.Options options, List<Finding> findings, List<String> notes) {
    Layout layout() {
      var numbers = new ArrayList<String>();
      var categories = new ArrayList<String>();
      for (Finding each : findings) {
        String name = each.name();
        if (options.target().contains(name)
            || options.ignore().contains(name)
            || options.splitColumn().filter(name::equals).isPresent()
            || options.group().filter(name::equals).isPresent()) {
          continue;
        }
        if (each.present() == 0) {
          notes.add("column '%s' left out: it has no values".formatted(name));
        } else if (isNumber(each)) {
          numbers.add(name);
        } else if (isCategory(each)) {
          categories.add(name);
        }
      }
      if (numbers.isEmpty() && categories.isEmpty()) {
        throw new DataException(
            "%s: beside the target there is no column to learn from".formatted(options.file()));
      }
      return new Layout(numbers, categories, options.target().names(), goal(), notes);
    }

    private boolean isNumber(Finding column) {
      if (options.categories().contains(column.name())) {
        return false;
      }
      boolean said = options.numbers().contains(column.name());
      if ((said && !column.isNumber()) || column.isNumberWithMistakes()) {
        throw Reading.wrong(
            options.file(),
            column.firstTextLine(),
            "column '%s' has '%s', which is no number%s; correct it, or list it in missing-marks%s",
            column.name(),
            column.firstText(),
            said ? "" : ", as most of its values are",
            said ? "" : ", or the column in categories");
      }
      return column.isNumber();
    }

    private boolean isCategory(Finding column) {
      boolean said = options.categories().contains(column.name());
      if (said && column.hasTooMany()) {
        throw new DataException(
            "%s: column '%s' has more than %,d different values, too many for categories; list it in ignore"
                .formatted(options.file(), column.name(), Finding.MOST));
      }
      if (!said && column.isFreeText()) {
        notes.add(
            "column '%s' left out: nearly every row has a text of its own; list it in categories to keep it"
                .formatted(column.name()));
        return false;
      }
      if (!said && column.isMixed()) {
        notes.add(
            "column '%s': categories, for '%s' in line %d is no number; list it in categories if that is meant"
                .formatted(column.name(), column.firstText(), column.firstTextLine()));
      }
      return true;
    }

    private Goal goal() {
      List<Finding> targets =
          findings.stream().filter(each -> options.target().contains(each.name())).toList();
      for (Finding target : targets) {
        if (target.present() == 0 && options.task() != Csv.Targets.LABELS) {
          throw new DataException(
              "%s: target column '%s' has no values".formatted(options.file(), target.name()));
        }
      }
      return switch (options.task()) {
        case CLASSIFICATION -> {
          if (targets.size() > 1) {
            throw new DataException(
                "classification has one target column, not %s".formatted(options.target()));
          }
          yield Goal.CLASSIFICATION;
        }
        case LABELS -> Goal.LABELS;
        case REGRESSION -> numbers(targets, Goal.REGRESSION);
        case AUTO -> told(targets);
      };
    }

    private Goal told(List<Finding> targets) {
      if (targets.size() > 1) {
        return numbers(
            targets, targets.stream().allMatch(Finding::isBinary) ? Goal.LABELS : Goal.REGRESSION);
      }
      Finding target = targets.getFirst();
      boolean few = !target.hasTooMany() && target.different().size() <= CLASSES;
      if (!options.classes().isEmpty() || (target.isWhole() && few)) {
        return Goal.CLASSIFICATION;
      }
      return target.isNumber() || target.isNumberWithMistakes()
          ? numbers(targets, Goal.REGRESSION)
          : Goal.CLASSIFICATION;
    }

    private Goal numbers(List<Finding> targets, Goal goal) {
      for (Finding target : targets) {
        if (!target.isNumber()) {
          throw Reading.wrong(
              options.file(),
              target.firstTextLine(),
              "target column '%s' has '%s', which is no number, and %s needs numbers; correct it, or say task: %s",
              target.name(),
              target.firstText(),
              goal,
              Goal.CLASSIFICATION.name().toLowerCase(Locale.ROOT));
        }
      }
      return goal;
    }
  }
}
