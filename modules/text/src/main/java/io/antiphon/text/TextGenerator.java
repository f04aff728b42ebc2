package io.antiphon.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.antiphon.core.Check;
import io.antiphon.core.Recurrent;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.models.ModelResetter;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.util.SplittableRandom;

/// Writes texts by a language model: draws each next token from what the model predicts, and gives
/// it to the model.
///
/// @param model a model whose input is `[B, T]` and whose output is logits `[B, T, C]`, initialised
/// @param tokenizer its C tokens
/// @param temperature what logits are divided by before the draw, at least 0: 1 draws by the
///   model's probabilities, less prefers the likely ones, 0 takes the likeliest
public record TextGenerator(Block model, Tokenizer tokenizer, double temperature) {
  public TextGenerator {
    Check.atLeast("temperature", temperature, 0);
  }

  /// {@return a text that begins with the prompt}
  ///
  /// What recurrent layers remember is forgotten, before and after.
  ///
  /// @param manager on whose device to compute; it owns nothing afterwards
  /// @param prompt how the text begins, at least one token
  /// @param length how many tokens to add
  /// @param seed of the draws
  /// @throws IllegalArgumentException if the prompt is empty, or a part of it is no token
  public String write(NDManager manager, String prompt, int length, long seed) {
    return write(manager, tokenizer.encode(prompt), length, seed);
  }

  String write(NDManager manager, int[] start, int length, long seed) {
    Check.atLeast("the length of the prompt", start.length, 1);
    Check.atLeast("length", length, 0);
    var random = new SplittableRandom(new RandomStream(seed, "text").at(0, 0));
    var all = new int[start.length + length];
    System.arraycopy(start, 0, all, 0, start.length);
    boolean remembers = Recurrent.isIn(model);
    ModelResetter.reset(model);
    try (var _ = Autograd.off()) {
      int seen = 0;
      for (int i = start.length; i < all.length; i++) {
        all[i] = draw(logits(manager, all, remembers ? seen : 0, i), random);
        seen = i;
      }
    } finally {
      ModelResetter.reset(model);
    }
    return tokenizer.decode(all);
  }

  private float[] logits(NDManager manager, int[] tokens, int from, int to) {
    try (NDManager scratch = manager.newSubManager()) {
      var some = new int[to - from];
      System.arraycopy(tokens, from, some, 0, some.length);
      NDArray input = scratch.create(some, new Shape(1, some.length)).toType(DataType.INT64, true);
      NDArray output =
          model.forward(new ParameterStore(scratch, false), new NDList(input), false).head();
      NDArray last = output.get("0, -1");
      return (last.getDataType() == DataType.FLOAT32 ? last : last.toType(DataType.FLOAT32, true))
          .toFloatArray();
    }
  }

  private int draw(float[] logits, SplittableRandom random) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    if (temperature == 0) {
      return best;
    }
    var sums = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      sum += Math.exp((logits[i] - logits[best]) / temperature);
      sums[i] = sum;
    }
    double place = random.nextDouble() * sum;
    for (int i = 0; i < sums.length; i++) {
      if (place < sums[i]) {
        return i;
      }
    }
    return best;
  }
}
