package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LearnerTest {
  @Test
  void fittingLowersTheLoss() {
    try (Learner learner = Digits.learner(20).build()) {
      Scores before = learner.validate();
      FitResult result = learner.fit(3);
      assertThat(result.outcome()).isEqualTo(new Outcome.Finished());
      assertThat(result.valid().orElseThrow().loss()).isLessThan(before.loss() / 2);
      System.out.println(before + " " + result);
      System.out.println(learner.explain());
    }
  }
}
