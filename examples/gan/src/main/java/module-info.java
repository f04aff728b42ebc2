/// Two networks that learn from each other to draw digits.
module io.antiphon.examples.gan {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.progress;
}
