import org.jspecify.annotations.NullMarked;

/// Small models and the usual loss functions, by name.
///
/// @provides io.antiphon.core.spi.CallbackProvider `dropout-rate`
/// @provides io.antiphon.core.spi.ModelProvider `mlp`, `cnn`
/// @provides io.antiphon.core.spi.LossProvider `cross-entropy`, `bce`, `mse`, `l1`, `djl`
@NullMarked
module io.antiphon.models {
  requires transitive io.antiphon.core;

  exports io.antiphon.models;

  opens io.antiphon.models to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.models.DropoutRate.Options;
  provides io.antiphon.core.spi.LossProvider with
      io.antiphon.models.BinaryCrossEntropy.Options,
      io.antiphon.models.CrossEntropy.Options,
      io.antiphon.models.DjlLoss.Options,
      io.antiphon.models.L1.Options,
      io.antiphon.models.Mse.Options;
  provides io.antiphon.core.spi.ModelProvider with
      io.antiphon.models.Cnn.Options,
      io.antiphon.models.Mlp.Options;
}
