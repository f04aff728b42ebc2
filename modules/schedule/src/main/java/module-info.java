import org.jspecify.annotations.NullMarked;

/// Schedules of hyper-parameters, policies built on them, fine-tuning and the search for a learning
/// rate.
///
/// @provides io.antiphon.core.spi.CallbackProvider schedules for the experiment file
/// @provides io.antiphon.core.spi.PolicyProvider one-cycle and its kin
@NullMarked
module io.antiphon.schedule {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires commons.math3;

  exports io.antiphon.schedule;

  opens io.antiphon.schedule to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.schedule.FrozenNormsProvider,
      io.antiphon.schedule.ScheduleProvider;
  provides io.antiphon.core.spi.PolicyProvider with
      io.antiphon.schedule.FineTuneProvider,
      io.antiphon.schedule.FlatCosProvider,
      io.antiphon.schedule.OneCycleProvider,
      io.antiphon.schedule.SgdrProvider;
}
