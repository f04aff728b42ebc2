package io.antiphon.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The characters of a text, counted from 0 in the order of their code points.
///
/// A character is a Unicode code point.
public final class Vocabulary {
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
  public int size() {
    return characters.length;
  }

  /// {@return the characters, in the order of their indices}
  public List<String> characters() {
    return Arrays.stream(characters).mapToObj(Character::toString).toList();
  }

  /// {@return whether a character is here}
  boolean has(int character) {
    return index.containsKey(character);
  }

  /// {@return the indices of a text's characters}
  ///
  /// @throws IllegalArgumentException if it has one that is not here
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
