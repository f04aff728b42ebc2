package io.antiphon.text;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.TextWriter;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.core.spi.TokenizerProvider;
import io.antiphon.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A text whose next tokens are to be told.
///
/// ```
/// Text text = Text.read(manager, new Text.Options(Path.of("shakespeare.txt")));
/// Learner.builder().model(Rnn.of(new Rnn.Options(), text.tokenizer().size()))
///     .train(text.train()).valid(text.valid().orElseThrow()).callbacks(new ModelResetter()) …
/// ```
///
/// The first part of the text is for training, the rest for validation. Each part is cut into
/// streams side by side, see [StreamLoader]. The tokens are those of the whole text, so that
/// validation has none that training could not name.
public final class Text {
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
  static final String BYTE_ORDER_MARK = "\ufeff";

  private final StreamLoader train;
  private final Optional<StreamLoader> valid;
  private final TokenizerProvider fitted;
  private final Tokenizer tokenizer;

  /// Which text, and how it is cut.
  @Id("text")
  @Summary("a text by characters or other tokens, as streams side by side for a language model")
  public record Options(
      @Summary("the text, UTF-8") Path file,
      @Summary("share of the text, its end, for validation, in [0, 1)") double valid,
      @Summary("streams side by side, the samples of a batch, at least 1") int batchSize,
      @Summary("tokens of a sequence, through which gradients go back, at least 1") int length,
      @Summary("what the text is cut into") TokenizerProvider tokenizer)
      implements DataProvider, TextWriter {
    public Options {
      Check.below("valid", valid, 0, 1);
      Check.atLeast("batch-size", batchSize, 1);
      Check.atLeast("length", length, 1);
    }

    /// The file `text.txt`.
    public Options() {
      this(Path.of("text.txt"));
    }

    /// A text of which a fifth is for validation, in 64 streams and sequences of 64 characters.
    public Options(Path file) {
      this(file, 0.2, 64, 64, new Characters());
    }

    /// {@return the same with another file}
    public Options file(Path file) {
      return new Options(file, valid, batchSize, length, tokenizer);
    }

    /// {@return the same with another share for validation}
    public Options valid(double valid) {
      return new Options(file, valid, batchSize, length, tokenizer);
    }

    /// {@return the same with another number of streams side by side}
    public Options batchSize(int batchSize) {
      return new Options(file, valid, batchSize, length, tokenizer);
    }

    /// {@return the same with another length}
    public Options length(int length) {
      return new Options(file, valid, batchSize, length, tokenizer);
    }

    /// {@return the same, cut into other tokens}
    public Options tokenizer(TokenizerProvider tokenizer) {
      return new Options(file, valid, batchSize, length, tokenizer);
    }

    @Override
    public Data create(Setting setting) {
      Text text = Text.read(setting.manager(), this);
      return new Data(
          text.train,
          text.valid.map(loader -> loader),
          new Task(
              Task.Goal.LANGUAGE_MODEL, Task.of(text.train.inputShapes()), text.tokenizer.tokens()),
          Optional.of(new Options(Path.of(""), valid, batchSize, length, text.fitted)),
          List.of());
    }

    /// {@inheritDoc}
    ///
    /// The source is a text in UTF-8, cut into the training's tokens. It is in memory, and cut into
    /// streams side by side as that for training: as many, unless it is too short for that. What is
    /// left over at the end, see [StreamLoader], is not used.
    ///
    /// @throws DataException if it cannot be read, is too short for one sequence, or has what is
    ///   none of the tokens
    @Override
    public DataLoader read(Setting setting, Path source) {
      Tokenizer known = tokenizer.create();
      if (Files.notExists(source)) {
        throw new DataException("there is no file '%s'".formatted(source));
      }
      int[] tokens = encode(source, contents(source), known);
      int streams = Math.clamp(tokens.length / (length + 1), 1, batchSize);
      try {
        return StreamLoader.of(setting.manager(), tokens, streams, length).tokenizer(known);
      } catch (DataException e) {
        throw new DataException("'%s' is too short: %s".formatted(source, e.getMessage()), e);
      }
    }

    @Override
    public String write(
        Block model,
        Task task,
        NDManager manager,
        String prompt,
        int length,
        double temperature,
        long seed) {
      return new TextGenerator(model, tokenizer.create(), temperature)
          .write(manager, prompt, length, seed);
    }

    /// {@inheritDoc}
    ///
    /// A line is what ends with a line break, without it. Its tokens are told from a line break on,
    /// if that is a token; else from its first one on, which is not counted.
    ///
    /// @throws DataException if it cannot be read, or has what is none of the tokens
    @Override
    public void losses(Block model, Task task, NDManager manager, Path source, LineReader reader) {
      new LineLosses(model, tokenizer.create(), manager, reader).read(source);
    }
  }

  private Text(
      StreamLoader train,
      Optional<StreamLoader> valid,
      TokenizerProvider fitted,
      Tokenizer tokenizer) {
    this.train = train;
    this.valid = valid;
    this.fitted = fitted;
    this.tokenizer = tokenizer;
  }

  /// Reads a text.
  ///
  /// @param manager owns two arrays that live as long as the data, 4 bytes per token
  /// @param options which text, and how it is cut
  /// @throws DataException if there is no such file, it is no text in UTF-8, or it is too short
  public static Text read(NDManager manager, Options options) {
    String text = contents(options.file());
    TokenizerProvider fitted = options.tokenizer().fitted(text);
    Tokenizer tokenizer = fitted.create();
    int[] tokens = encode(options.file(), text, tokenizer);
    int first = tokens.length - (int) Math.round(tokens.length * options.valid());
    try {
      return new Text(
          part(manager, Arrays.copyOf(tokens, first), options, tokenizer),
          options.valid() == 0
              ? Optional.empty()
              : Optional.of(
                  part(
                      manager,
                      Arrays.copyOfRange(tokens, first, tokens.length),
                      options,
                      tokenizer)),
          fitted,
          tokenizer);
    } catch (DataException e) {
      throw new DataException(
          "'%s', of which %d %% are for validation, is too short: %s"
              .formatted(options.file(), Math.round(100 * options.valid()), e.getMessage()),
          e);
    }
  }

  private static int[] encode(Path file, String text, Tokenizer tokenizer) {
    try {
      return tokenizer.encode(text);
    } catch (IllegalArgumentException e) {
      throw new DataException("'%s': %s".formatted(file, e.getMessage()), e);
    }
  }

  private static StreamLoader part(
      NDManager manager, int[] tokens, Options options, Tokenizer tokenizer) {
    return StreamLoader.of(manager, tokens, options.batchSize(), options.length())
        .tokenizer(tokenizer);
  }

  private static String contents(Path file) {
    byte[] bytes;
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new DataException(
            "'%s' has more than %,d bytes; a text is kept in memory, so train on a part of it"
                .formatted(file, MOST_BYTES));
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new DataException(
          "there is no file '%s' for data.file; name another with --set data.file=FILE"
              .formatted(file),
          e);
    } catch (IOException e) {
      throw DataException.unreadable(file, e);
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      String text = decoder.decode(in).toString();
      if (text.isEmpty()) {
        throw new DataException("'%s' is empty".formatted(file));
      }
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw DataException.notUtf8(file, line, e);
    }
  }

  /// {@return the training part}
  public StreamLoader train() {
    return train;
  }

  /// {@return the validation part, if there is one}
  public Optional<StreamLoader> valid() {
    return valid;
  }

  /// {@return what the text is cut into}
  public Tokenizer tokenizer() {
    return tokenizer;
  }
}
