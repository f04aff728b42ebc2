package io.antiphon.models;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Makes a [BinaryCrossEntropy].
@Id("bce")
@Summary("binary cross entropy of logits")
public final class BinaryCrossEntropyProvider implements LossProvider<BinaryCrossEntropy.Options> {
  /// For `ServiceLoader`.
  public BinaryCrossEntropyProvider() {}

  @Override
  public BinaryCrossEntropy.Options defaults() {
    return new BinaryCrossEntropy.Options();
  }

  @Override
  public LossFunction create(BinaryCrossEntropy.Options options) {
    return new BinaryCrossEntropy();
  }
}
