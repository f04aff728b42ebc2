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
      io.antiphon.modelzoo.GoogLeNetProvider,
      io.antiphon.modelzoo.LeNetProvider,
      io.antiphon.modelzoo.MobileNetProvider,
      io.antiphon.modelzoo.MobileNetV2Provider,
      io.antiphon.modelzoo.ResNetProvider,
      io.antiphon.modelzoo.SqueezeNetProvider,
      io.antiphon.modelzoo.VggProvider;
}
