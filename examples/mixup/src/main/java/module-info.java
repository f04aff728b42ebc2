/// A look at mixed digits, and training on them.
module io.antiphon.examples.mixup {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.mixup;
  requires io.antiphon.models;
  requires io.antiphon.optim;
}
