package io.antiphon.core.spi;

import java.util.List;

/// Cuts texts into tokens, which are counted from 0, and puts them together again.
///
/// It is used by one thread at a time.
public interface Tokenizer {
  /// {@return what the tokens are called, in the order of their indices; no two alike}
  List<String> tokens();

  /// {@return how many there are}
  default int size() {
    return tokens().size();
  }

  /// {@return the indices of a text's tokens, each less than [#size]}
  ///
  /// @throws IllegalArgumentException if a part of it is no token
  int[] encode(String text);

  /// {@return the text of tokens}
  String decode(int... tokens);
}
