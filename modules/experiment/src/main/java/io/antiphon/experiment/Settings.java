package io.antiphon.experiment;

import io.antiphon.core.Check;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What an experiment says besides its components.
///
/// @param name what its runs are called
/// @param seed the seed of every random stream
/// @param device `auto` (the first GPU if there is one, else the CPU), `cpu`, or `gpu` with a
///   number
/// @param threads how many threads an operation uses on the CPU: `auto` (as many as suit the
///   model's work), or a number up to 256
/// @param denormals what becomes of numbers next to nothing while it trains
/// @param trainMetrics whether metrics are computed in training too, in columns `train_…`
public record Settings(
    @Summary("what runs are called") String name,
    @Summary("seed of every random stream") long seed,
    @Summary("auto, cpu, gpu0, gpu1 and so on") String device,
    @Summary("threads of an operation on the CPU: auto, by the model's work, or a number")
        String threads,
    @Summary("whether numbers next to nothing are flushed to zero, which is faster, or kept")
        Denormals denormals,
    @Summary("whether metrics are computed in training too, in columns train_...")
        boolean trainMetrics) {
  static final String AUTO = "auto";
  private static final Pattern DEVICE = Pattern.compile("auto|cpu|gpu\\d{1,3}");
  private static final Pattern THREADS = Pattern.compile("[1-9]\\d{0,2}");

  private static final Settings DEFAULTS =
      new Settings("experiment", 42, AUTO, AUTO, Denormals.FLUSH, false);

  /// What becomes of denormal numbers, see [io.antiphon.torch.Denormals].
  public enum Denormals {
    /// They are zero.
    FLUSH,
    /// They are what they are.
    KEEP
  }

  public Settings {
    if (name.isBlank()) {
      throw Check.refused("name", "empty", "a text, for what runs are called");
    }
    if (!DEVICE.matcher(device).matches()) {
      throw Check.refused("device", "'" + device + "'", "auto, cpu, or gpu with a number, gpu0");
    }
    if (!threads.equals(AUTO)
        && !(THREADS.matcher(threads).matches() && Integer.parseInt(threads) <= Threads.MOST)) {
      throw Check.refused("threads", "'" + threads + "'", "auto, or 1 to " + Threads.MOST);
    }
  }

  /// {@return those of an experiment}
  static Settings of(Node.Mapping experiment) {
    var plain = new ArrayList<Node.Entry>();
    for (Section section : Section.values()) {
      if (section.isPlain()) {
        experiment
            .get(section.key())
            .ifPresent(value -> plain.add(new Node.Entry(section.key(), value.place(), value)));
      }
    }
    return Options.bind("the experiment", DEFAULTS, new Node.Mapping(experiment.place(), plain));
  }

  /// {@return their entries in an experiment}
  List<Node.Entry> entries() {
    var count = new Node.Scalar(Place.DEFAULTS, threads, false); // a number as it is
    return Options.tree(this)
        .with(new Node.Entry(Section.THREADS.key(), Place.DEFAULTS, count))
        .entries();
  }

  /// {@return these with another number of threads}
  Settings withThreads(String count) {
    return new Settings(name, seed, device, count, denormals, trainMetrics);
  }

  /// {@return these as another machine takes them, which may have other cores and no GPU}
  Settings elsewhere() {
    String anywhere = device.startsWith("gpu") ? AUTO : device;
    return new Settings(name, seed, anywhere, AUTO, denormals, trainMetrics);
  }

  /// {@return the number of threads; 0 for as many as suit the model's work}
  int threadCount() {
    return threads.equals(AUTO) ? 0 : Integer.parseInt(threads);
  }
}
