/// Handwritten digits in Java, as a consumer on the module path writes it.
module io.antiphon.examples.mnist {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
}
