import org.jspecify.annotations.NullMarked;

/// Optimizers: SGD, Adam and AdamW by PyTorch's formulas, RMSProp, RAdam, LAMB, Lion, Muon, one
/// native call per step and parameter group; and a base for others.
///
/// Their options are records that make optimizers: `AdamW.of(1e-3).weightDecay(0.1)`.
@NullMarked
module io.antiphon.optim {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.optim;

  opens io.antiphon.optim to
      io.antiphon.core;

  provides io.antiphon.core.spi.OptimizerProvider with
      io.antiphon.optim.Adam,
      io.antiphon.optim.AdamW,
      io.antiphon.optim.Lamb,
      io.antiphon.optim.Lion,
      io.antiphon.optim.Muon,
      io.antiphon.optim.RAdam,
      io.antiphon.optim.RmsProp,
      io.antiphon.optim.Sgd;
}
