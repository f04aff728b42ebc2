package io.antiphon.models;

import ai.djl.training.loss.Loss;
import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Makes a [DjlLoss] of a class of DJL's, or of any other module's.
@Id("djl")
@Summary("a loss of DJL, by its class")
public final class DjlLossProvider implements LossProvider<DjlLossProvider.Options> {
  private static final String PACKAGE = "ai.djl.training.loss.";

  /// For `ServiceLoader`.
  public DjlLossProvider() {}

  /// @param name a class of `ai.djl.training.loss`, or one of another package with its package
  public record Options(
      @Summary("class of ai.djl.training.loss, such as HingeLoss, or a full class name")
          String name) {}

  @Override
  public Options defaults() {
    return new Options("SoftmaxCrossEntropyLoss");
  }

  /// {@inheritDoc}
  ///
  /// @throws IllegalArgumentException if there is no such class, it is no loss, or it cannot be
  ///   made without arguments
  @Override
  public LossFunction create(Options options) {
    String name = options.name().contains(".") ? options.name() : PACKAGE + options.name();
    try {
      Object made = Class.forName(name).getConstructor().newInstance();
      if (made instanceof Loss loss) {
        return new DjlLoss(loss);
      }
      throw new IllegalArgumentException(
          "class '%s' is no loss of DJL: it does not extend %s"
              .formatted(name, Loss.class.getName()));
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "there is no class '%s'; name one of ai.djl.training.loss, or give its package, too"
              .formatted(name),
          e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "loss class '%s' cannot be made; it needs to be public, exported, and have a public constructor without arguments"
              .formatted(name),
          e);
    }
  }
}
