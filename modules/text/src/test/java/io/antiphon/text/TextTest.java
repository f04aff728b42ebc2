package io.antiphon.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Learner;
import io.antiphon.core.Samples;
import io.antiphon.core.Scores;
import io.antiphon.core.options.Options;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.data.DataException;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Perplexity;
import io.antiphon.models.ModelResetter;
import io.antiphon.models.RecurrentLayers.Cell;
import io.antiphon.models.Rnn;
import io.antiphon.optim.Adam;
import io.antiphon.testkit.CallbackContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {
  @TempDir Path dir;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(dir.resolve("text.txt"), text);
  }

  private static List<String> batches(
      DataLoader loader, Tokenizer vocabulary, NDManager manager, int first) {
    var all = new ArrayList<String>();
    try (DataLoader.Batches batches = loader.open(1, 0, first)) {
      while (batches.hasNext()) {
        try (NDManager scratch = manager.newSubManager()) {
          Samples batch = batches.next(scratch);
          assertThat(scratch.getManagedArrays()).hasSize(2);
          all.add(
              text(batch.inputs().head().toLongArray(), vocabulary)
                  + ">"
                  + text(batch.targets().head().toLongArray(), vocabulary));
        }
      }
    }
    return all;
  }

  private static String text(long[] tokens, Tokenizer vocabulary) {
    var ints = new int[tokens.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = (int) tokens[i];
    }
    return vocabulary.decode(ints);
  }

  @Test
  void streamsRunSideBySideAndEachGoesOnInTheNextBatch() throws IOException {
    Text text =
        Text.read(
            manager, new Text.Options(file("abcdefghijklmnopqrstuv"), 0, 2, 3, new Characters()));
    assertThat(text.valid()).isEmpty();
    // two streams of 11: abcdefghijk and lmnopqrstuv
    assertThat(batches(text.train(), text.tokenizer(), manager, 0))
        .containsExactly("abclmn>bcdmno", "defopq>efgpqr", "ghirst>hijstu");
    assertThat(batches(text.train(), text.tokenizer(), manager, 2))
        .containsExactly("ghirst>hijstu");
    assertThat(text.train().batches()).isEqualTo(3);
    assertThat(text.train().samples()).isEqualTo(6);
    assertThat(manager.getManagedArrays()).hasSize(1);
  }

  @Test
  void theEndOfTheTextIsForValidation() throws IOException {
    Text text =
        Text.read(manager, new Text.Options(file("aaaaaaaabb"), 0.2, 1, 1, new Characters()));
    assertThat(batches(text.train(), text.tokenizer(), manager, 0)).hasSize(7).containsOnly("a>a");
    assertThat(batches(text.valid().orElseThrow(), text.tokenizer(), manager, 0))
        .containsExactly("b>b");
  }

  @Test
  void aByteOrderMarkIsNoCharacterOfTheText() throws IOException {
    Text text = Text.read(manager, new Text.Options(file("\ufeff" + "ab".repeat(15_000))));
    assertThat(text.tokenizer().tokens()).containsExactly("a", "b");
  }

  @Test
  void aVocabularyIsTheCodePointsInOrder() {
    Vocabulary vocabulary = Vocabulary.of("zab🙂a");
    assertThat(vocabulary.tokens()).containsExactly("a", "b", "z", "🙂");
    assertThat(vocabulary.encode("🙂za")).containsExactly(3, 2, 0);
    assertThat(vocabulary.decode(3, 2, 0)).isEqualTo("🙂za");
    assertThatThrownBy(() -> vocabulary.encode("aé"))
        .hasMessage("the character 'é' (U+00E9) is not among the 4 of the vocabulary");
  }

  @Test
  void aTextThatIsMissingOrNoneOrTooShortIsRefused() throws IOException {
    Path none = dir.resolve("none.txt");
    assertThatThrownBy(() -> Text.read(manager, new Text.Options(none)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "there is no file '%s' for data.file; name another with --set data.file=FILE"
                .formatted(none));
    assertThatThrownBy(() -> Text.read(manager, new Text.Options(dir)))
        .hasMessage("'%s' is a folder, and a file is needed", dir);
    Path bytes = Files.write(dir.resolve("bytes"), new byte[] {'a', '\n', (byte) 0xff, 'c'});
    assertThatThrownBy(() -> Text.read(manager, new Text.Options(bytes)))
        .hasMessage("%s:2: the line is not UTF-8; save the file as UTF-8", bytes);
    Path empty = Files.write(dir.resolve("empty"), new byte[0]);
    assertThatThrownBy(() -> Text.read(manager, new Text.Options(empty)))
        .hasMessage("'%s' is empty", empty);
    Path small = file("too short");
    assertThatThrownBy(() -> Text.read(manager, new Text.Options(small)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "'%s', of which 20 %% are for validation, is too short: 7 tokens are too few for 64 streams of sequences of 64, which need 4,160; take a smaller batch-size or length"
                .formatted(small));
  }

  @Test
  void aProcessReadsItsOwnStreamsAndOneWithoutAnyComputesTheFirst() {
    int[] tokens = IntStream.range(0, 31).toArray();
    StreamLoader whole = StreamLoader.of(manager, tokens, 3, 4);
    for (int ranks : new int[] {1, 2, 3, 4}) {
      for (int first = 0; first < 2; first++) {
        long[] all = whole.open(0, 0, first).next(manager).inputs().head().toLongArray();
        var rows = new ArrayList<Long>();
        for (int rank = 0; rank < ranks; rank++) {
          Samples own = whole.share(rank, ranks).open(0, 0, first).next(manager);
          assertThat(own.part()).isEqualTo(Samples.Part.of(3, rank, ranks));
          assertThat(own.size()).isEqualTo(own.part().taken());
          assertThat(own.inputs().head().getShape()).isEqualTo(new Shape(own.size(), 4));
          assertThat(own.targets().head().sub(own.inputs().head()).toLongArray()).containsOnly(1);
          if (own.part().rows() > 0) {
            for (long token : own.inputs().head().toLongArray()) {
              rows.add(token);
            }
          }
        }
        assertThat(rows.stream().mapToLong(Long::longValue).toArray()).isEqualTo(all);
      }
    }
  }

  private Learner.Builder learner(Text text, Cell cell) {
    Block model = Rnn.of(new Rnn.Options(cell, 16, 48, 1, 0), text.tokenizer().size());
    return Learner.builder()
        .model(model)
        .loss(new CrossEntropy())
        .optimizer(Adam.of(1e-2))
        .train(text.train())
        .valid(text.valid().orElseThrow())
        .metrics(new Perplexity())
        .callbacks(new ModelResetter());
  }

  @Test
  void samplesKeepTheContractOfCallbacks() throws IOException {
    Text text =
        Text.read(
            manager, new Text.Options(file("abcabd".repeat(18)), 0.35, 4, 8, new Characters()));
    Path samples = dir.resolve("contract.txt");
    CallbackContract.of(() -> new SampleText(new SampleText.Options(samples, "ab", 5, 1)))
        .on(() -> learner(text, Cell.GRU))
        .verify();
    assertThat(Files.readString(samples)).startsWith("--- epoch 0\nab");
  }

  @Test
  void aModelLearnsATextAndWritesIt() throws IOException {
    String line = "the quick brown fox jumps over the lazy dog, ";
    for (Cell cell : Cell.values()) {
      Text text =
          Text.read(
              manager, new Text.Options(file(line.repeat(120)), 0.2, 8, 16, new Characters()));
      try (Learner learner = learner(text, cell).build()) {
        Scores before = learner.validate();
        assertThat(before.metrics().get("perplexity"))
            .isCloseTo(Math.exp(before.loss()), within(1e-3))
            .isCloseTo(text.tokenizer().size(), within(3.0));
        Path samples = dir.resolve("written/%s.txt".formatted(cell));
        learner.fit(20, new SampleText(new SampleText.Options(samples, "the ", 41, 0)));
        Scores after = learner.validate();
        assertThat(after.metrics().get("perplexity")).as(cell.name()).isLessThan(1.3);
        assertThat(Files.readString(samples))
            .startsWith("--- epoch 0\nthe ")
            .endsWith("--- epoch 19\n" + line + "\n");
        var generator = new TextGenerator(learner.model(), text.tokenizer(), 1);
        int arrays = learner.manager().getManagedArrays().size();
        assertThat(generator.write(learner.manager(), "the", 30, 5))
            .hasSize(33)
            .isEqualTo(generator.write(learner.manager(), "the", 30, 5))
            .isNotEqualTo(generator.write(learner.manager(), "fox", 30, 5));
        assertThat(learner.manager().getManagedArrays()).hasSize(arrays);
      }
    }
  }

  @Test
  void dataWithoutATokenizerAreRefusedBeforeTheRun() throws IOException {
    Text text =
        Text.read(manager, new Text.Options(file("abcabcabcabc"), 0.5, 1, 2, new Characters()));
    var plain = StreamLoader.of(manager, new int[] {0, 1, 2, 0, 1}, 1, 2);
    var sample = new SampleText(new SampleText.Options(dir.resolve("s"), "xyz", 3, 1));
    try (Learner learner = learner(text, Cell.GRU).build()) {
      assertThatThrownBy(() -> learner.check(sample))
          .hasMessageContaining("the character 'x' (U+0078) is not among the 3");
      learner.trainData(plain);
      assertThatThrownBy(() -> learner.check(sample))
          .hasMessageContaining("sample-text needs data with a tokenizer, as 'text' gives");
    }
  }

  @Test
  void realTextIsLearned() throws IOException {
    String file = System.getProperty("antiphon.shakespeare");
    if (file == null || file.isEmpty()) {
      System.out.println(
          "left out: antiphon.shakespeare does not name a file with Shakespeare's plays");
      return;
    }
    String part = Files.readString(Path.of(file)).substring(0, 60_000);
    Text text = Text.read(manager, new Text.Options(file(part), 0.2, 16, 32, new Characters()));
    try (Learner learner = learner(text, Cell.GRU).build()) {
      learner.fit(2);
      assertThat(learner.validate().metrics().get("perplexity")).isLessThan(12);
    }
  }

  @Test
  void whatIsFittedReadsOtherTextsByTheSameCharactersAndSurvivesAFile() throws IOException {
    String line = "a: \"b\", 'c'\n#\té\u2028😀 ";
    var options = new Text.Options(file(line.repeat(20))).batchSize(2).length(4);
    var fitted = (Text.Options) options.create(new Setting(manager, 1)).fitted().orElseThrow();
    Text.Options again = Options.bind("data 'text'", new Text.Options(), Options.tree(fitted));
    assertThat(again).isEqualTo(fitted);
    var loader = (StreamLoader) again.read(new Setting(manager, 1), file("aaaa\"\"\"\"b"));
    assertThat(loader.inputShapes()).containsExactly(new Shape(1, 4));
    Tokenizer vocabulary = loader.tokenizer().orElseThrow();
    assertThat(vocabulary).isEqualTo(Vocabulary.of(line));
    try (var batches = loader.open(0, 0, 1)) {
      Samples second = batches.next(manager);
      assertThat(vocabulary.decode(ints(second.inputs().head()))).isEqualTo("\"\"\"\"");
      assertThat(vocabulary.decode(ints(second.targets().head()))).isEqualTo("\"\"\"b");
    }
    Path other = file("abz");
    assertThatThrownBy(() -> again.read(new Setting(manager, 1), other))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "'%s': the character 'z' (U+007A) is not among the".formatted(other));
    Path small = file("ab");
    assertThatThrownBy(() -> again.read(new Setting(manager, 1), small))
        .hasMessageStartingWith("'%s' is too short: 2 tokens are too few".formatted(small));
    assertThatThrownBy(() -> again.read(new Setting(manager, 1), dir.resolve("none")))
        .hasMessage("there is no file '%s'".formatted(dir.resolve("none")));
    assertThatThrownBy(() -> options.read(new Setting(manager, 1), small))
        .isInstanceOf(IllegalStateException.class);
  }

  private static int[] ints(NDArray tokens) {
    return Arrays.stream(tokens.toLongArray()).mapToInt(i -> (int) i).toArray();
  }

  @Test
  void theLossOfALineIsThatOfItsCharactersAfterALineBreak() throws IOException {
    Vocabulary vocabulary = Vocabulary.of("\nabcd");
    Block model = Rnn.of(new Rnn.Options(Cell.LSTM, 8, 12, 2, 0), vocabulary.size());
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
    var lines = new ArrayList<>(List.of("abca", "", "d", "abcd".repeat(170)));
    for (int i = 0; i < 70; i++) {
      lines.add("dcba".substring(i % 3));
    }
    Path file = file("\ufeff" + String.join("\n", lines));
    int kept = manager.getManagedArrays().size();
    var losses = new TreeMap<Integer, Double>();
    new Text.Options(file)
        .tokenizer(new Characters("\nabcd"))
        .losses(
            model,
            new Task(
                Task.Goal.LANGUAGE_MODEL, Task.of(List.of(new Shape(1, 4))), vocabulary.tokens()),
            manager,
            file,
            losses::put);
    assertThat(manager.getManagedArrays()).hasSize(kept);
    assertThat(losses).hasSize(lines.size() - 1).doesNotContainKey(1);
    for (int i : List.of(0, 2, 3, 4, 5, 73)) {
      int[] tokens = vocabulary.encode("\n" + lines.get(i));
      int[] after = Arrays.copyOfRange(tokens, 1, tokens.length);
      ModelResetter.reset(model);
      try (NDManager scratch = manager.newSubManager()) {
        NDArray input =
            scratch.create(Arrays.copyOf(tokens, after.length), new Shape(1, after.length));
        NDList logits =
            model.forward(
                new ParameterStore(scratch, false),
                new NDList(input.toType(DataType.INT64, false)),
                false);
        NDArray targets = scratch.create(after, new Shape(1, after.length));
        float expected = new CrossEntropy().loss(logits, new NDList(targets)).getFloat();
        assertThat(losses.get(i)).as(lines.get(i)).isCloseTo(expected, within(1e-5));
      }
    }
    ModelResetter.reset(model);
  }

  @Test
  void frequentWordsAreTokensThatMakeTheTextAgain() throws IOException {
    String line = "The cat's 12 cats, and the cat.\n\n  The end!\n";
    Tokenizer all = new Words().fitted(line).create();
    assertThat(all.decode(all.encode(line))).isEqualTo(line);
    assertThat(all.tokens())
        .startsWith("<unk>", "\n")
        .contains("The", " cat's", " 12", " cat", ".");
    assertThat(all.decode(all.encode("The dog, and the end"))).isEqualTo("The<unk>, and the end");
    var few = (Words) new Words(3).fitted("a b a b a c");
    assertThat(few.known()).as("as frequent, so by name").containsExactly(" a", " b");
    assertThat(few.fitted("another text")).isEqualTo(few);
    assertThat(few.create().encode("a b c a")).containsExactly(0, 2, 0, 1);
    assertThatThrownBy(() -> new Words().create()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Words(3, List.of("a", "a"))).hasMessageContaining("twice");
    assertThatThrownBy(() -> new Words(1)).hasMessageContaining("most");

    var options = new Text.Options(file(line.repeat(20))).batchSize(2).length(4);
    var fitted =
        (Text.Options)
            options.tokenizer(new Words()).create(new Setting(manager, 1)).fitted().orElseThrow();
    Text.Options again = Options.bind("data 'text'", new Text.Options(), Options.tree(fitted));
    assertThat(again).isEqualTo(fitted);
    assertThat(again.tokenizer()).isInstanceOf(Words.class);
  }
}
