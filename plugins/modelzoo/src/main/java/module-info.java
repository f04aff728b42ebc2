import org.jspecify.annotations.NullMarked;

/// Image models of DJL's basic model zoo, by name.
///
/// @provides io.antiphon.core.spi.ModelProvider `resnet`, `lenet`, `mobilenet`, `mobilenet-v2`,
///   `squeezenet`, `vgg`, `googlenet`
@NullMarked
module io.antiphon.modelzoo {
  requires ai.djl.model_zoo;
  requires io.antiphon.core;

  opens io.antiphon.modelzoo to
      io.antiphon.core;

  provides io.antiphon.core.spi.ModelProvider with
      io.antiphon.modelzoo.Zoo.Inception,
      io.antiphon.modelzoo.Zoo.Le,
      io.antiphon.modelzoo.Zoo.Mobile,
      io.antiphon.modelzoo.Zoo.Mobile2,
      io.antiphon.modelzoo.Zoo.ResNet,
      io.antiphon.modelzoo.Zoo.Squeeze,
      io.antiphon.modelzoo.Zoo.Vgg;
}
