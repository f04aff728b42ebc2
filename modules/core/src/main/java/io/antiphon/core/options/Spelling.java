package io.antiphon.core.options;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds what was meant by a misspelt name.
public final class Spelling {
  private Spelling() {}

  /// {@return the known name nearest to a word, if one is near enough: at most one edit for every
  /// three letters, or one begins with the other}
  public static Optional<String> nearest(String word, Collection<String> names) {
    String lower = word.toLowerCase(Locale.ROOT).replace('_', '-');
    return names.stream()
        .filter(name -> isNear(lower, name.toLowerCase(Locale.ROOT)))
        .min(
            Comparator.<String>comparingInt(name -> distance(lower, name.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /// {@return the clause that ends a sentence about an unknown name: the nearest known name if
  /// there is one, and all: `; did you mean 'alpha'? It has alpha, seed`}
  ///
  /// @param word the unknown name
  /// @param names the known ones
  /// @param lead what introduces them: `it has`
  public static String hint(String word, Collection<String> names, String lead) {
    String all = (names.isEmpty() ? "none" : String.join(", ", names));
    return nearest(word, names)
        .map(name ->
            "; did you mean '%s'? %s%s %s"
                .formatted(
                    name, lead.substring(0, 1).toUpperCase(Locale.ROOT), lead.substring(1), all))
        .orElse("; " + lead + " " + all);
  }

  private static boolean isNear(String word, String name) {
    boolean begins = word.length() >= 3 && (name.startsWith(word) || word.startsWith(name));
    int longer = Math.max(word.length(), name.length());
    return (begins && !name.isEmpty())
        || distance(word, name) <= Math.min(longer - 1, Math.max(1, longer / 3));
  }

  /// Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment).
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least =
            Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, cost[i - 2][j - 2] + 1);
        }
        cost[i][j] = least;
      }
    }
    return cost[a.length()][b.length()];
  }
}
