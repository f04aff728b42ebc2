package io.antiphon.experiment;

/// What every refusal of a user's words is.
public final class Refusal {
  private Refusal() {}

  /// @param place what it must begin with
  public static void check(Throwable refusal, String place) {
    String sentence = Sentence.of(refusal);
    if (!sentence.startsWith(place)) {
      throw new AssertionError("no place: " + sentence, refusal);
    }
    if (sentence.codePoints().anyMatch(Character::isISOControl)) {
      throw new AssertionError("a terminal would obey: " + sentence, refusal);
    }
  }

  /// @param part what it must hold
  public static void checkHolds(Throwable refusal, String part) {
    check(refusal, "");
    if (!Sentence.of(refusal).contains(part)) {
      throw new AssertionError("'%s' is not named".formatted(part), refusal);
    }
  }
}
