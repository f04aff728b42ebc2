package io.antiphon.torch;

import ai.djl.pytorch.jni.JniUtils;

/// A stream of random seeds: a pure function of (seed, stream name, epoch, step).
///
/// libtorch's generator can be seeded but not read. So nothing here has state: whoever draws at
/// (epoch, step) seeds a generator with [#at], and a resumed run draws the same numbers without
/// anything being saved. Two streams of different names are independent.
///
/// @param seed the seed of the run
/// @param name what is drawn: `torch`, `shuffle`, `mixup` …
public record RandomStream(long seed, String name) {

  /// {@return the seed at a place of the run, well mixed in all 64 bits}
  ///
  /// @param epoch the epoch over the learner's life, from 0
  /// @param step the training step over the learner's life, from 0; 0 for a draw once per epoch
  public long at(long epoch, long step) {
    long z = mix(seed + 0x9E3779B97F4A7C15L);
    for (int i = 0; i < name.length(); i++) {
      z = mix(z ^ name.charAt(i));
    }
    return mix(mix(z ^ epoch) ^ step);
  }

  /// Seeds libtorch's generators, on every device, for a place of the run. Takes about 2 µs.
  public void seedTorch(long epoch, long step) {
    JniUtils.setSeed(at(epoch, step));
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) behind its golden-ratio step.
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
