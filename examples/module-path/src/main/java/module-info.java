/// A program that trains, as a consumer of the library on the module path writes it.
module org.example.digits {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
}
