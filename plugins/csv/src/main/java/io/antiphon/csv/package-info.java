/// Tables from CSV files; [io.antiphon.csv.Csv] is where to begin.
package io.antiphon.csv;
