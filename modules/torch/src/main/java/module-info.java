import org.jspecify.annotations.NullMarked;

/// Everything that touches libtorch below DJL: grad mode and backward, TorchScript functions,
/// autocast and casts, memory without a copy, random seeds. No other module of Antiphon reaches
/// below DJL's public API.
///
/// It calls native code: start Java with `--enable-native-access=io.antiphon.torch` beside DJL's
/// own `ai.djl.pytorch_engine`.
@NullMarked
module io.antiphon.torch {
  requires transitive ai.djl.api;
  requires static transitive org.jspecify;
  requires ai.djl.pytorch_engine;
  // An automatic module does not resolve the explicit ones that it needs.
  requires com.google.gson;
  requires org.slf4j;

  exports io.antiphon.torch;

  provides ai.djl.engine.EngineProvider with
      io.antiphon.torch.environment.PreparedEngineProvider;
}
