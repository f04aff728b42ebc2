package io.antiphon.core.spi;

/// Ways to cut texts into tokens that can be named: the record of their options makes them.
///
/// Data of texts have one as an option: `tokenizer: characters`.
public non-sealed interface TokenizerProvider extends Provider {
  /// {@return the same options with nothing left to be found out, in a text or a file: what a
  /// finished model keeps}
  ///
  /// @param text the text that is trained on, with what is for validation
  /// @throws IllegalArgumentException if it fits none of these options: a sentence
  TokenizerProvider fitted(String text);

  /// {@return a tokenizer}
  ///
  /// @throws IllegalStateException if these options leave open what a text would tell
  Tokenizer create();
}
