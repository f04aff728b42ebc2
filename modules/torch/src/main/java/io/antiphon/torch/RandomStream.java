package io.antiphon.torch;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A stream of random seeds: a pure function of (seed, stream name, epoch, step).
///
/// libtorch's generator can be seeded but not read. So nothing here has state: whoever draws at
/// (epoch, step) seeds a generator with [#at], and a resumed run draws the same numbers without
/// anything being saved. Two streams of different names are independent.
///
/// libtorch has one generator per device for the whole process. What draws from it through [#draw]
/// is kept from other threads, and gets the same numbers whatever they draw; what draws from it
/// without, such as DJL's own `Dropout`, gets the same numbers only while no other thread draws.
///
/// @param seed the seed of the run
/// @param name what is drawn: `torch`, `shuffle`, `mixup` …
public record RandomStream(long seed, String name) {
  private static final ReentrantLock DRAWING = new ReentrantLock();
  private static final ThreadLocal<@Nullable Place> PLACE = new ThreadLocal<>();

  /// Where a thread draws, and how often it has.
  private static final class Place {
    private final long seed;
    private long draws;

    Place(long seed) {
      this.seed = seed;
    }
  }

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

  /// Seeds libtorch's generators, on every device, for a place of the run. Takes about 2 µs. What
  /// this thread draws by [#draw] from then on belongs to that place.
  public void seedTorch(long epoch, long step) {
    long start = at(epoch, step);
    PLACE.set(new Place(start));
    seedTorch(start);
  }

  private static void seedTorch(long start) {
    DRAWING.lock();
    try {
      JniUtils.setSeed(start);
    } finally {
      DRAWING.unlock();
    }
  }

  /// Draws from libtorch's generators while no other thread does by this method. The numbers depend
  /// only on the place that this thread's last [#seedTorch(long, long)] named and on how many draws
  /// it made there before; on a thread that named none, on the generators alone.
  ///
  /// @param drawing what draws: one or a few native calls, for others wait meanwhile
  /// @return what it gives
  public static <T> T draw(Supplier<T> drawing) {
    DRAWING.lock();
    try {
      Place place = PLACE.get();
      if (place != null) {
        JniUtils.setSeed(mix(place.seed ^ ++place.draws));
      }
      return drawing.get();
    } finally {
      DRAWING.unlock();
    }
  }

  /// {@return what lets this thread draw once more what it draws from here on, as often as it is
  /// run}
  ///
  /// What is drawn by [#draw] is the same each time, and what comes after it is as if nothing had
  /// been drawn in between. What draws without begins where the place did, if nothing was drawn
  /// there before.
  public static Runnable again() {
    Place place = PLACE.get();
    if (place == null) {
      return () -> {};
    }
    long draws = place.draws;
    return () -> {
      place.draws = draws;
      seedTorch(draws == 0 ? place.seed : mix(place.seed ^ draws));
    };
  }

  /// Lets this thread name places of its own until the scope closes: a run inside a run leaves the
  /// outer one's draws alone.
  public static Scope scope() {
    Place outer = PLACE.get();
    PLACE.remove();
    return () -> {
      if (outer == null) {
        PLACE.remove();
      } else {
        PLACE.set(outer);
      }
    };
  }

  /// Ends what [#scope] began; by the same thread.
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) behind its golden-ratio step.
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
