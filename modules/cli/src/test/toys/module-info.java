/// A third party's components, under the ids that the built-in experiment names.
module toys {
  requires io.antiphon.core;

  opens toys to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      toys.Toys.Break,
      toys.Toys.Explode;
  provides io.antiphon.core.spi.DataProvider with
      toys.Toys.Noise;
  provides io.antiphon.core.spi.LossProvider with
      toys.Toys.SquaredError;
  provides io.antiphon.core.spi.MetricProvider with
      toys.Toys.Count,
      toys.Toys.Anonymous;
  provides io.antiphon.core.spi.ModelProvider with
      toys.Toys.Net;
  provides io.antiphon.core.spi.OptimizerProvider with
      toys.Toys.Descent;
}
