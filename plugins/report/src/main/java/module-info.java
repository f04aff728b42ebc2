import org.jspecify.annotations.NullMarked;

/// One HTML file that shows a run, live too: curves, what layers give, epochs, confused classes,
/// worst samples, the plan; and one that shows several side by side.
///
/// @provides io.antiphon.core.spi.CallbackProvider `report`
/// @provides io.antiphon.core.spi.ComparisonPage pages of `antiphon compare`
@NullMarked
module io.antiphon.report {
  requires transitive io.antiphon.core;
  requires com.google.gson;
  requires io.antiphon.worst;
  requires jdk.httpserver;

  exports io.antiphon.report;

  opens io.antiphon.report to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.report.Report.Options;
  provides io.antiphon.core.spi.ComparisonPage with
      io.antiphon.report.SideBySide;
}
