import org.jspecify.annotations.NullMarked;

/// What can be watched in a training: activations, norms, time, memory, the flight recorder; and a
/// way back from a loss that spikes.
///
/// @provides io.antiphon.core.spi.CallbackProvider `activation-statistics`, `norms`, `times`,
///   `device-memory`, `flight-recorder`, `spike-rollback`
@NullMarked
module io.antiphon.watch {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires java.management;
  requires jdk.jfr;

  exports io.antiphon.watch;

  opens io.antiphon.watch to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.watch.ActivationStatistics.Options,
      io.antiphon.watch.DeviceMemory.Options,
      io.antiphon.watch.FlightRecorder.Options,
      io.antiphon.watch.Norms.Options,
      io.antiphon.watch.SpikeRollback.Options,
      io.antiphon.watch.Times.Options;
}
