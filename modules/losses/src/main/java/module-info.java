import org.jspecify.annotations.NullMarked;

/// The usual loss functions, by name.
///
/// @provides io.antiphon.core.spi.LossProvider `cross-entropy`, `bce`, `mse`, `l1`, `djl`
@NullMarked
module io.antiphon.losses {
  requires transitive io.antiphon.core;

  exports io.antiphon.losses;

  opens io.antiphon.losses to
      io.antiphon.core;

  provides io.antiphon.core.spi.LossProvider with
      io.antiphon.losses.BinaryCrossEntropy.Options,
      io.antiphon.losses.CrossEntropy.Options,
      io.antiphon.losses.DjlLoss.Options,
      io.antiphon.losses.L1.Options,
      io.antiphon.losses.Mse.Options;
}
