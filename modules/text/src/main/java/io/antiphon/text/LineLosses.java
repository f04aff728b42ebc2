package io.antiphon.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.antiphon.core.Recurrent;
import io.antiphon.core.spi.TextWriter;
import io.antiphon.core.spi.Tokenizer;
import io.antiphon.data.DataException;
import io.antiphon.models.ModelResetter;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How well a model predicts the lines of a text, some side by side, each from a state of zeros.
final class LineLosses {
  private static final int LINES = 64;
  private static final int PIECE = 256;
  private static final int LEFT_OUT = -100;
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def sums(logits: Tensor, y: Tensor) -> Tensor:
            flat = torch.flatten(torch.to(logits, 6), 0, -2)
            losses = torch.cross_entropy_loss(flat, torch.flatten(y), None, 0, -100, 0.)
            return torch.sum(torch.view(losses, torch.size(y)), [1])
          """);

  private final Block model;
  private final Tokenizer tokenizer;
  private final NDManager manager;
  private final TextWriter.LineReader reader;
  private final List<Line> waiting = new ArrayList<>();

  private static final class Line {
    private final int index; // its place in the text
    private final int[] tokens;

    Line(int index, int[] tokens) {
      this.index = index;
      this.tokens = tokens;
    }

    int told() {
      return tokens.length - 1; // of the first one nobody knows what was before
    }
  }

  LineLosses(Block model, Tokenizer tokenizer, NDManager manager, TextWriter.LineReader reader) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.manager = manager;
    this.reader = reader;
  }

  void read(Path source) {
    String before = knows("\n") ? "\n" : "";
    try (BufferedReader lines = Files.newBufferedReader(source, StandardCharsets.UTF_8)) {
      int index = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (index == 0 && line.startsWith(Text.BYTE_ORDER_MARK)) {
          line = line.substring(1);
        }
        add(new Line(index, tokens(source, index, line.isEmpty() ? "" : before + line)));
        index++;
      }
      tell();
    } catch (CharacterCodingException e) {
      throw new DataException("'%s' is no text in UTF-8".formatted(source), e);
    } catch (IOException e) {
      throw DataException.unreadable(source, e);
    }
  }

  private boolean knows(String text) {
    try {
      return tokenizer.encode(text).length > 0;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private int[] tokens(Path source, int index, String line) {
    try {
      return tokenizer.encode(line);
    } catch (IllegalArgumentException e) {
      throw new DataException("'%s', line %,d: %s".formatted(source, index + 1, e.getMessage()), e);
    }
  }

  private void add(Line line) {
    if (line.told() > 0) {
      waiting.add(line);
    }
    if (waiting.size() == LINES) {
      tell();
    }
  }

  private void tell() {
    if (waiting.isEmpty()) {
      return;
    }
    int longest = waiting.stream().mapToInt(Line::told).max().orElseThrow();
    // what remembers is given a long line in pieces, so that memory does not grow with it
    int piece = Recurrent.isIn(model) ? PIECE : longest;
    var sums = new double[waiting.size()];
    ModelResetter.reset(model);
    try (var _ = Autograd.off()) {
      for (int from = 0; from < longest; from += piece) {
        float[] some = sums(from, Math.min(longest, from + piece));
        for (int i = 0; i < sums.length; i++) {
          sums[i] += some[i];
        }
      }
    } finally {
      ModelResetter.reset(model);
    }
    for (int i = 0; i < sums.length; i++) {
      Line line = waiting.get(i);
      reader.line(line.index, sums[i] / line.told());
    }
    waiting.clear();
  }

  /// {@return for each line the sum of the losses of its tokens}
  ///
  /// @param from the first of them, counted from the second of a line
  private float[] sums(int from, int to) {
    int width = to - from;
    var inputs = new long[waiting.size() * width];
    var targets = new long[inputs.length];
    for (int i = 0; i < targets.length; i++) {
      Line line = waiting.get(i / width);
      int at = from + i % width;
      boolean has = at < line.told();
      inputs[i] = has ? line.tokens[at] : 0;
      targets[i] = has ? line.tokens[at + 1] : LEFT_OUT;
    }
    try (NDManager scratch = manager.newSubManager()) {
      var shape = new Shape(waiting.size(), width);
      NDArray logits =
          model
              .forward(
                  new ParameterStore(scratch, false),
                  new NDList(scratch.create(inputs, shape)),
                  false)
              .head();
      return SCRIPT
          .call(scratch, "sums", logits, scratch.create(targets, shape))
          .head()
          .toFloatArray();
    }
  }
}
