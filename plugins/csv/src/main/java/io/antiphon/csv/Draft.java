package io.antiphon.csv;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The options of a table while one of them changes.
final class Draft {
  Path file;
  Columns target;
  Csv.Targets task;
  double valid;
  Optional<Path> validFile;
  Optional<String> splitColumn;
  Optional<String> group;
  Columns numbers;
  Columns categories;
  Columns ignore;
  List<String> classes;
  Csv.Missing missing;
  List<String> missingMarks;
  Csv.Encoding encoding;
  String separator;
  String decimal;
  boolean header;
  int batchSize;
  List<Column> columns;

  Draft(Csv.Options options) {
    file = options.file();
    target = options.target();
    task = options.task();
    valid = options.valid();
    validFile = options.validFile();
    splitColumn = options.splitColumn();
    group = options.group();
    numbers = options.numbers();
    categories = options.categories();
    ignore = options.ignore();
    classes = options.classes();
    missing = options.missing();
    missingMarks = options.missingMarks();
    encoding = options.encoding();
    separator = options.separator();
    decimal = options.decimal();
    header = options.header();
    batchSize = options.batchSize();
    columns = options.columns();
  }

  Csv.Options options() {
    return new Csv.Options(
        file,
        target,
        task,
        valid,
        validFile,
        splitColumn,
        group,
        numbers,
        categories,
        ignore,
        classes,
        missing,
        missingMarks,
        encoding,
        separator,
        decimal,
        header,
        batchSize,
        columns);
  }
}
