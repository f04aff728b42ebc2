package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    refused("a: &x [*x]\n", "e.yaml:1:4: this holds itself, or is too deep");
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
