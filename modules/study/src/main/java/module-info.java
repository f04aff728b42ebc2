import org.jspecify.annotations.NullMarked;

/// Many runs of one experiment: what each of its callbacks brings, and which of its values are
/// good.
///
/// @provides io.antiphon.cli.CommandProvider `antiphon ablate`, `sweep` and `trial`
/// @uses io.antiphon.core.spi.ComparisonPage the page of what came of them
@NullMarked
module io.antiphon.study {
  requires com.google.gson;
  requires commons.math3;
  requires info.picocli;
  requires io.antiphon.cli;
  requires static org.jspecify;

  opens io.antiphon.study to
      info.picocli;

  uses io.antiphon.core.spi.ComparisonPage;

  provides io.antiphon.cli.CommandProvider with
      io.antiphon.study.StudyCommands;
}
