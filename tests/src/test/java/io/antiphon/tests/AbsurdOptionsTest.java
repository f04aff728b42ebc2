package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.cli.Main;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Option;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every number that an experiment can hold, as large, small or wrong as it can be written: the
/// plan is made, or one sentence says in its place why it cannot be.
@ResourceLock("training")
class AbsurdOptionsTest {
  private static final List<String> WHOLE =
      List.of("-1", "2147483647", "999999999999", "9223372036854775808", "1e30", ".nan");
  private static final List<String> REAL =
      List.of("-1", "1.0e-320", "1.7e+308", "1.0e+309", ".nan", ".inf");
  private static final List<String> LENGTHS =
      List.of("-1", "0", "999999999999", "1e30 steps", "1e-300 epochs", "0.1 of the run", ".nan");

  @TempDir static Path folder;

  private record Result(int code, String err) {}

  @BeforeAll
  static void writeData() throws IOException {
    Files.writeString(folder.resolve("text.txt"), "to be or not to be, that is it ".repeat(2_000));
    Files.writeString(folder.resolve("table.csv"), "a,b,y\n" + "1,u,yes\n2,v,no\n".repeat(20));
    for (String name : List.of("a", "b")) {
      Path images = Files.createDirectory(folder.resolve("images-" + name)).getParent();
      Path of = Files.createDirectories(images.resolve("images").resolve(name));
      for (int i = 0; i < 4; i++) {
        Files.write(of.resolve(i + ".bmp"), bmp());
      }
    }
    Path digits = Files.createDirectory(folder.resolve("digits"));
    Files.write(digits.resolve("train-images-idx3-ubyte"), idx(8, 28, 28));
    Files.write(digits.resolve("train-labels-idx1-ubyte"), idx(8));
    file("glyphs", "{ use: glyphs, train: 32, valid: 16, batch-size: 8 }", "mlp");
    file("text", "{ use: text, file: text.txt }", "rnn");
    file("csv", "{ use: csv, file: table.csv, target: y }", "tabular");
    file("images", "{ use: images, dir: images }", "cnn");
    file("mnist", "{ use: mnist, dir: digits, train: 4, valid: 4 }", "cnn");
  }

  private static void file(String name, String data, String model) throws IOException {
    Files.writeString(
        folder.resolve(name + ".yaml"), "data: %s\nmodel: %s\n".formatted(data, model));
  }

  /// {@return an image of 8 × 8 pixels of three colours}
  private static byte[] bmp() {
    ByteBuffer image = ByteBuffer.allocate(54 + 3 * 64).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    image.put((byte) 'B').put((byte) 'M').putInt(image.capacity()).putInt(0).putInt(54);
    image.putInt(40).putInt(8).putInt(8).putShort((short) 1).putShort((short) 24);
    return image.array();
  }

  private static byte[] idx(int... shape) {
    int size = Stream.of(shape).flatMapToInt(java.util.Arrays::stream).reduce(1, (a, b) -> a * b);
    ByteBuffer data = ByteBuffer.allocate(4 + 4 * shape.length + size);
    data.putInt(0x0800 | shape.length);
    for (int length : shape) {
      data.putInt(length);
    }
    return data.array();
  }

