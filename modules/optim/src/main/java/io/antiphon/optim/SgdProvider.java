package io.antiphon.optim;

import io.antiphon.core.Optimizer;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.Summary;

/// Makes [Sgd] by name.
@Id("sgd")
@Summary("Stochastic gradient descent with momentum, Nesterov and L2 weight decay")
public final class SgdProvider implements OptimizerProvider<Sgd> {
  /// For the service loader.
  public SgdProvider() {}

  @Override
  public Sgd defaults() {
    return Sgd.of(1e-3);
  }

  @Override
  public Optimizer.Factory create(Sgd options) {
    return options;
  }
}
