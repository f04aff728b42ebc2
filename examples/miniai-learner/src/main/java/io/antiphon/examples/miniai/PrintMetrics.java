package io.antiphon.examples.miniai;

import io.antiphon.core.Observer;
import io.antiphon.core.Pass;
import io.antiphon.core.Scores;
import java.io.PrintStream;
import java.util.Locale;

/// Prints the metrics of each pass by their names, and the loss: the mean over its samples.
record PrintMetrics(PrintStream out) implements Observer {
  @Override
  public void afterTrain(Pass pass) {
    print(pass, "train");
  }

  @Override
  public void afterValidate(Pass pass) {
    print(pass, "valid");
  }

  private void print(Pass pass, String what) {
    Scores scores = pass.scores();
    out.printf(Locale.ROOT, "epoch %d  %s  loss %.3f", pass.epoch().number(), what, scores.loss());
    scores.metrics().forEach((name, value) -> out.printf(Locale.ROOT, "  %s %.3f", name, value));
    out.println();
  }
}
