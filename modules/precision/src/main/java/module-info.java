import org.jspecify.annotations.NullMarked;

/// Mixed precision: layers compute in bfloat16 or float16, weights stay in float32.
@NullMarked
module io.antiphon.precision {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.precision;

  opens io.antiphon.precision to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.precision.ChannelsLast.Options,
      io.antiphon.precision.MixedPrecision.Options;
}
