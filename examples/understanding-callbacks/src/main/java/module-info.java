/// What callbacks may do.
module io.antiphon.examples.understanding {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.training;
}
