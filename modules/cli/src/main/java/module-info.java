import org.jspecify.annotations.NullMarked;

/// The `antiphon` command.
///
/// @uses io.antiphon.cli.CommandProvider commands of other modules
@NullMarked
module io.antiphon.cli {
  requires info.picocli;
  requires transitive io.antiphon.experiment;
  requires static io.antiphon.image; // where images are made, on a JDK; not in an experiment's own
  requires static io.antiphon.schedule;
  requires static org.jspecify;

  exports io.antiphon.cli;

  uses io.antiphon.cli.CommandProvider;
  uses io.antiphon.core.spi.ComparisonPage;
  uses io.antiphon.core.spi.LrProbe;
  uses io.antiphon.experiment.ModelExporter;

  opens io.antiphon.cli to
      info.picocli;
}
