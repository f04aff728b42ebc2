/// Tables in Java: classes and numbers from one CSV file.
module io.antiphon.examples.wine {
  requires io.antiphon.core;
  requires io.antiphon.csv;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
}
