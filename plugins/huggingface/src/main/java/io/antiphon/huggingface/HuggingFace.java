package io.antiphon.huggingface;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.core.spi.TokenizerProvider;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The tokenizer that a `tokenizer.json` of Hugging Face describes: byte-pair encoding, WordPiece,
/// Unigram or words, with what comes before and after.
///
/// ```yaml
/// data: { use: text, file: shakespeare.txt, tokenizer: { use: huggingface, file: tokenizer.json } }
/// ```
///
/// Nothing is downloaded. Tokens that the file would add around a text, as `[CLS]`, are left out,
/// and so are its truncation and padding: a text is all of its tokens. A finished model keeps what
/// is in the file.
@Id("huggingface")
@Summary("the tokenizer that a tokenizer.json of Hugging Face describes")
public record HuggingFace(
    @Summary("the tokenizer.json") Path file,
    @Summary("what is in that file, as a finished model keeps it; empty: it is read")
        String content)
    implements TokenizerProvider {
  private static final String OPTION = "tokenizer";

  /// The file `tokenizer.json`.
  public HuggingFace() {
    this(Path.of("tokenizer.json"));
  }

  /// The tokenizer of a file.
  public HuggingFace(Path file) {
    this(file, "");
  }

  @Override
  public TokenizerProvider fitted(String text) {
    return content.isEmpty() ? new HuggingFace(Path.of(""), read()) : this;
  }

  /// {@inheritDoc}
  ///
  /// @throws IllegalArgumentException if the file is not there, or describes no tokenizer
  @Override
  public Tokenizer create() {
    return new FileTokenizer(content.isEmpty() ? read() : content, name());
  }

  private String name() {
    return content.isEmpty() ? "'%s'".formatted(file) : "the tokenizer";
  }

  private String read() {
    String json;
    try {
      json = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new RefusedException(
          OPTION,
          "there is no file '%s', a tokenizer.json of Hugging Face; nothing is downloaded"
              .formatted(file),
          e);
    } catch (CharacterCodingException e) {
      throw new RefusedException(OPTION, "'%s' is no text in UTF-8".formatted(file), e);
    } catch (IOException e) {
      throw new RefusedException(OPTION, "'%s' cannot be read: %s".formatted(file, e), e);
    }
    try {
      return JsonParser.parseString(json).toString();
    } catch (JsonParseException e) {
      throw new RefusedException(OPTION, "'%s' is no JSON: %s".formatted(file, e.getMessage()), e);
    }
  }
}
