import org.jspecify.annotations.NullMarked;

/// Writes what TensorBoard shows: scalars, hyper-parameters, histograms, images and texts of a run.
///
/// @provides io.antiphon.core.spi.CallbackProvider `tensorboard`
@NullMarked
module io.antiphon.tensorboard {
  requires transitive io.antiphon.core;
  requires io.antiphon.worst;

  exports io.antiphon.tensorboard;

  opens io.antiphon.tensorboard to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.tensorboard.TensorBoard.Options;
}
