package io.antiphon.examples.shakespeare;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Perplexity;
import io.antiphon.models.ModelResetter;
import io.antiphon.models.Rnn;
import io.antiphon.optim.Adam;
import io.antiphon.progress.Progress;
import io.antiphon.text.Text;
import io.antiphon.text.TextGenerator;
import java.nio.file.Path;

/// Trains a recurrent language model on the characters of a text, whose file is the first argument,
/// for as many epochs as the second says, and lets it write.
public final class Main {
  public static void main(String[] args) {
    if (args.length == 0) {
      System.err.println("examples/run shakespeare /path/to/shakespeare.txt [epochs]");
      System.exit(2);
    }
    train(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 3);
  }

  /// {@return what came of the last epoch}
  static FitResult train(Path file, int epochs) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Text text = Text.read(manager, new Text.Options(file));
      System.out.printf("%s; %s%n", text.tokenizer(), text.train());
      try (Learner learner =
          Learner.builder()
              .model(Rnn.of(new Rnn.Options(), text.tokenizer().size()))
              .loss(new CrossEntropy())
              .optimizer(Adam.of(3e-3))
              .train(text.train())
              .valid(text.valid().orElseThrow())
              .metrics(new Perplexity())
              .callbacks(new ModelResetter())
              .build()) {
        FitResult result = learner.fit(epochs, new Progress());
        var generator = new TextGenerator(learner.model(), text.tokenizer(), 0.8);
        System.out.println(generator.write(manager, text.tokenizer().decode(0), 500, 1));
        return result;
      }
    }
  }
}
