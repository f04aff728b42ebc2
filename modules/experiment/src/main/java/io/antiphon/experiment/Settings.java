package io.antiphon.experiment;

import io.antiphon.core.Check;
import io.antiphon.core.spi.Summary;
import java.util.regex.Pattern;

/// What an experiment says besides its components.
///
/// @param name what runs are called
/// @param seed the seed of every random stream
/// @param device `auto`, `cpu`, or `gpu` with a number
record Settings(
    @Summary("what runs are called") String name,
    @Summary("seed of every random stream") long seed,
    @Summary("auto, cpu, gpu0, gpu1 and so on") String device) {
  private static final Pattern DEVICE = Pattern.compile("auto|cpu|gpu\\d{1,3}");

  static final Settings DEFAULTS = new Settings("experiment", 42, "auto");

  Settings {
    if (name.isBlank()) {
      throw Check.refused("name", "empty", "a text, for what runs are called");
    }
    if (!DEVICE.matcher(device).matches()) {
      throw Check.refused("device", "'" + device + "'", "auto, cpu, or gpu with a number, gpu0");
    }
  }
}
