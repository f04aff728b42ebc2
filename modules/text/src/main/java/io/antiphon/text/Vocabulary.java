package io.antiphon.text;

import io.antiphon.core.spi.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The characters of a text, counted from 0 in the order of their code points.
///
/// A character is a Unicode code point.
public final class Vocabulary implements Tokenizer {
  private final int[] characters;
  private final Map<Integer, Integer> index = new HashMap<>();

  private Vocabulary(int[] characters) {
    this.characters = characters;
    for (int i = 0; i < characters.length; i++) {
      index.put(characters[i], i);
    }
  }

  /// {@return the characters that a text has}
  public static Vocabulary of(String text) {
    return new Vocabulary(text.codePoints().sorted().distinct().toArray());
  }

  /// {@return how many characters there are}
  @Override
  public int size() {
    return characters.length;
  }

  /// {@return the characters, in the order of their indices}
  @Override
  public List<String> tokens() {
    return Arrays.stream(characters).mapToObj(Character::toString).toList();
  }

  /// {@return the indices of a text's characters}
  ///
  /// @throws IllegalArgumentException if it has one that is not here
  @Override
  public int[] encode(String text) {
    return text.codePoints().map(this::indexOf).toArray();
  }

  private int indexOf(int character) {
    Integer found = index.get(character);
    if (found == null) {
      throw new IllegalArgumentException(
          "the character '%s' (U+%04X) is not among the %d of the vocabulary"
              .formatted(Character.toString(character), character, characters.length));
    }
    return found;
  }

  /// {@return the text of indices}
  @Override
  public String decode(int... indices) {
    var text = new StringBuilder();
    for (int i : indices) {
      text.appendCodePoint(characters[i]);
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vocabulary that && Arrays.equals(characters, that.characters);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(characters);
  }

  @Override
  public String toString() {
    return "%d characters".formatted(size());
  }
}
