/// A language model of Shakespeare's plays by characters, in Java.
module io.antiphon.examples.shakespeare {
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.optim;
  requires io.antiphon.progress;
  requires io.antiphon.text;
}
