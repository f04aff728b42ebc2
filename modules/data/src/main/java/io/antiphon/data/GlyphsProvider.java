package io.antiphon.data;

import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.Optional;

/// Provides [Glyphs]: digits drawn from the run's seed, which need no file.
@Id("glyphs")
@Summary("digits drawn from the seed, 28 × 28 grey pixels; needs no file")
public final class GlyphsProvider implements DataProvider<GlyphsProvider.Options> {
  /// The service loader makes providers.
  public GlyphsProvider() {}

  /// @param train the number of training samples
  /// @param valid the number of validation samples; none if 0
  /// @param batchSize the number of samples in a batch
  /// @param distortion as [Glyphs.Style#distortion]
  /// @param noise as [Glyphs.Style#noise]
  public record Options(
      @Summary("number of training samples, at least 1") int train,
      @Summary("number of validation samples, 0 for none") int valid,
      @Summary("samples per batch, at least 1") int batchSize,
      @Summary("how much strokes vary, from 0 for print to 2") double distortion,
      @Summary("deviation of the noise on a pixel, as a fraction of full ink, from 0 to 1")
          double noise) {
    /// @throws IllegalArgumentException if a value is out of range
    public Options {
      Sizes.check(train, valid, batchSize);
      var _ = new Glyphs.Style(distortion, noise);
    }
  }

  /// {@return 8,000 training and 2,000 validation samples in batches of 64, in the default style}
  @Override
  public Options defaults() {
    Glyphs.Style style = Glyphs.Style.DEFAULT;
    return new Options(8_000, 2_000, 64, style.distortion(), style.noise());
  }

  @Override
  public Data create(Options options, Setting setting) {
    var style = new Glyphs.Style(options.distortion, options.noise);
    Glyphs train = Glyphs.train(setting.seed()).style(style);
    Glyphs valid = Glyphs.valid(setting.seed()).style(style);
    return Sizes.data(
        train.loader(setting.manager(), options.train, Glyphs.STANDARDIZATION),
        options.valid == 0
            ? Optional.empty()
            : Optional.of(valid.loader(setting.manager(), options.valid, Glyphs.STANDARDIZATION)),
        options.batchSize,
        Glyphs.CLASSES);
  }
}
