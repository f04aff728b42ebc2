package io.antiphon.text;

import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Lets the model write a text after every epoch, to show what it has learned.
///
/// The texts are appended to a file; the same seed and weights give the same text. The training
/// data must be a [StreamLoader] with a tokenizer, as [Text] gives.
public final class SampleText implements Callback {
  private final Options options;

  /// What is written, and where.
  @Id("sample-text")
  @Summary("appends a text that the model writes after every epoch to a file")
  public record Options(
      @Summary("the file") Path file,
      @Summary("how a text begins; empty: with the first of all tokens, often the line break")
          String prompt,
      @Summary("tokens that are added, at least 1") int length,
      @Summary("what logits are divided by before a draw, at least 0; 0 takes the likeliest")
          double temperature)
      implements CallbackProvider {
    public Options {
      Check.atLeast("length", length, 1);
      Check.atLeast("temperature", temperature, 0);
    }

    /// 400 tokens into `samples.txt`, at temperature 0.8.
    public Options() {
      this(Path.of("samples.txt"), "", 400, 0.8);
    }

    /// {@return the same with another file}
    public Options file(Path file) {
      return new Options(file, prompt, length, temperature);
    }

    /// {@return the same with another prompt}
    public Options prompt(String prompt) {
      return new Options(file, prompt, length, temperature);
    }

    /// {@return the same with another length}
    public Options length(int length) {
      return new Options(file, prompt, length, temperature);
    }

    /// {@return the same with another temperature}
    public Options temperature(double temperature) {
      return new Options(file, prompt, length, temperature);
    }

    @Override
    public Callback create() {
      return new SampleText(this);
    }
  }

  public SampleText(Options options) {
    this.options = options;
  }

  @Override
  public Order order() {
    return Order.SAVE;
  }

  @Override
  public boolean leadsOnly() {
    return true;
  }

  @Override
  public boolean waitsForDevice() {
    return true;
  }

  /// {@inheritDoc}
  ///
  /// @throws IllegalArgumentException if a part of the prompt is no token
  /// @throws IllegalStateException if the data are no text
  @Override
  public void check(Learner learner) {
    tokenizer(learner).encode(options.prompt());
  }

  private static Tokenizer tokenizer(Learner learner) {
    if (learner.trainData() instanceof StreamLoader text && text.tokenizer().isPresent()) {
      return text.tokenizer().get();
    }
    throw new IllegalStateException(
        "sample-text needs data with a tokenizer, as 'text' gives; these are "
            + learner.trainData());
  }

  /// Appends a text.
  @Override
  public void afterEpoch(Epoch epoch) {
    Fit fit = epoch.fit();
    Tokenizer tokenizer = tokenizer(fit.learner());
    int[] prompt = options.prompt().isEmpty() ? new int[1] : tokenizer.encode(options.prompt());
    String text =
        new TextGenerator(fit.model(), tokenizer, options.temperature())
            .write(epoch.manager(), prompt, options.length(), fit.seed());
    try {
      Path folder = options.file().toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(
          options.file(),
          "--- epoch %d%n%s%n".formatted(epoch.number(), text),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("'%s' cannot be written".formatted(options.file()), e);
    }
  }
}
