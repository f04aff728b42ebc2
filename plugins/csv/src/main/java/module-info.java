import org.jspecify.annotations.NullMarked;

/// Tables from CSV files: numbers standardised, categories indexed, missing values filled in.
///
/// @provides io.antiphon.core.spi.DataProvider `csv`
@NullMarked
module io.antiphon.csv {
  requires de.siegmar.fastcsv;
  requires transitive io.antiphon.data;
  requires static transitive org.jspecify;

  exports io.antiphon.csv;

  opens io.antiphon.csv to
      io.antiphon.core;

  provides io.antiphon.core.spi.DataProvider with
      io.antiphon.csv.Csv.Options;
}
