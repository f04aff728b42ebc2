package io.antiphon.huggingface;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.antiphon.core.RefusedException;
import io.antiphon.core.spi.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// A tokenizer of DJL, whose native part goes with this.
final class FileTokenizer implements Tokenizer {
  private static final Cleaner CLEANER = Cleaner.create();

  /// How many characters are cut at once, up to the end of a line: what DJL says of each token
  /// takes a hundred times as much memory as its index.
  private static final int PIECE = 1 << 20;

  private static final Map<String, String> WHOLE =
      Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final List<String> tokens;

  FileTokenizer(String json, String name) {
    try {
      tokens = tokens(JsonParser.parseString(json).getAsJsonObject());
      var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
      tokenizer = HuggingFaceTokenizer.newInstance(in, WHOLE);
    } catch (IOException | RuntimeException e) {
      throw new RefusedException(
          "tokenizer",
          "%s cannot be used as a tokenizer of Hugging Face: %s".formatted(name, e.getMessage()),
          e);
    }
    HuggingFaceTokenizer own = tokenizer;
    CLEANER.register(this, own::close);
  }

  /// {@return the tokens by their indices; an index that none has is named by its number}
  private static List<String> tokens(JsonObject file) {
    var all = new TreeMap<Integer, String>();
    JsonElement vocabulary = file.getAsJsonObject("model").get("vocab");
    if (vocabulary instanceof JsonArray scored) { // Unigram
      for (JsonElement each : scored) {
        all.put(all.size(), each.getAsJsonArray().get(0).getAsString());
      }
    } else {
      vocabulary.getAsJsonObject().asMap().forEach((token, id) -> all.put(id.getAsInt(), token));
    }
    if (file.get("added_tokens") instanceof JsonArray added) {
      for (JsonElement each : added) {
        JsonObject token = each.getAsJsonObject();
        all.put(token.get("id").getAsInt(), token.get("content").getAsString());
      }
    }
    if (all.isEmpty() || all.firstKey() < 0) {
      throw new IllegalArgumentException("it has no tokens, or one with an index below 0");
    }
    return IntStream.rangeClosed(0, all.lastKey())
        .mapToObj(i -> all.getOrDefault(i, "<" + i + ">"))
        .toList();
  }

  @Override
  public List<String> tokens() {
    return tokens;
  }

  @Override
  public int[] encode(String text) {
    var pieces = new ArrayList<long[]>();
    for (int from = 0; from < text.length(); ) {
      int line = text.indexOf('\n', Math.min(text.length(), from + PIECE));
      int to = line < 0 ? text.length() : line + 1;
      pieces.add(piece(text.substring(from, to)));
      from = to;
    }
    int[] all = pieces.stream().flatMapToLong(Arrays::stream).mapToInt(Math::toIntExact).toArray();
    for (int each : all) {
      if (each >= tokens.size()) {
        throw new IllegalArgumentException(
            "the tokenizer gives token %d, and has %,d".formatted(each, tokens.size()));
      }
    }
    return all;
  }

  private long[] piece(String text) {
    try {
      return tokenizer.encode(text, false, false).getIds();
    } catch (RuntimeException e) { // what has no token, and no token for what has none
      throw new IllegalArgumentException(
          "the tokenizer cannot cut it: %s".formatted(e.getMessage()), e);
    }
  }

  @Override
  public String decode(int... all) {
    return tokenizer.decode(Arrays.stream(all).asLongStream().toArray(), false);
  }

  @Override
  public String toString() {
    return "%,d tokens of Hugging Face".formatted(tokens.size());
  }
}
