package io.antiphon.models;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Makes a [CrossEntropy].
@Id("cross-entropy")
@Summary("cross entropy of logits with class indices or probabilities")
public final class CrossEntropyProvider implements LossProvider<CrossEntropy.Options> {
  /// For `ServiceLoader`.
  public CrossEntropyProvider() {}

  @Override
  public CrossEntropy.Options defaults() {
    return new CrossEntropy.Options();
  }

  @Override
  public LossFunction create(CrossEntropy.Options options) {
    return new CrossEntropy(options);
  }
}
