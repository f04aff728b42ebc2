import org.jspecify.annotations.NullMarked;

/// Keeps a run's parameters, metrics and files on an MLflow server.
///
/// @provides io.antiphon.core.spi.CallbackProvider `mlflow`
@NullMarked
module io.antiphon.mlflow {
  requires transitive io.antiphon.core;
  requires io.antiphon.outbox;
  requires com.google.gson;

  exports io.antiphon.mlflow;

  opens io.antiphon.mlflow to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.mlflow.Mlflow.Options;
}
