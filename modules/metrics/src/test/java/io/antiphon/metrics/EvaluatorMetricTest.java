package io.antiphon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.Scores;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluatorMetricTest {
  @Test
  void evaluatorsOfDjlAgreeWithOurs() {
    Metric theirs = EvaluatorMetric.of(new ai.djl.training.evaluator.Accuracy("DjlAccuracy"));
    assertThat(theirs.value()).isNaN();
    try (Learner learner = Fits.learner().metrics(theirs).build()) {
      for (int i = 0; i < 2; i++) {
        Map<String, Double> metrics = learner.fit(1).valid().orElseThrow().metrics();
        assertThat(metrics.get("djl_accuracy"))
            .isCloseTo(metrics.get("accuracy"), within(1e-6))
            .isNotNaN();
      }
    }
  }

  @Test
  void lossesOfDjlWeighSamplesRatherThanBatches() {
    Metric theirs = EvaluatorMetric.of(Loss.softmaxCrossEntropyLoss());
    assertThat(theirs.name()).isEqualTo("softmax_cross_entropy_loss");
    assertThat(theirs.isHigherBetter()).isFalse();
    try (Learner learner = Fits.learner().metrics(theirs).build()) {
      Scores scores = learner.validate();
      assertThat(scores.metrics().get("softmax_cross_entropy_loss"))
          .isCloseTo(scores.loss(), within(1e-6));
    }
  }
}
