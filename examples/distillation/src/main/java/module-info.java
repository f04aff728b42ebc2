/// A small net that learns from a large one.
module io.antiphon.examples.distillation {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.schedule;
}
