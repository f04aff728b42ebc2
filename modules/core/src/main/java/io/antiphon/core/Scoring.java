package io.antiphon.core;

import java.util.EnumSet;
import java.util.Set;

/// Core's own callback: opens the scores of each pass before anyone else hears of it, and closes
/// them before anyone else hears of its end.
final class Scoring implements Callback {
  private static final Order FIRST = Order.at(Integer.MIN_VALUE);

  @Override
  public String name() {
    return "scores";
  }

  @Override
  public Order order() {
    return FIRST;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public void beforeTrain(Pass pass) {
    pass.openScores();
  }

  @Override
  public void beforeValidate(Pass pass) {
    pass.openScores();
  }

  @Override
  public void afterCancelTrain(Pass pass) {
    pass.addUpScores();
    pass.closeScores();
  }

  @Override
  public void afterCancelValidate(Pass pass) {
    pass.addUpScores();
    pass.closeScores();
  }

  @Override
  public void afterTrain(Pass pass) {
    pass.addUpScores();
    pass.closeScores();
  }

  @Override
  public void afterValidate(Pass pass) {
    pass.addUpScores();
    pass.closeScores();
  }

  @Override
  public void cleanupTrain(Pass pass) {
    pass.closeScores();
  }

  @Override
  public void cleanupValidate(Pass pass) {
    pass.closeScores();
  }
}
