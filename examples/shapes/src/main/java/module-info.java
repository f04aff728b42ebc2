/// Segmentation of drawn shapes, in Java.
module io.antiphon.examples.shapes {
  requires io.antiphon.augmentation;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.progress;
  requires io.antiphon.vision;
  requires java.desktop;
}
