/// Digits as images in folders, in Java.
module io.antiphon.examples.digitimages {
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.progress;
  requires io.antiphon.vision;
  requires java.desktop;
}