  private static Result explain(String file, String setting) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            "explain",
            folder.resolve(file + ".yaml").toString(),
            "--set",
            setting);
    return new Result(code, err.toString(StandardCharsets.UTF_8).strip());
  }

  static Stream<Component<?>> components() {
    return Kind.all().stream().flatMap(kind -> Catalog.boot().components(kind).stream());
  }

  @ParameterizedTest
  @MethodSource("components")
  void noNumberIsTooAbsurdForASentence(Component<?> component) {
    for (Option option : component.options()) {
      for (String value : values(option.type())) {
        String setting = setting(component, option.name(), value);
        Result result = explain(file(component), setting);
        assertThat(result.code()).as("%s: %s", setting, result).isIn(0, 2);
        assertThat(result.err().lines().count()).as("%s: %s", setting, result).isLessThan(2);
        assertThat(result.err())
            .as(setting)
            .doesNotContain("Exception", "OutOfMemory", "\tat ", "enforce fail")
            .hasSizeLessThan(1_000);
        assertThat(result.err().isEmpty())
            .as("%s: %s", setting, result)
            .isEqualTo(result.code() == 0);
      }
    }
  }

  private static List<String> values(String type) {
    return switch (type) {
      case "integer", "integer, or null" -> WHOLE;
      case "number", "number, or null" -> REAL;
      case "list of integer" -> WHOLE.stream().map("[%s]"::formatted).toList();
      case "list of number" -> REAL.stream().map("[%s]"::formatted).toList();
      case "duration" -> List.of("999999999999d", "99999999999999999999h", "-1s");
      default -> type.contains("length") ? LENGTHS : List.of();
    };
  }

  private static String file(Component<?> component) {
    return switch (component.id()) {
      case "rnn", "characters", "words" -> "text";
      case "tabular" -> "csv";
      default ->
          component.kind() == Kind.DATA && Files.exists(folder.resolve(component.id() + ".yaml"))
              ? component.id()
              : "glyphs";
    };
  }

  private static String setting(Component<?> component, String option, String value) {
    String named =
        option.contains(".")
            ? option.replaceFirst("\\.", ": {") + ": " + value + "}"
            : option + ": " + value;
    String section =
        Map.of(
                "policy",
                "fit",
                "splitter",
                "parts",
                "metric",
                "metrics",
                "callback",
                "callbacks",
                "tokenizer",
                "data.tokenizer")
            .getOrDefault(component.kind().singular(), component.kind().singular());
    String key = section.equals("fit") ? "policy" : "use";
    boolean isFile = component.kind() == Kind.DATA && !file(component).equals("glyphs");
    if (isFile || component.id().equals("glyphs")) {
      return "data." + option + "=" + value;
    }
    String whole = "{%s: %s, %s}".formatted(key, component.id(), named);
    return section
        + "="
        + (section.endsWith("s") && !section.equals("loss") && !section.equals("parts")
            ? "[" + whole + "]"
            : whole);
  }

  @Test
  void whatNoMachineHoldsIsRefusedInItsPlaceWithBothSizes() {
    var refusals =
        List.of(
            List.of(
                "data.train=2147483647",
                "data 'glyphs': train is 2147483647, which takes 6\\.1 TiB of memory, and there are .* here"),
            List.of(
                "data.valid=2147483647",
                "data 'glyphs': valid is 2147483647, which takes 6\\.1 TiB of memory, and there are .* here"),
            List.of(
                "model={use: mlp, hidden: [1000000, 9000000]}",
                "model 'mlp' cannot be made for data 'glyphs', whose inputs are .*: its parameters take 32\\.7 TiB of memory or more, and there are .* here; make it smaller"));
    for (List<String> each : refusals) {
      Result result = explain("glyphs", each.getFirst());
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err())
          .matches("antiphon: --set \\Q" + each.getFirst() + "\\E: " + each.getLast());
    }
  }

  @Test
  void absurdWordsAreShortenedAndSaid() {
    var settings = new ArrayList<>(List.of("seed=99999999999999999999", "device=gpu999"));
    settings.add("data.train=" + "9".repeat(100_000));
    settings.add("data.train=1." + "0".repeat(100_000) + "1");
    settings.add("model={use: mlp, hidden: [" + "1,".repeat(99_990) + "x]}");
    settings.add("metrics=[" + "accuracy,".repeat(2_000) + "accuracy]");
    for (String setting : settings) {
      Result result = explain("glyphs", setting);
      String shown = setting.substring(0, Math.min(60, setting.length()));
      assertThat(result.code()).as("%s: %s", shown, result).isEqualTo(2);
      assertThat(result.err()).as(shown).hasLineCount(1).hasSizeLessThan(1_000);
    }
  }
}
