package io.antiphon.optim;

import io.antiphon.core.Optimizer;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.Summary;

/// Makes [Adam] by name.
@Id("adam")
@Summary("Adam with L2 weight decay")
public final class AdamProvider implements OptimizerProvider<Adam> {
  /// For the service loader.
  public AdamProvider() {}

  @Override
  public Adam defaults() {
    return Adam.of(1e-3);
  }

  @Override
  public Optimizer.Factory create(Adam options) {
    return options;
  }
}
