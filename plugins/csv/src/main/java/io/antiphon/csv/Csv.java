package io.antiphon.csv;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A table in a CSV file, one sample per row.
///
/// ```
/// DataProvider.Data wine = Csv.of(Path.of("wine.csv"), "class").load(manager, 42);
/// Learner.builder().train(wine.train()).valid(wine.valid().orElseThrow()) …
/// ```
///
/// What is not said is found out: columns whose values are all numbers are numbers, the others
/// categories; numbers are standardised, and what is missing filled in, by the training part's own
/// statistics; a fifth of the rows validates, every class in proportion. The task is told by the
/// target: one column of texts, or of at most 20 different whole numbers, is classes; several
/// columns of 0 and 1 are labels; all other numbers are regression.
///
/// Inputs are the numbers, float32 `[N, F]`, and the categories, int64 `[N, G]`, an index each, 0
/// for what is missing or was not in the training part; only one of them if there are no others.
///
/// A table is a value: each method gives another one.
public final class Csv {
  private final Options options;

  private Csv(Options options) {
    this.options = options;
  }

  /// What the targets are.
  public enum Targets {
    /// What they look like.
    AUTO,
    /// One class per row.
    CLASSIFICATION,
    /// Labels that hold: columns of 0 and 1, or one column with their names, `;` or `|` between.
    LABELS,
    /// A number per target column.
    REGRESSION
  }

  /// What is done about values that are missing.
  public enum Missing {
    /// A number is the median of the training part; a category is one of its own.
    MEDIAN,
    /// A number is the mean of the training part; a category is one of its own.
    MEAN,
    /// Rows are left out.
    DROP,
    /// The data are refused.
    REFUSE
  }

  /// How a model gets categories.
  public enum Encoding {
    /// As indices, for models that have embeddings, such as `tabular`.
    EMBED,
    /// As one number per category, 1 where it is that one and 0 else; any model takes them.
    ONE_HOT
  }

  /// A CSV file, and how its columns are read.
  @Id("csv")
  @Summary("a table in a CSV file: numbers and categories, classes or numbers to predict")
  public record Options(
      @Summary("the file, UTF-8, plain or .gz") Path file,
      @Summary("target column, or several: [price, age]") Columns target,
      @Summary("what the targets are; auto tells it by their values") Targets task,
      @Summary("share of the rows that validates, in [0, 1)") double valid,
      @Summary("file of the rows that validate, in the place of a share") Optional<Path> validFile,
      @Summary("column that says train or valid, in the place of a share")
          Optional<String> splitColumn,
      @Summary("column of groups whose rows stay together when a share is drawn")
          Optional<String> group,
      @Summary("columns that must be numbers") Columns numbers,
      @Summary("columns that are categories, though they look like numbers") Columns categories,
      @Summary("columns to leave out") Columns ignore,
      @Summary("classes or labels in their order; by first sight if none are listed")
          List<String> classes,
      @Summary("what is done about missing values") Missing missing,
      @Summary("what stands for a missing value, beside an empty field") List<String> missingMarks,
      @Summary("how a model gets categories") Encoding encoding,
      @Summary("what is between fields; found out if empty") String separator,
      @Summary("what is between the whole and the fraction of a number") String decimal,
      @Summary("whether the first line names the columns; else they are 1, 2 and so on")
          boolean header,
      @Summary("samples per batch, at least 1") int batchSize,
      @Summary("what is done with each column; found out if none are listed") List<Column> columns)
      implements DataProvider {
    public Options {
      Check.below("valid", valid, 0, 1);
      Check.atLeast("batch-size", batchSize, 1);
      if (!decimal.equals(".") && !decimal.equals(",")) {
        throw Check.refused("decimal", "'" + decimal + "'", "'.' or ','");
      }
      classes = List.copyOf(classes);
      missingMarks = List.copyOf(missingMarks);
      columns = List.copyOf(columns);
    }

    /// Everything is found out, and a fifth validates; file and target must be named.
    public Options() {
      this(
          Path.of(""),
          Columns.NONE,
          Targets.AUTO,
          0.2,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Columns.NONE,
          Columns.NONE,
          Columns.NONE,
          List.of(),
          Missing.MEDIAN,
          List.of("NA", "N/A", "NaN", "nan", "null", "?"),
          Encoding.EMBED,
          "",
          ".",
          true,
          64,
          List.of());
    }

    /// {@inheritDoc}
    ///
    /// @throws io.antiphon.data.DataException if the file is missing or damaged, or a value is not
    ///   what its column holds: a sentence with file and line
    @Override
    public Data create(Setting setting) {
      return new Preparation(this).data(setting);
    }

    /// {@inheritDoc}
    ///
    /// The source is a file with the columns that the model gets, in any order, and maybe others.
    /// It is read twice: here to count and check its rows, then batch by batch. Empty lines are no
    /// rows, and no row is left out: in `missing: drop` and `refuse`, too, the median of the
    /// training part takes the place of a number that is missing.
    ///
    /// @throws io.antiphon.data.DataException if the file is missing or damaged, lacks a column, or
    ///   a value is not what its column holds: a sentence with file and line
    @Override
    public DataLoader read(Setting setting, Path source) {
      return new Preparation(this).read(source);
    }
  }

