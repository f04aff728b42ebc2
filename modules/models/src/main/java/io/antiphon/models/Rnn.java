package io.antiphon.models;

import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;

/// A recurrent language model: an embedding, recurrent layers and a linear layer.
///
/// Inputs are indices of tokens, `[B, T]`; outputs are the logits of the next token at every place,
/// `[B, T, outputs]`. The layers keep their state from one batch to the next, cut off from the
/// gradients of the batch before (truncated backpropagation through time), so sample b of a batch
/// must go on where sample b of the batch before ended. [ModelResetter] makes them forget where a
/// pass begins.
public final class Rnn {
  private Rnn() {}

  /// The sizes of a recurrent language model.
  @Id("rnn")
  @Summary("recurrent language model: embedding, GRU or LSTM layers, linear layer")
  public record Options(
      @Summary("what the recurrent layers compute") RecurrentLayers.Cell cell,
      @Summary("numbers that stand for a token, at least 1") int embedding,
      @Summary("units of a recurrent layer, at least 1") int hidden,
      @Summary("recurrent layers, 1 to 1000") int layers,
      @Summary("rate of dropout after the embedding, between the layers and after them, in [0, 1)")
          double dropout)
      implements ModelProvider {
    public Options {
      Check.atLeast("embedding", embedding, 1);
      Check.atLeast("hidden", hidden, 1);
      Check.within("layers", layers, 1, 1000);
      Check.below("dropout", dropout, 0, 1);
    }

    /// Two layers of 256 GRU cells on embeddings of 64 numbers, without dropout.
    public Options() {
      this(RecurrentLayers.Cell.GRU, 64, 256, 2, 0);
    }

    /// {@return the same with another cell}
    public Options cell(RecurrentLayers.Cell cell) {
      return new Options(cell, embedding, hidden, layers, dropout);
    }

    /// {@return the same with so many numbers for a token}
    public Options embedding(int embedding) {
      return new Options(cell, embedding, hidden, layers, dropout);
    }

    /// {@return the same with so many units in a layer}
    public Options hidden(int hidden) {
      return new Options(cell, embedding, hidden, layers, dropout);
    }

    /// {@return the same with so many layers}
    public Options layers(int layers) {
      return new Options(cell, embedding, hidden, layers, dropout);
    }

    /// {@return the same with another dropout}
    public Options dropout(double dropout) {
      return new Options(cell, embedding, hidden, layers, dropout);
    }

    @Override
    public Block create(Task task) {
      return Rnn.of(this, task.outputs());
    }
  }

  /// {@return a new model, not initialised}
  ///
  /// @param options its sizes
  /// @param tokens how many tokens there are, at least 1
  public static Block of(Options options, int tokens) {
    Check.atLeast("outputs", tokens, 1);
    var model = new SequentialBlock().add(new Embedding(tokens, options.embedding()));
    if (options.dropout() > 0) {
      model.add(new Dropout(options.dropout()));
    }
    model.add(
        new RecurrentLayers(options.cell(), options.hidden(), options.layers(), options.dropout()));
    if (options.dropout() > 0) {
      model.add(new Dropout(options.dropout()));
    }
    return model.add(Mlp.head(tokens));
  }
}
