import org.jspecify.annotations.NullMarked;

/// Random changes of training images, and of their masks alike, on the device.
///
/// @provides io.antiphon.core.spi.CallbackProvider `augment`
@NullMarked
module io.antiphon.augmentation {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.augmentation;

  opens io.antiphon.augmentation to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.augmentation.Augment.Options;
}
