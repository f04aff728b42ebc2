package io.antiphon.optim;

import io.antiphon.core.Optimizer;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.Summary;

/// Makes [AdamW] by name.
@Id("adamw")
@Summary("Adam with decoupled weight decay")
public final class AdamWProvider implements OptimizerProvider<AdamW> {
  /// For the service loader.
  public AdamWProvider() {}

  @Override
  public AdamW defaults() {
    return AdamW.of(1e-3);
  }

  @Override
  public Optimizer.Factory create(AdamW options) {
    return options;
  }
}
