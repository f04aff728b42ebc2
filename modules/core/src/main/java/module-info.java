import org.jspecify.annotations.NullMarked;

/// The training loop, its events, the callback contract, and the contracts of everything that plugs
/// into it.
///
/// @uses io.antiphon.core.spi.CallbackProvider callbacks by id
/// @uses io.antiphon.core.spi.DataProvider data by id
/// @uses io.antiphon.core.spi.LossProvider loss functions by id
/// @uses io.antiphon.core.spi.MetricProvider metrics by id
/// @uses io.antiphon.core.spi.ModelProvider models by id
/// @uses io.antiphon.core.spi.OptimizerProvider optimizers by id
/// @uses io.antiphon.core.spi.PolicyProvider ways to fit by id
/// @uses io.antiphon.core.spi.RanksProvider ways in which processes train together, by id
/// @uses io.antiphon.core.spi.SplitterProvider ways to split a model into parts by id
/// @uses io.antiphon.core.spi.TokenizerProvider ways to cut texts into tokens by id
/// @uses io.antiphon.core.spi.Work.Shower who shows long work before a fit
@NullMarked
module io.antiphon.core {
  requires transitive ai.djl.api;
  requires transitive io.antiphon.torch;
  requires static transitive org.jspecify;
  requires com.google.gson;

  exports io.antiphon.core;
  exports io.antiphon.core.options;
  exports io.antiphon.core.spi;

  uses io.antiphon.core.spi.CallbackProvider;
  uses io.antiphon.core.spi.DataProvider;
  uses io.antiphon.core.spi.LossProvider;
  uses io.antiphon.core.spi.MetricProvider;
  uses io.antiphon.core.spi.ModelProvider;
  uses io.antiphon.core.spi.OptimizerProvider;
  uses io.antiphon.core.spi.PolicyProvider;
  uses io.antiphon.core.spi.RanksProvider;
  uses io.antiphon.core.spi.SplitterProvider;
  uses io.antiphon.core.spi.TokenizerProvider;
  uses io.antiphon.core.spi.Work.Shower;
}
