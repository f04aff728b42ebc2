package io.antiphon.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.FinishedModel;
import io.antiphon.experiment.Run;
import io.antiphon.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceTest {
  private static final String LINE = "the quick brown fox – jumps over the lazy dog é\n";

  @TempDir Path folder;

  /// A byte-level BPE tokenizer with some merges, as GPT-2's is: every byte is a token.
  private Path bytes(String... merges) throws IOException {
    var vocabulary = new JsonObject();
    int printable = 0;
    for (int each = 0; each < 256; each++) {
      boolean isShown = each >= '!' && each <= '~' || each >= 0xa1 && each <= 0xff && each != 0xad;
      int shown = isShown ? each : 256 + printable++;
      vocabulary.addProperty(Character.toString(shown), each);
    }
    var pairs = new JsonArray();
    for (String merge : merges) {
      pairs.add(merge);
      vocabulary.addProperty(merge.replace(" ", ""), vocabulary.size());
    }
    var model = new JsonObject();
    model.addProperty("type", "BPE");
    model.add("vocab", vocabulary);
    model.add("merges", pairs);
    var level = new JsonObject();
    level.addProperty("type", "ByteLevel");
    level.addProperty("add_prefix_space", false);
    level.addProperty("trim_offsets", true);
    level.addProperty("use_regex", true);
    var special = new JsonObject();
    special.addProperty("id", vocabulary.size());
    special.addProperty("content", "<|end|>");
    special.addProperty("special", true);
    for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      special.addProperty(flag, false);
    }
    var added = new JsonArray();
    added.add(special);
    var file = new JsonObject();
    file.addProperty("version", "1.0");
    file.add("added_tokens", added);
    file.add("pre_tokenizer", level);
    file.add("decoder", level);
    file.add("model", model);
    return Files.writeString(folder.resolve("tokenizer.json"), file.toString());
  }

  private Path words() throws IOException {
    return Files.writeString(
        folder.resolve("words.json"),
        """
        { "version": "1.0", "pre_tokenizer": { "type": "Whitespace" },
          "model": { "type": "WordLevel", "vocab": { "[UNK]": 0, "the": 1, "fox": 3 }, "unk_token": "[UNK]" } }
        """);
  }

  @Test
  void bytesAndTheirMergesAreTokensThatMakeTheTextAgain() throws IOException {
    Tokenizer tokenizer = new HuggingFace(bytes("t h", "th e", "Ġ the")).create();
    assertThat(tokenizer.tokens()).hasSize(260).endsWith("th", "the", "Ġthe", "<|end|>");
    assertThat(tokenizer.encode("the the")).containsExactly(257, 258);
    String whole = LINE.repeat(400); // many more tokens than models of Hugging Face take
    assertThat(tokenizer.encode(whole)).hasSizeGreaterThan(10_000);
    assertThat(tokenizer.decode(tokenizer.encode(whole))).isEqualTo(whole);
    assertThat(tokenizer).hasToString("260 tokens of Hugging Face");
  }

  @Test
  void longTextsAreCutPieceByPiece() throws IOException {
    Tokenizer tokenizer = new HuggingFace(bytes("t h")).create();
    String long_ = LINE.repeat(25_000);
    assertThat(tokenizer.decode(tokenizer.encode(long_))).isEqualTo(long_);
  }

  @Test
  void wordsThatTheFileDoesNotHaveAreItsUnknownOne() throws IOException {
    Tokenizer tokenizer = new HuggingFace(words()).create();
    assertThat(tokenizer.tokens()).containsExactly("[UNK]", "the", "<2>", "fox");
    assertThat(tokenizer.encode("the dog the fox")).containsExactly(1, 0, 1, 3);
    assertThat(tokenizer.decode(1, 3)).isEqualTo("the fox");
  }

  @Test
  void whatIsNoTokenizerIsRefusedInASentence() throws IOException {
    Path none = folder.resolve("none.json");
    assertThatThrownBy(() -> new HuggingFace(none).fitted(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "there is no file '%s', a tokenizer.json of Hugging Face; nothing is downloaded", none);
    Path json =
        Files.writeString(folder.resolve("other.json"), "{\"model\": {\"vocab\": {\"a\": 0}}}");
    assertThatThrownBy(() -> new HuggingFace(json).create())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "'%s' cannot be used as a tokenizer of Hugging Face: ".formatted(json));
    Path text = Files.writeString(folder.resolve("text.json"), "{ no");
    assertThatThrownBy(() -> new HuggingFace(text).fitted(""))
        .hasMessageStartingWith("'%s' is no JSON: ".formatted(text));
  }

  @Test
  void aFinishedModelKeepsTheTokenizerAndWritesWithIt() throws IOException {
    Files.writeString(folder.resolve("text.txt"), LINE.repeat(40));
    bytes("t h", "th e", "Ġ the");
    String yaml =
        """
        device: cpu
        data: { use: text, file: text.txt, batch-size: 4, length: 8, tokenizer: { use: huggingface, file: tokenizer.json } }
        model: { use: rnn, embedding: 8, hidden: 16, layers: 1 }
        loss: cross-entropy
        optimizer: adam
        fit: { epochs: 1 }
        metrics: [perplexity]
        """;
    Catalog catalog = Catalog.boot();
    var experiment = ExperimentFile.parse(yaml, new Place("test", 0, 0, folder)).resolve(catalog);
    assertThat(experiment.modules()).contains("io.antiphon.huggingface", "io.antiphon.text");
    assertThat(experiment.yaml()).contains("tokenizer:", "use: huggingface");
    try (Run run = Run.of(experiment, folder.resolve("run"), _ -> {})) {
      run.train();
    }
    Files.delete(folder.resolve("tokenizer.json"));
    Path copy = folder.resolve("copy");
    Files.move(folder.resolve("run/model"), copy);
    try (FinishedModel model = FinishedModel.open(copy, catalog)) {
      assertThat(model.task().names()).hasSize(260);
      assertThat(model.write("the dog", 5, 1, 3)).startsWith("the dog");
      var lines = new ArrayList<String>();
      model.predict(folder.resolve("text.txt"), each -> lines.add(each.toString()));
      assertThat(lines).hasSize(40);
    }
    assertThatThrownBy(() ->
            ExperimentFile.parse(
                    yaml.replace("huggingface", "hugingface"), new Place("test", 0, 0, folder))
                .resolve(catalog))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("there is no tokenizer 'hugingface'; did you mean 'huggingface'?");
  }

  @Test
  void whatIsFittedSurvivesAFile() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), LINE.repeat(40));
    Text.Options options =
        new Text.Options(text).batchSize(2).length(4).tokenizer(new HuggingFace(bytes("t h")));
    try (NDManager manager = NDManager.newBaseManager()) {
      var fitted = (Text.Options) options.create(new Setting(manager, 1)).fitted().orElseThrow();
      Text.Options again = Options.bind("data 'text'", new Text.Options(), Options.tree(fitted));
      assertThat(again).isEqualTo(fitted);
    }
  }
}
