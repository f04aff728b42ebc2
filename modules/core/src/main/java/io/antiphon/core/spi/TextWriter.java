package io.antiphon.core.spi;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.nio.file.Path;

/// Data of texts ([DataProvider]) that let a language model, which was trained on them, write, and
/// tell how well it predicts other texts.
public interface TextWriter {
  /// {@return a text that begins with the prompt, and goes on as the model draws it}
  ///
  /// @param model what was trained
  /// @param task the model's, whose names are the tokens
  /// @param manager on whose device to compute; it owns nothing afterwards
  /// @param prompt how the text begins
  /// @param length how many tokens to add, at least 0
  /// @param temperature at least 0: 1 draws by the model's probabilities, less prefers the likely
  ///   tokens, 0 takes the likeliest
  /// @param seed of the draws
  /// @throws IllegalArgumentException if the prompt is empty, or has what the model does not know
  String write(
      Block model,
      Task task,
      NDManager manager,
      String prompt,
      int length,
      double temperature,
      long seed);

  /// Hears of lines.
  @FunctionalInterface
  interface LineReader {
    /// @param index the line, from 0
    /// @param loss the mean cross entropy of its tokens, in nats
    void line(int index, double loss);
  }

  /// Tells how well a model predicts each line of a text, without what is before it. Memory stays
  /// as it is however many there are.
  ///
  /// @param model what was trained
  /// @param task the model's, whose names are the tokens
  /// @param manager on whose device to compute; it owns nothing afterwards
  /// @param source the text
  /// @param reader hears of the lines in order, but not of one without a token to predict
  /// @throws IllegalArgumentException if it cannot be read, or has what the model does not know: a
  ///   sentence with the file's name
  void losses(Block model, Task task, NDManager manager, Path source, LineReader reader);
}
