package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YamlTest {
  private static final Place FILE = new Place("e.yaml", 0, 0, Path.of("/base"));

  @TempDir Path temporary;

  private static Node.Mapping read(String text) {
    return Yaml.mapping(text, FILE);
  }

  private static void refused(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .as(text)
        .isInstanceOf(OptionException.class)
        .hasMessage(message);
  }

  @Test
  void everyNodeHasItsPlace() {
    Node.Mapping tree = read("name: a\nfit:\n  epochs: [1, 2]\n");
    assertThat(tree.entries().getFirst().place()).hasToString("e.yaml:1:1");
    assertThat(tree.get("name").orElseThrow().place()).hasToString("e.yaml:1:7");
    Node.Mapping fit = (Node.Mapping) tree.get("fit").orElseThrow();
    assertThat(fit.entries().getFirst().place()).hasToString("e.yaml:3:3");
    Node.Sequence epochs = (Node.Sequence) fit.get("epochs").orElseThrow();
    assertThat(epochs.items().get(1).place()).hasToString("e.yaml:3:15");
    assertThat(epochs.place().base()).isEqualTo(Path.of("/base"));
  }

  @Test
  void quotesMakeATextOfAnything() {
    Node.Mapping tree = read("a: 'null'\nb: null\nc:\nd: \"~\"\n");
    assertThat(((Node.Scalar) tree.get("a").orElseThrow()).isNull()).isFalse();
    assertThat(((Node.Scalar) tree.get("b").orElseThrow()).isNull()).isTrue();
    assertThat(((Node.Scalar) tree.get("c").orElseThrow()).isNull()).isTrue();
    assertThat(((Node.Scalar) tree.get("d").orElseThrow()).isNull()).isFalse();
  }

  @Test
  void anchorsAreFollowed() {
    Node.Mapping tree = read("a: &x {b: 1}\nc: *x\n");
    assertThat(tree.get("c")).isEqualTo(tree.get("a"));
  }

  @Test
  void whatIsWrongIsToldInOneSentence() {
    refused("", "e.yaml: the file is empty");
    refused("# nothing\n", "e.yaml: the file is empty");
    refused(
        "- a\n- b\n",
        "e.yaml:1:1: an experiment is a mapping, 'name: value' on each line, not a list");
    refused(
        "text", "e.yaml:1:1: an experiment is a mapping, 'name: value' on each line, not 'text'");
    refused("a: 1\nb: 2\na: 3\n", "e.yaml:3:1: 'a' is given twice, first in line 1; leave one out");
    refused("a:\n\tb: 1\n", "e.yaml:2:1: this is not YAML: a tab cannot indent; use spaces");
    refused("? [a]\n: 1\n", "e.yaml:1:3: a name is a single word, not a list or a mapping");
    refused(
        "a: &x [*x]\n", "e.yaml:1:4: this holds itself, or is too deep; 50 levels are the most");
    refused(
        "a: 1\nb\u001b: 2\n",
        "e.yaml:2:2: this is not YAML: the character U+001B may stand in it only as an escape in"
            + " double quotes");
    refused("x".repeat(101) + ": 1\n", "e.yaml:1:1: a name has at most 100 characters, not 101");
  }

  @Test
  void whatIsNestedTooDeepIsToldWithItsPlaceHoweverDeepItIs() {
    for (int depth : new int[] {50, 1_000, 500_000}) {
      refused(
          "a: " + "[".repeat(depth),
          "e.yaml:1:53: this holds itself, or is too deep; 50 levels are the most");
      refused(
          "a:\n  " + "- ".repeat(depth) + "x\n",
          "e.yaml:2:101: this holds itself, or is too deep; 50 levels are the most");
    }
    assertThat(read("a: " + "[".repeat(49) + "]".repeat(49)).keys()).containsExactly("a");
    Place option = new Place("--set a=…", 0, 0, Path.of("/base"));
    assertThatThrownBy(() -> Yaml.value("{a: ".repeat(100_000), option))
        .isInstanceOf(OptionException.class)
        .hasMessage("--set a=…: this holds itself, or is too deep; 50 levels are the most");
  }

  @Test
  void aliasesCountAsOftenAsTheyAreUsed() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String alias = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, (alias + ", ").repeat(9) + alias));
    }
    assertThatThrownBy(() -> read(bomb.toString()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining(
            "these are more than 100000 values, an alias counted as often as it is used");
  }

  @Test
  void everyTextIsWrittenSoThatItIsReadAgain() {
    for (String value :
        List.of(
            "- a",
            "---",
            "...",
            "?",
            "a: b",
            "a, b",
            "[x",
            "#",
            "0x1f",
            "1e3",
            "null",
            "~",
            "",
            " a ",
            "a\nb",
            "\u2028",
            "\ufeff",
            "\u202e",
            "\ud83d\ude00",
            "\ud83d",
            "\u0085",
            "\uffff",
            "'",
            "\"",
            "\\",
            "*a",
            "&a",
            "!a",
            "@",
            "%a",
            "\u001b[2J")) {
      for (boolean quoted : new boolean[] {true, false}) {
        Node.Scalar text = new Node.Scalar(FILE, value, quoted);
        var tree =
            new Node.Mapping(
                FILE,
                List.of(
                    new Node.Entry("plain", FILE, text),
                    new Node.Entry("list", FILE, new Node.Sequence(FILE, List.of(text, text))),
                    new Node.Entry(value, FILE, text)));
        String written = YamlText.of(tree);
        assertThat(read(written)).as(written).isEqualTo(tree);
        assertThat(Sentence.shown(written.replace("\n", ""))).isEqualTo(written.replace("\n", ""));
      }
    }
  }

  @Test
  void brokenYamlNamesItsPlace() {
    assertThatThrownBy(() -> read("a: [1, 2\nb: 3\n"))
        .isInstanceOf(OptionException.class)
        .hasMessageStartingWith("e.yaml:2:")
        .hasMessageContaining("this is not YAML: ");
    assertThatThrownBy(() -> read("a: 1\n---\nb: 2\n"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("this is not YAML: ");
  }

  @Test
  void filesThatCannotBeReadAreToldSo() throws IOException {
    Path missing = temporary.resolve("missing.yaml");
    assertThatThrownBy(() -> Yaml.read(missing)).hasMessage(missing + ": there is no such file");
    assertThatThrownBy(() -> Yaml.read(temporary))
        .hasMessage(temporary + ": that is a folder, not a file");
    Path bytes = temporary.resolve("bytes.yaml");
    Files.write(bytes, new byte[] {'a', ':', ' ', (byte) 0xff, (byte) 0xfe});
    assertThatThrownBy(() -> Yaml.read(bytes))
        .hasMessage(bytes + ": the file is not text in UTF-8");
  }

  @Test
  void whatIsWrittenReadsTheSame() {
    String text =
        """
        name: "a b"
        list: [1, 2.5, "x: y", "null", null, ""]
        nothing: []
        deep:
          inner:
            path: /tmp/a-b_c.d
            odd: "tab\\x09 quote \\" back \\\\ é"
        items:
          - use: mixup
            alpha: 0.4
            nested:
              a: 1
          - plain
          - {}
        """;
    Node.Mapping tree = read(text);
    String written = YamlText.of(tree);
    assertThat(read(written)).as(written).isEqualTo(tree);
  }
}
