package io.antiphon.text;

import io.antiphon.core.Check;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.core.spi.TokenizerProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Words as tokens: the frequent ones of a text, and one for all others, `<unk>`.
///
/// A text is cut as GPT-2 cuts it before it goes on with bytes (Radford et al. 2019, Language
/// Models are Unsupervised Multitask Learners): into letters, digits and other signs, each with the
/// space before it, and white space else. So tokens one after another are the text again, but for
/// words that are not known.
///
/// @param most how many tokens there are at most, `<unk>` with them, at least 2
/// @param known the words that there are, after `<unk>`, by frequency; empty for those of the text
@Id("words")
@Summary("each frequent word, with the space before it, is a token; all other words are one")
public record Words(
    @Summary("tokens at most, with <unk> for words that are none, at least 2") int most,
    @Summary("the words that there are; empty: the most frequent of the text") List<String> known)
    implements TokenizerProvider {
  /// What stands for a word that is not known.
  public static final String UNKNOWN = "<unk>";

  private static final Pattern WORD =
      Pattern.compile(
          " ?\\p{L}[\\p{L}\\p{M}']*| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\R|\\s+(?!\\S)|\\s+");

  public Words {
    known = List.copyOf(known);
    Check.atLeast("most", most, 2);
    if (known.stream().distinct().count() < known.size() || known.contains(UNKNOWN)) {
      throw new RefusedException("known", "known has a word twice, or " + UNKNOWN);
    }
  }

  /// At most 10,000 words.
  public Words() {
    this(10_000);
  }

  /// The most frequent words of the text.
  public Words(int most) {
    this(most, List.of());
  }

  private static List<String> split(String text) {
    return WORD.matcher(text).results().map(MatchResult::group).toList();
  }

  @Override
  public TokenizerProvider fitted(String text) {
    if (!known.isEmpty()) {
      return this;
    }
    var counts = new HashMap<String, Integer>();
    split(text).forEach(word -> counts.merge(word, 1, Integer::sum));
    counts.remove(UNKNOWN);
    List<String> frequent =
        counts.entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(most - 1L)
            .map(Map.Entry::getKey)
            .toList();
    return new Words(most, frequent);
  }

  @Override
  public Tokenizer create() {
    if (known.isEmpty()) {
      throw new IllegalStateException("the words are those of a text; see fitted");
    }
    var tokens = new ArrayList<String>();
    tokens.add(UNKNOWN);
    tokens.addAll(known);
    var indices = new HashMap<String, Integer>();
    tokens.forEach(token -> indices.put(token, indices.size()));
    return new Cut(List.copyOf(tokens), Map.copyOf(indices));
  }

  private record Cut(List<String> tokens, Map<String, Integer> indices) implements Tokenizer {
    @Override
    public int[] encode(String text) {
      return split(text).stream().mapToInt(word -> indices.getOrDefault(word, 0)).toArray();
    }

    @Override
    public String decode(int... all) {
      var text = new StringBuilder();
      for (int each : all) {
        text.append(tokens.get(each));
      }
      return text.toString();
    }

    @Override
    public String toString() {
      return "%,d words".formatted(tokens.size());
    }
  }
}
