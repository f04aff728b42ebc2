import org.jspecify.annotations.NullMarked;

/// Experiments: their files, their runs, and what a run leaves behind.
@NullMarked
module io.antiphon.experiment {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires org.snakeyaml.engine;

  exports io.antiphon.experiment;
}
