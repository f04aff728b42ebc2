package io.antiphon.optim;

import io.antiphon.core.Optimizer;
import io.antiphon.core.Splitter;
import io.antiphon.core.spi.OptimizerProvider;

/// Options that make their optimizer, whose weight decay leaves out biases and normalisations
/// unless asked for.
interface Decaying extends Optimizer.Factory, OptimizerProvider {
  boolean decayNormsAndBiases();

  @Override
  default Splitter splitter() {
    return decayNormsAndBiases() ? Splitter.single() : Splitter.noDecayOnNormsAndBiases();
  }

  @Override
  default Optimizer.Factory create() {
    return this;
  }
}
