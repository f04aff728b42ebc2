package io.antiphon.text;

import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.core.spi.TokenizerProvider;

/// Characters as tokens, see [Vocabulary].
///
/// @param known the characters that there are; empty for those of the text that is trained on
@Id("characters")
@Summary("each character is a token")
public record Characters(
    @Summary("the characters that there may be; empty: those of the text") String known)
    implements TokenizerProvider {
  /// The characters of the text.
  public Characters() {
    this("");
  }

  @Override
  public TokenizerProvider fitted(String text) {
    String all = known.isEmpty() ? text : known;
    return new Characters(String.join("", Vocabulary.of(all).tokens()));
  }

  @Override
  public Tokenizer create() {
    if (known.isEmpty()) {
      throw new IllegalStateException("the characters are those of a text; see fitted");
    }
    return Vocabulary.of(known);
  }
}
