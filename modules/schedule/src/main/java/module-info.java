import org.jspecify.annotations.NullMarked;

/// Schedules of hyper-parameters, policies built on them, fine-tuning and the search for a learning
/// rate.
///
/// @provides io.antiphon.core.spi.CallbackProvider schedules for the experiment file
/// @provides io.antiphon.core.spi.LrProbe the learning-rate finder for the command line
/// @provides io.antiphon.core.spi.PolicyProvider one-cycle and its kin
/// @provides io.antiphon.core.spi.SplitterProvider the parts of a model for the experiment file
@NullMarked
module io.antiphon.schedule {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires commons.math3;

  exports io.antiphon.schedule;

  opens io.antiphon.schedule to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.schedule.FrozenNorms.Options,
      io.antiphon.schedule.LayerFreezing.Options,
      io.antiphon.schedule.ParamScheduler.Options;
  provides io.antiphon.core.spi.LrProbe with
      io.antiphon.schedule.FinderProbe;
  provides io.antiphon.core.spi.PolicyProvider with
      io.antiphon.schedule.FineTune,
      io.antiphon.schedule.FlatCos,
      io.antiphon.schedule.OneCycle,
      io.antiphon.schedule.Sgdr;
  provides io.antiphon.core.spi.SplitterProvider with
      io.antiphon.schedule.Parts.Depth,
      io.antiphon.schedule.Parts.Head,
      io.antiphon.schedule.Parts.Named;
}
