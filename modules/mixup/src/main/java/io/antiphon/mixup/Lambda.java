package io.antiphon.mixup;

/// How often the share of a sample in its mix is drawn.
public enum Lambda {
  /// For every sample, as in fastai.
  PER_SAMPLE,
  /// Once for all samples of a batch, as in the original papers and in Composer.
  PER_BATCH
}
