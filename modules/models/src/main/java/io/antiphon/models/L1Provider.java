package io.antiphon.models;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;

/// Makes a [L1].
@Id("l1")
@Summary("mean absolute error")
public final class L1Provider implements LossProvider<L1.Options> {
  /// For `ServiceLoader`.
  public L1Provider() {}

  @Override
  public L1.Options defaults() {
    return new L1.Options();
  }

  @Override
  public LossFunction create(L1.Options options) {
    return new L1();
  }
}
