import org.jspecify.annotations.NullMarked;

/// Texts as data for language models, and texts sampled from such models.
///
/// @provides io.antiphon.core.spi.CallbackProvider `sample-text`
/// @provides io.antiphon.core.spi.DataProvider `text`
/// @provides io.antiphon.core.spi.TokenizerProvider `characters`, `words`
@NullMarked
module io.antiphon.text {
  requires transitive io.antiphon.data;
  requires transitive io.antiphon.models;
  requires static transitive org.jspecify;

  exports io.antiphon.text;

  opens io.antiphon.text to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.text.SampleText.Options;
  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.text.Text.Options;
  provides io.antiphon.core.spi.TokenizerProvider with
      io.antiphon.text.Characters,
      io.antiphon.text.Words;
}
