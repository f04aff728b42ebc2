package io.antiphon.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Check;
import io.antiphon.core.options.Node.Entry;
import io.antiphon.core.options.Node.Mapping;
import io.antiphon.core.options.Node.Scalar;
import io.antiphon.core.options.Node.Sequence;
import io.antiphon.core.spi.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  enum Type {
    BF16,
    FP16,
    FULL_PRECISION
  }

  record Inner(int depth, String label) {
    Inner {
      Check.atLeast("depth", depth, 0);
    }
  }

  record Everything(
      @Summary("how many") int count,
      long big,
      double weightDecay,
      float ratio,
      boolean on,
      String text,
      Type type,
      Path dir,
      Duration every,
      List<Integer> channels,
      Inner inner,
      Optional<String> tag,
      OptionalInt limit,
      OptionalDouble lr,
      OptionalLong steps) {
    Everything {
      Check.atLeast("count", count, 1);
    }
  }

  record Pair(int low, int high) {
    Pair {
      if (low > high) {
        throw new IllegalArgumentException("low is " + low + ", more than high, " + high);
      }
    }
  }

  record Empty() {}

  record Needy(List<Inner> inners) {}

  record Unfit(Thread thread) {}

  private static final Everything DEFAULTS =
      new Everything(
          1,
          2,
          0.5,
          0.25f,
          false,
          "plain",
          Type.FULL_PRECISION,
          Path.of(""),
          Duration.ofSeconds(90),
          List.of(8, 16),
          new Inner(3, "x"),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalDouble.of(0.1),
          OptionalLong.empty());

  private static final Path BASE = Path.of("/base");

  private static Place at(int line, int column) {
    return new Place("e.yaml", line, column, BASE);
  }

  private static Scalar scalar(String text) {
    return new Scalar(at(2, 9), text, false);
  }

  private static Mapping given(String key, Node value) {
    return new Mapping(at(1, 1), List.of(new Entry(key, at(2, 1), value)));
  }

  /// Reads `[a, b]` as a list, `{a: b}` as a mapping of one entry, everything else as one value.
  private static Node node(String text) {
    if (text.startsWith("[")) {
      var items = new ArrayList<Node>();
      for (String item : text.substring(1, text.length() - 1).split(",")) {
        items.add(scalar(item.strip()));
      }
      return new Sequence(at(2, 9), items);
    } else if (text.startsWith("{")) {
      String[] entry = text.substring(1, text.length() - 1).split(":");
      return new Mapping(
          at(2, 9), List.of(new Entry(entry[0], at(2, 10), scalar(entry[1].strip()))));
    }
    return scalar(text);
  }

  private static Everything bind(String key, String value) {
    return Options.bind("callback 'x'", DEFAULTS, given(key, node(value)));
  }

  @Test
  void whatIsNotGivenIsAsByDefault() {
    assertThat(Options.bind("x", DEFAULTS, Mapping.empty(at(1, 1)))).isEqualTo(DEFAULTS);
  }

  @Test
  void everyTypeIsRead() {
    assertThat(bind("count", "7").count()).isEqualTo(7);
    assertThat(bind("count", "1_000").count()).isEqualTo(1000);
    assertThat(bind("count", "1e3").count()).isEqualTo(1000);
    assertThat(bind("count", "5.0").count()).isEqualTo(5);
    assertThat(bind("big", "9000000000").big()).isEqualTo(9_000_000_000L);
    assertThat(bind("weight-decay", "1e-2").weightDecay()).isEqualTo(0.01);
    assertThat(bind("weight-decay", ".5").weightDecay()).isEqualTo(0.5);
    assertThat(bind("weight-decay", "-.inf").weightDecay()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(bind("ratio", "0.1").ratio()).isEqualTo(0.1f);
    assertThat(bind("on", "true").on()).isTrue();
    assertThat(bind("text", "12").text()).isEqualTo("12");
    assertThat(bind("type", "bf16").type()).isEqualTo(Type.BF16);
    assertThat(bind("type", "full-precision").type()).isEqualTo(Type.FULL_PRECISION);
    assertThat(bind("every", "1.5h").every()).isEqualTo(Duration.ofMinutes(90));
    assertThat(bind("channels", "[1, 2]").channels()).containsExactly(1, 2);
    assertThat(bind("tag", "a").tag()).contains("a");
    assertThat(bind("tag", "null").tag()).isEmpty();
    assertThat(bind("limit", "3").limit()).hasValue(3);
    assertThat(bind("lr", "~").lr()).isEmpty();
    assertThat(bind("lr", "1e-3").lr()).hasValue(0.001);
    assertThat(bind("steps", "4").steps()).hasValue(4);
  }

  @Test
  void aQuotedNumberIsANumberWhereOneIsWanted() {
    Mapping quoted = given("count", new Scalar(at(2, 9), "5", true));
    assertThat(Options.bind("x", DEFAULTS, quoted).count()).isEqualTo(5);
  }

  @Test
  void aPathStartsFromTheFolderOfItsPlace() {
    assertThat(bind("dir", "data/../x").dir()).isEqualTo(Path.of("/base/x"));
    assertThat(bind("dir", "/abs").dir()).isEqualTo(Path.of("/abs"));
  }

  @Test
  void aNestedRecordKeepsItsDefaults() {
    assertThat(bind("inner", "{depth: 5}").inner()).isEqualTo(new Inner(5, "x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          cuont        | 1           | e.yaml:2:1: callback 'x' has no option 'cuont'; did you mean 'count'? It has count, big, weight-decay, ratio, on, text, type, dir, every, channels, inner, tag, limit, lr, steps
          weightDecay  | 1           | e.yaml:2:1: callback 'x' has no option 'weightDecay'; did you mean 'weight-decay'? It has count, big, weight-decay, ratio, on, text, type, dir, every, channels, inner, tag, limit, lr, steps
          zzzzzz       | 1           | e.yaml:2:1: callback 'x' has no option 'zzzzzz'; it has count, big, weight-decay, ratio, on, text, type, dir, every, channels, inner, tag, limit, lr, steps
          count        | many        | e.yaml:2:9: option 'count' of callback 'x' is a whole number, not 'many'
          count        | 5.5         | e.yaml:2:9: option 'count' of callback 'x' is a whole number, not '5.5'
          count        | 3000000000  | e.yaml:2:9: option 'count' of callback 'x' is a whole number from -2147483648 to 2147483647, not '3000000000'
          count        | 1e999       | e.yaml:2:9: option 'count' of callback 'x' is a whole number from -2147483648 to 2147483647, not '1e999'
          count        | null        | e.yaml:2:9: option 'count' of callback 'x' is a whole number, not nothing
          count        | [1]         | e.yaml:2:9: option 'count' of callback 'x' is a whole number, not a list
          count        | 0           | e.yaml:2:9: callback 'x': count is 0; it must be at least 1
          weight-decay | high        | e.yaml:2:9: option 'weight-decay' of callback 'x' is a number, not 'high'
          weight-decay | .nan        | e.yaml:2:9: option 'weight-decay' of callback 'x' is a number, not '.nan'
          weight-decay | 1e999       | e.yaml:2:9: option 'weight-decay' of callback 'x' is a number up to 1.7976931348623157E308, not '1e999'
          ratio        | 1e39        | e.yaml:2:9: option 'ratio' of callback 'x' is a number up to 3.4028235E38, not '1e39'
          on           | yes         | e.yaml:2:9: option 'on' of callback 'x' is true or false, not 'yes'
          text         | {a: 1}      | e.yaml:2:9: option 'text' of callback 'x' is a text, not a mapping
          type         | bf61        | e.yaml:2:9: option 'type' of callback 'x' is one of bf16, fp16, full-precision, not 'bf61'; did you mean 'bf16'?
          every        | soon        | e.yaml:2:9: option 'every' of callback 'x' is a duration like 90s, 5m or 1.5h, not 'soon'
          channels     | 8           | e.yaml:2:9: option 'channels' of callback 'x' is a list, not '8'; write it in brackets, [a, b]
          channels     | [8, x]      | e.yaml:2:9: option 'channels' of callback 'x' is a whole number, not 'x'
          inner        | 3           | e.yaml:2:9: option 'inner' of callback 'x' is a mapping, not '3'; write { name: value }
          inner        | {deph: 3}   | e.yaml:2:10: option 'inner' of callback 'x' has no option 'deph'; did you mean 'depth'? It has depth, label
          inner        | {depth: -1} | e.yaml:2:9: option 'inner' of callback 'x': depth is -1; it must be at least 0
          limit        | few         | e.yaml:2:9: option 'limit' of callback 'x' is a whole number, not 'few'
          """)
  void whatIsWrongIsToldInOneSentence(String key, String value, String message) {
    assertThatThrownBy(() -> bind(key, value))
        .isInstanceOf(OptionException.class)
        .hasMessage(message);
  }

  @Test
  void aRefusalOfSeveralValuesTogetherPointsToTheWhole() {
    var both =
        new Mapping(
            at(4, 3),
            List.of(
                new Entry("low", at(5, 3), new Scalar(at(5, 8), "7", false)),
                new Entry("high", at(6, 3), new Scalar(at(6, 8), "6", false))));
    assertThatThrownBy(() -> Options.bind("x", new Pair(0, 9), both))
        .hasMessage("e.yaml:4:3: x: low is 7, more than high, 6");
  }

  @Test
  void withoutOptionsAnyKeyIsTooMuch() {
    assertThatThrownBy(() -> Options.bind("loss 'l1'", new Empty(), given("a", scalar("1"))))
        .hasMessage("e.yaml:2:1: loss 'l1' has no option 'a'; it has none");
  }

  @Test
  void recordsInListsHaveNoDefaults() {
    var list = new Sequence(at(2, 1), List.of(node("{depth: 1}")));
    assertThatThrownBy(() -> Options.bind("x", new Needy(List.of()), given("inners", list)))
        .hasMessage("e.yaml:2:9: option 'inners' of x needs option 'label', which is missing");
  }

  @Test
  void aRecordThatNobodyCanWriteIsTheProgrammersError() {
    var unfit = new Unfit(Thread.currentThread());
    assertThatThrownBy(() -> Options.describe(unfit))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("options cannot be of type java.lang.Thread");
  }

  @Test
  void aTreeBindsToAnEqualRecord() {
    var odd =
        new Everything(
            3,
            -4,
            1e-9,
            Float.MAX_VALUE,
            true,
            "null",
            Type.FP16,
            Path.of("/a b/c"),
            Duration.ofMillis(1500),
            List.of(),
            new Inner(0, ""),
            Optional.of("~"),
            OptionalInt.of(0),
            OptionalDouble.of(Double.POSITIVE_INFINITY),
            OptionalLong.of(Long.MIN_VALUE));
    assertThat(Options.bind("x", DEFAULTS, Options.tree(odd))).isEqualTo(odd);
    assertThat(Options.bind("x", odd, Options.tree(DEFAULTS))).isEqualTo(DEFAULTS);
  }

  record Folders(Path log, Optional<Path> other, Path none) {}

  @Test
  void relativeDefaultsAreInTheRunsFolderAndNotInTheTree() {
    var folders = new Folders(Path.of("log"), Optional.of(Path.of("x")), Path.of(""));
    assertThat(Options.tree(folders).keys()).containsExactly("none");
    assertThat(Options.rebase(folders, Path.of("/run")))
        .isEqualTo(new Folders(Path.of("/run/log"), Optional.of(Path.of("/run/x")), Path.of("")));
  }

  @Test
  void optionsAreDescribedForPeople() {
    List<Option> options = Options.describe(DEFAULTS);
    assertThat(options)
        .contains(
            new Option("count", "integer", "1", "how many"),
            new Option("weight-decay", "number", "0.5", ""),
            new Option("type", "bf16|fp16|full-precision", "full-precision", ""),
            new Option("dir", "path", "''", ""),
            new Option("every", "duration", "90s", ""),
            new Option("channels", "list of integer", "[8, 16]", ""),
            new Option("inner.depth", "integer", "3", ""),
            new Option("tag", "text, or null", "null", ""),
            new Option("lr", "number, or null", "0.1", ""));
  }
}
