package io.antiphon.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Prepared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTest {
  @TempDir Path folder;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Options as an experiment file gives them.
  private Csv.Options options(String yaml) {
    String file = "data: { use: csv, " + yaml + " }\n";
    return (Csv.Options)
        ExperimentFile.parse(file, new Place("e.yaml", 0, 0, folder))
            .resolve(Catalog.boot())
            .data()
            .options();
  }

  private Data data(String text, String yaml) {
    write("t.csv", text);
    return options("file: t.csv, " + yaml).create(new Setting(manager, 1));
  }

  private List<float[]> inputs(DataLoader loader) {
    return rows(loader, samples -> samples.inputs().head());
  }

  private List<float[]> rows(DataLoader loader, Function<Samples, NDArray> part) {
    var rows = new ArrayList<float[]>();
    try (var batches = loader.open(1, 0, 0)) {
      while (batches.hasNext()) {
        rows.addAll(rows(part.apply(batches.next(manager))));
      }
    }
    return rows;
  }

  private static List<float[]> rows(NDArray array) {
    float[] flat = array.toType(DataType.FLOAT32, false).toFloatArray();
    int width = flat.length / (int) array.getShape().get(0);
    var rows = new ArrayList<float[]>();
    for (int i = 0; i < flat.length; i += width) {
      rows.add(Arrays.copyOfRange(flat, i, i + width));
    }
    return rows;
  }

  private static String table(int rows) {
    var text = new StringBuilder("x,colour,y\n");
    for (int i = 0; i < rows; i++) {
      text.append(i % 7).append(i % 2 == 0 ? ",red," : ",green,");
      text.append(i % 3 == 0 ? "no" : "yes").append('\n');
    }
    return text.toString();
  }

  @Test
  void thePlainestFormFindsOutEverything() {
    Data data = data(table(90), "target: y");
    assertThat(data.train().samples()).isEqualTo(72);
    assertThat(data.valid().orElseThrow().samples()).isEqualTo(18);
    assertThat(data.task().goal()).isEqualTo(Goal.CLASSIFICATION);
    assertThat(data.task().names()).containsExactly("no", "yes");
    assertThat(data.task().shapes()).containsExactly(new Shape(64, 1), new Shape(64, 1));
    Task.Feature colour = data.task().inputs().get(1).features().getFirst();
    assertThat(colour.categories()).startsWith("(other)").contains("red", "green");
    var classes = rows(data.valid().orElseThrow(), samples -> samples.targets().head());
    assertThat(classes.stream().filter(each -> each[0] == 0).count()).isEqualTo(6);
  }

  @Test
  void numbersAreStandardisedByTheTrainingRowsAndMissingOnesFilled() {
    Data data =
        data(
            "part,x,y\ntrain,1,0.5\ntrain,NA,1.5\ntrain,3,2.5\ntrain,8,3.5\nvalid,100,1\nvalid,,2\n",
            "target: y, split-column: part");
    double mean = (1 + 3 + 3 + 8) / 4.0;
    double deviation = Math.sqrt((7.5625 + 0.5625 + 0.5625 + 18.0625) / 4);
    List<float[]> train = inputs(data.train());
    assertThat(train.stream().mapToDouble(row -> row[0]).sum()).isCloseTo(0, within(1e-6));
    List<float[]> valid = inputs(data.valid().orElseThrow());
    assertThat(valid.getFirst()[0]).isCloseTo((float) ((100 - mean) / deviation), within(1e-5f));
    assertThat(valid.getLast()[0]).isCloseTo((float) ((3 - mean) / deviation), within(1e-6f));
    assertThat(data.notes())
        .containsExactly("column 'x': 1 of 4 missing, 3 (the median) in their place");
    assertThat(data.task().goal()).isEqualTo(Goal.REGRESSION);
    Task.Scale scale = data.task().scales().getFirst();
    assertThat(scale.mean()).isCloseTo(2, within(1e-12));
    assertThat(scale.deviation()).isCloseTo(Math.sqrt(1.25), within(1e-12));
  }

  @Test
  void quotesSeparatorsDecimalCommasByteOrderMarksAndGzipAreRead() throws IOException {
    Data data =
        data(
            "\ufeff\"name; first\";größe;y\n\"a;\"\"b\"\"\";1,5;ja\n\"two\nlines\";-2,5e1;nein\n",
            "target: y, decimal: ',', valid: 0");
    assertThat(data.task().inputs().getFirst().features().getFirst().name()).isEqualTo("größe");
    assertThat(data.task().inputs().get(1).features().getFirst())
        .returns("name; first", Task.Feature::name)
        .returns(List.of("(other)", "a;\"b\"", "two\nlines"), Task.Feature::categories);
    Path packed = folder.resolve("p.csv.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(table(20).getBytes(StandardCharsets.UTF_8));
    }
    assertThat(Csv.of(packed, "y").load(manager, 1).train().samples()).isEqualTo(16);
  }

  @Test
  void categoriesThatTrainingDoesNotHaveAreOther() {
    String text = "s,c,y\ntrain,a,0\ntrain,b,1\nvalid,c,1\nvalid,,0\nvalid,b,1\n";
    Data embedded = data(text, "target: y, split-column: s");
    assertThat(inputs(embedded.valid().orElseThrow()).stream().map(row -> row[0]))
        .containsExactly(0f, 0f, 2f);
    Data hot = data(text, "target: y, split-column: s, encoding: one-hot");
    assertThat(inputs(hot.valid().orElseThrow()))
        .containsExactly(new float[] {0, 0}, new float[] {0, 0}, new float[] {0, 1});
    assertThat(hot.task().inputs().getFirst().features().stream().map(Task.Feature::name))
        .containsExactly("c=a", "c=b");
  }

  @Test
  void theTargetsTellTheTask() {
    assertThat(data("x,y\n1,0\n2,1\n3,2\n4,2\n", "target: y, valid: 0").task().names())
        .containsExactly("0", "1", "2");
    assertThat(data("x,y\n1,0.5\n2,1\n", "target: y, valid: 0").task().goal())
        .isEqualTo(Goal.REGRESSION);
    assertThat(data("x,y\n1,4\n2,5\n", "target: y, task: regression, valid: 0").task().goal())
        .isEqualTo(Goal.REGRESSION);
    assertThat(data("x,a,b\n1,0,1\n2,1,1\n", "target: [a, b], valid: 0").task())
        .returns(Goal.LABELS, Task::goal)
        .returns(List.of("a", "b"), Task::names);
    assertThat(data("x,a,b\n1,0,1.5\n2,1,1\n", "target: [a, b], valid: 0").task().goal())
        .isEqualTo(Goal.REGRESSION);
    Data tags = data("x,t\n1,rain;sun\n2,\n3,sun|wind\n", "target: t, task: labels, valid: 0");
    assertThat(tags.task().names()).containsExactly("rain", "sun", "wind");
    assertThat(data("x,y\n1,b\n2,a\n", "target: y, classes: [a, b], valid: 0").task().names())
        .containsExactly("a", "b");
  }

  @Test
  void rowsWithoutTargetAndFreeTextAreLeftOutAndToldSo() {
    var text = new StringBuilder("x,name,y\n");
    for (int i = 0; i < 120; i++) {
      String target = i == 5 ? "" : i % 2 == 0 ? "a" : "b";
      text.append(i).append(",person ").append(i).append(',').append(target).append('\n');
    }
    Data data = data(text.toString(), "target: y");
    assertThat(data.train().samples() + data.valid().orElseThrow().samples()).isEqualTo(119);
    assertThat(data.notes())
        .containsExactly(
            "column 'name' left out: nearly every row has a text of its own; list it in categories to"
                + " keep it",
            "1 row of t.csv left out: no target");
    String lacks = "x,z,y\n1,,a\n2,5,b\n3,4,a\n4,6,b\n";
    assertThat(data(lacks, "target: y, missing: drop, valid: 0").train().samples()).isEqualTo(3);
  }

  @Test
  void groupsStayTogetherAndAFileOfItsOwnValidates() {
    var text = new StringBuilder("patient,x,y\n");
    for (int i = 0; i < 100; i++) {
      text.append("p").append(i / 5).append(',').append(i / 5).append(',').append(i % 2);
      text.append('\n');
    }
    Data data = data(text.toString(), "target: y, group: patient");
    List<Float> train = inputs(data.train()).stream().map(row -> row[0]).toList();
    assertThat(inputs(data.valid().orElseThrow()).stream().map(row -> row[0]))
        .hasSize(20)
        .noneMatch(train::contains);
    write("v.csv", "y,x,patient\n1,3,q\n");
    Data given = data(text.toString(), "target: y, ignore: patient, valid-file: v.csv");
    assertThat(given.train().samples()).isEqualTo(100);
    assertThat(given.valid().orElseThrow().samples()).isEqualTo(1);
  }

  @Test
  void inJavaTheOptionsAreThoseOfAFile() {
    Path file = folder.resolve("t.csv");
    Csv table =
        Csv.of(file, "y", "z")
            .task(Csv.Targets.REGRESSION)
            .valid(0.5)
            .validFile(folder.resolve("v.csv"))
            .splitColumn("part")
            .group("house")
            .numbers("a", "b")
            .categories("c")
            .ignore("d", "e")
            .classes("no", "yes")
            .missing(Csv.Missing.MEAN)
            .missingMarks("-")
            .encoding(Csv.Encoding.ONE_HOT)
            .separator(";")
            .decimal(",")
            .header(false)
            .batchSize(7);
    assertThat(table.options())
        .isEqualTo(
            options(
                "file: t.csv, target: [y, z], task: regression, valid: 0.5, valid-file: v.csv, split-column: part, "
                    + "group: house, numbers: [a, b], categories: c, ignore: [d, e], classes: ['no', 'yes'], "
                    + "missing: mean, missing-marks: ['-'], encoding: one-hot, separator: ';', decimal: ',', "
                    + "header: false, batch-size: 7"));
    assertThat(options("file: t.csv, target: ['Price, EUR', age], ignore: []"))
        .isEqualTo(Csv.of(file, "Price, EUR", "age").options());
  }

  @Test
  void whatIsFittedReadsOtherRowsAlikeAndSurvivesAFile() {
    Data data = data(table(90), "target: y");
    Csv.Options fitted = (Csv.Options) data.fitted().orElseThrow();
    Csv.Options again = Options.bind("data 'csv'", new Csv.Options(), Options.tree(fitted));
    assertThat(again).isEqualTo(fitted);
    Path others = write("others.csv", "colour,more,x\nred,1,0\nblue,2,\ngreen,3,6\n");
    DataLoader loader = again.read(new Setting(manager, 5), others);
    assertThat(loader.samples()).isEqualTo(3);
    assertThat(loader.inputShapes()).allMatch(shape -> shape.get(0) == 3);
    Column x = again.columns().getFirst();
    assertThat(inputs(loader).getFirst()[0])
        .isCloseTo((float) (-x.mean() / x.deviation()), within(1e-6f));
    int red = again.columns().get(1).categories().indexOf("red") + 1;
    assertThat(rows(loader, samples -> samples.inputs().get(1)).stream().map(row -> row[0]))
        .containsExactly((float) red, 0f, 3f - red);
    try (var batches = loader.open(0, 0, 0)) {
      assertThat(batches.next(manager).targets()).isEmpty();
    }
    Path with = write("with.csv", "y,colour,x\nyes,red,0\nno,red,1\n");
    DataLoader known = again.read(new Setting(manager, 5), with);
    assertThat(rows(known, samples -> samples.targets().head()))
        .containsExactly(new float[] {1}, new float[] {0});
  }

  @Test
  void otherRowsAreReadBatchByBatchFromAnyBatch() {
    Data data = data(table(90), "target: y, batch-size: 3");
    DataProvider fitted = data.fitted().orElseThrow();
    var text = new StringBuilder("x,y,colour\n");
    for (int i = 0; i < 10_000; i++) {
      text.append(i % 7).append(i % 2 == 0 ? ",yes," : ",no,").append("red\n");
    }
    DataLoader loader = fitted.read(new Setting(manager, 5), write("long.csv", text.toString()));
    assertThat(manager.getManagedArrays()).hasSize(6);
    assertThat(loader.samples()).isEqualTo(10_000);
    assertThat(loader.batches()).isEqualTo(3334);
    List<float[]> all = inputs(loader);
    for (int first : new int[] {0, 1, 2000, 3333, 3334}) {
      try (NDManager scratch = manager.newSubManager();
          var batches = loader.open(3, 4, first)) {
        int row = 3 * first;
        while (batches.hasNext() && row < 3 * first + 9) {
          Samples batch = batches.next(scratch);
          assertThat(batch.targets().head().getLong(0)).isEqualTo(row % 2 == 0 ? 1 : 0);
          for (float[] each : rows(batch.inputs().head())) {
            assertThat(each).isEqualTo(all.get(row++));
          }
        }
        assertThat(row).isEqualTo(Math.clamp(10_000, 3 * first, 3 * first + 9));
      }
    }
  }

  @Test
  void whatIsWrongWithOtherRowsIsToldWhenTheyAreOpened() {
    Data data = data(table(90), "target: y");
    DataProvider fitted = data.fitted().orElseThrow();
    String rows = "x,y,colour\n" + "1,yes,red\n".repeat(5_000);
    Path file = write("others.csv", rows + "1,maybe,red\n");
    var setting = new Setting(manager, 5);
    assertThatThrownBy(() -> fitted.read(setting, file))
        .hasMessage(file + ":5002: column 'y' has the class 'maybe'; there are no, yes");
    write("others.csv", rows + "1,maybe,red\n1,,red\n");
    DataLoader without = fitted.read(setting, file);
    assertThat(without.samples()).isEqualTo(5_002);
    try (var batches = without.open(0, 0, 0)) {
      assertThat(batches.next(manager).targets()).as("one row has no target").isEmpty();
      write("others.csv", "x,y,colour\n");
    }
    try (var batches = without.open(0, 0, 0)) {
      assertThatThrownBy(() -> batches.next(manager))
          .hasMessage(file + " has changed while it was read");
    }
    write("others.csv", rows + "oops,yes,red\n");
    assertThatThrownBy(() -> fitted.read(setting, file))
        .hasMessageStartingWith(file + ":5002: column 'x' has 'oops', which is no number");
    write("others.csv", "x,y\n1,yes\n");
    assertThatThrownBy(() -> fitted.read(setting, file))
        .hasMessageStartingWith(file + " has no column 'colour'");
    write("others.csv", "x,y,colour\n");
    assertThatThrownBy(() -> fitted.read(setting, file))
        .hasMessage(file + " has a header but no rows");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          x,y/1,a/2                           | target: y                     | :3: the row has 1 field, the first line 2; quote fields that hold the separator
          x,y/1,a/2,b                         | target: z                     | ␣has no column 'z'; it has x, y
          x,y/1,a/2,b                         | target: y, ignore: xx         | ␣has no column 'xx'; did you mean 'x'? It has x, y
          x,y/1,a/2,b                         | valid: 0                      | : no target column is named; write target: NAME; there are x, y
          x,y/1,a/2,a                         | target: y, valid: 0           | : target column 'y' has only the class 'a' in 2 rows; there must be two at least
          x,y/1,a/2,b                         | target: y, classes: [a, c]    | :3: column 'y' has the class 'b'; there are a, c
          x,y/1,a/2,b/u,b                     | target: y, numbers: x         | :4: column 'x' has 'u', which is no number; correct it, or list it in missing-marks
          x,y/1,a/2,b                         | target: y, valid: 0.1         | : a share of 0.1 of 2 rows is none; set valid to more, or to 0 for none
          x,y                                 | target: y                     | ␣has a header but no rows
          ``                                  | target: y                     | ␣is empty
          x,y/,a/2,b                          | target: y, missing: refuse    | :2: column 'x' has no value; fill it in, or set missing to median, mean or drop
          x,x/1,a/2,b                         | target: x                     | :1: two columns are named 'x'
          s,x,y/train,1,a/train,1,c/valid,2,b | target: y, split-column: s    | :4: class 'b' is in the rows that validate but in none that train
          s,x,y/train,1,a/other,2,b           | target: y, split-column: s    | :3: column 's' says 'other'; it must say train or valid
          s,x,y/train,1,a/train,2,b           | target: y, split-column: s    | : no row is valid in column 's'; leave split-column out to draw a share
          x,a,b/1,0,1/2,2,1                   | target: [a, b], task: labels  | :3: label 'a' is '2'; it must be 0 or 1
          x,y/1,a/2,b                         | target: y, task: regression   | :2: target column 'y' has 'a', which is no number, and regression needs numbers; correct it, or say task: classification
          y/a/b                               | target: y                     | : beside the target there is no column to learn from
          """)
  void badDataAreOneSentenceWithTheLine(String text, String yaml, String sentence) {
    String rows = text.isEmpty() ? "" : text.replace('/', '\n') + "\n";
    assertThatThrownBy(() -> data(rows, yaml))
        .hasMessage(folder.resolve("t.csv") + sentence.replace('␣', ' '));
  }

  @Test
  void aTextAmongNumbersIsAMistake() {
    String text = "x,y\n" + "3,a\n4,b\n".repeat(10) + "oops,a\n";
    assertThatThrownBy(() -> data(text, "target: y"))
        .hasMessageEndingWith(
            "t.csv:22: column 'x' has 'oops', which is no number, as most of its values are;"
                + " correct it, or list it in missing-marks, or the column in categories");
    assertThatThrownBy(() -> data("x,y\n3,a\n4,b\nunknown,a\n5,b\nunknown,b\n", "target: y"))
        .hasMessageContaining("t.csv:4: column 'x' has 'unknown', which is no number");
    Data mixed = data("x,y\n" + "3,a\nS,b\n4,a\nM,b\n".repeat(20), "target: y");
    assertThat(mixed.notes())
        .anyMatch(
            note -> note.startsWith("column 'x': categories, for 'S' in line 3 is no number"));
  }

  @Test
  void aQuoteThatNeverClosesIsToldWhereItsRowBegins() {
    String rows = "x,y\n" + "3,a\n4,b\n".repeat(10);
    assertThatThrownBy(() -> data(rows + "5,\"a\n6,b\n7,a\n", "target: y"))
        .hasMessageEndingWith("t.csv:22: a quote opens in this row that is never closed");
    assertThatThrownBy(() -> data(rows + "\"5,a\n6,b\n7,a", "target: y"))
        .hasMessageEndingWith("t.csv:22: a quote opens in this row that is never closed");
    assertThatThrownBy(() -> data("x,y\n\"5,a\n\"6,b\n" + rows, "target: y"))
        .hasMessageContaining("t.csv: no CSV after line ")
        .hasMessageEndingWith("closed where its field ends, and one within is written twice");
    assertThatThrownBy(() -> data("x,y\n\"5,a\n6\",b,c\n" + rows, "target: y"))
        .hasMessageContaining("t.csv:2: the row has ")
        .hasMessageEndingWith("or close the quote that lets the row go on over lines");
    assertThatThrownBy(() -> data("\"x,y\n5,a\n", "target: y"))
        .hasMessageEndingWith("t.csv:1: a quote opens in this row that is never closed");
  }

  @Test
  void filesThatAreNotThereOrNotUtf8AreOneSentence() throws IOException {
    assertThatThrownBy(() -> options("target: y").create(new Setting(manager, 1)))
        .hasMessage("csv names no file; write file: NAME.csv");
    assertThatThrownBy(() -> Csv.of(folder.resolve("none.csv"), "y").load(manager, 1))
        .hasMessage("there is no file '%s'", folder.resolve("none.csv"));
    assertThatThrownBy(() -> Csv.of(folder, "y").load(manager, 1))
        .hasMessage("'%s' is a folder, and a file is needed", folder);
    byte[] latin = {'x', ',', 'y', '\n', '1', ',', (byte) 0xe4, '\n'};
    Path file = Files.write(folder.resolve("t.csv"), latin);
    assertThatThrownBy(() -> Csv.of(file, "y").load(manager, 1))
        .hasMessage("%s:2: the line is not UTF-8; save the file as UTF-8", file);
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write("x,y\n1,a\n2,b\n".repeat(50).getBytes(StandardCharsets.UTF_8));
    }
    Files.write(file, Arrays.copyOf(packed.toByteArray(), packed.size() - 9));
    assertThatThrownBy(() -> Csv.of(file, "y").load(manager, 1))
        .hasMessage("%s is truncated: its gzip data end too soon", file);
  }

  @Test
  void aFileAloneTrainsATableToTheEnd() {
    var random = new Random(5);
    var text = new StringBuilder("a,b,colour,price\n");
    for (int i = 0; i < 600; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      int colour = random.nextInt(3);
      double price = 20_000 + 3_000 * a - 2_000 * b * b + 4_000 * colour;
      text.append(a).append(',').append(b).append(',').append("rgb".charAt(colour));
      text.append(',').append(price).append('\n');
    }
    write("prices.csv", text.toString());
    String yaml =
        """
        device: cpu
        data: { use: csv, file: prices.csv, target: price }
        optimizer: { use: adam, lr: 1.0e-2 }
        fit: { epochs: 20 }
        """;
    try (Prepared prepared =
        ExperimentFile.parse(yaml, new Place("e.yaml", 0, 0, folder))
            .resolve(Catalog.boot())
            .prepare(folder)) {
      assertThat(prepared.experiment().yaml())
          .contains("use: tabular", "loss: mse", "metrics: [mae]");
      prepared.fit();
      double error = prepared.learner().validate().metrics().get("mae");
      assertThat(error).as("of prices that deviate by about 5,000").isLessThan(1_000);
    }
  }
}
