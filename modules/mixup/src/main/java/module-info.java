import org.jspecify.annotations.NullMarked;

/// Changes of training batches that need the loss to change with them: MixUp, CutMix and their kin.
///
/// @provides io.antiphon.core.spi.CallbackProvider `cutmix`, `cutout`, `label-smoothing`, `mixup`,
///   `one-of`, `random-erasing`
@NullMarked
module io.antiphon.mixup {
  requires transitive io.antiphon.core;
  requires commons.math3;

  exports io.antiphon.mixup;

  opens io.antiphon.mixup to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.mixup.Cutmix.Options,
      io.antiphon.mixup.Cutout.Options,
      io.antiphon.mixup.LabelSmoothing.Options,
      io.antiphon.mixup.Mixup.Options,
      io.antiphon.mixup.OneOf.Options,
      io.antiphon.mixup.RandomErasing.Options;
}
