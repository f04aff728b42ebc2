import org.jspecify.annotations.NullMarked;

/// Small models, by name.
///
/// @provides io.antiphon.core.spi.CallbackProvider `dropout-rate`, `model-resetter`
/// @provides io.antiphon.core.spi.ModelProvider `mlp`, `cnn`, `preact-resnet`, `rnn`, `tabular`,
///   `unet`
@NullMarked
module io.antiphon.models {
  requires transitive io.antiphon.core;

  exports io.antiphon.models;

  opens io.antiphon.models to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.models.DropoutRate.Options,
      io.antiphon.models.ModelResetter.Options;
  provides io.antiphon.core.spi.ModelProvider with
      io.antiphon.models.Cnn.Options,
      io.antiphon.models.Mlp.Options,
      io.antiphon.models.ResNet.Options,
      io.antiphon.models.Rnn.Options,
      io.antiphon.models.Tabular.Options,
      io.antiphon.models.UNet.Options;
}
