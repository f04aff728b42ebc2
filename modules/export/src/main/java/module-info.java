import org.jspecify.annotations.NullMarked;

/// Finished models for other programs: as a PyTorch module in Python, and as TorchScript.
///
/// @provides io.antiphon.experiment.ModelExporter `torch`
@NullMarked
module io.antiphon.export {
  requires transitive io.antiphon.experiment;
  requires io.antiphon.models;
  requires com.google.gson;
  requires static org.jspecify;

  exports io.antiphon.export;

  provides io.antiphon.experiment.ModelExporter with
      io.antiphon.export.TorchExport;
}