  /// {@return a table, with everything else as by default}
  ///
  /// @param file a CSV file
  /// @param target the column to predict, or several
  public static Csv of(Path file, String... target) {
    return new Csv(new Options())
        .with(draft -> {
          draft.file = file;
          draft.target = Columns.of(target);
        });
  }

  /// {@return a table with all options said}
  public static Csv of(Options options) {
    return new Csv(options);
  }

  /// {@return the options}
  public Options options() {
    return options;
  }

  private Csv with(Consumer<Draft> change) {
    var draft = new Draft(options);
    change.accept(draft);
    return new Csv(draft.options());
  }

  /// {@return a table whose targets are such, whatever they look like}
  public Csv task(Targets task) {
    return with(draft -> draft.task = task);
  }

  /// {@return a table of which this share validates, in [0, 1)}
  public Csv valid(double share) {
    return with(draft -> draft.valid = share);
  }

  /// {@return a table validated by the rows of another file}
  public Csv validFile(Path file) {
    return with(draft -> draft.validFile = Optional.of(file));
  }

  /// {@return a table in which a column says `train` or `valid`}
  public Csv splitColumn(String column) {
    return with(draft -> draft.splitColumn = Optional.of(column));
  }

  /// {@return a table whose rows stay together by a column when a share is drawn}
  public Csv group(String column) {
    return with(draft -> draft.group = Optional.of(column));
  }

  /// {@return a table in which these columns must be numbers}
  public Csv numbers(String... columns) {
    return with(draft -> draft.numbers = Columns.of(columns));
  }

  /// {@return a table in which these columns are categories, though they look like numbers}
  public Csv categories(String... columns) {
    return with(draft -> draft.categories = Columns.of(columns));
  }

  /// {@return a table without these columns}
  public Csv ignore(String... columns) {
    return with(draft -> draft.ignore = Columns.of(columns));
  }

  /// {@return a table with these classes or labels, in this order}
  public Csv classes(String... classes) {
    return with(draft -> draft.classes = List.of(classes));
  }

  /// {@return a table with another rule for missing values}
  public Csv missing(Missing missing) {
    return with(draft -> draft.missing = missing);
  }

  /// {@return a table in which these stand for a missing value, beside an empty field}
  public Csv missingMarks(String... marks) {
    return with(draft -> draft.missingMarks = List.of(marks));
  }

  /// {@return a table whose categories a model gets so}
  public Csv encoding(Encoding encoding) {
    return with(draft -> draft.encoding = encoding);
  }

  /// {@return a table with this between fields}
  public Csv separator(String separator) {
    return with(draft -> draft.separator = separator);
  }

  /// {@return a table with this, `.` or `,`, before the fraction of a number}
  public Csv decimal(String mark) {
    return with(draft -> draft.decimal = mark);
  }

  /// {@return a table whose first line names the columns, or does not}
  public Csv header(boolean header) {
    return with(draft -> draft.header = header);
  }

  /// {@return a table in batches of this size, at least 1}
  public Csv batchSize(int batchSize) {
    return with(draft -> draft.batchSize = batchSize);
  }

  /// {@return training and validation data, as experiments get them}
  ///
  /// @param manager owns the arrays
  /// @param seed draws which rows validate
  /// @throws io.antiphon.data.DataException as [Options#create]
  public DataProvider.Data load(NDManager manager, long seed) {
    return options.create(new DataProvider.Setting(manager, seed));
  }
}
