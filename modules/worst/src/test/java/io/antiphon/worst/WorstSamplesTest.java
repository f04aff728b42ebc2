package io.antiphon.worst;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.core.Batch;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Pass;
import io.antiphon.core.Predictions;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorstSamplesTest {
  private final List<Worst> found = new ArrayList<>();
  private int kept = 5;

  private final Observer finder =
      new Observer() {
        private WorstSamples samples;

        @Override
        public void beforeValidate(Pass pass) {
          samples = new WorstSamples(pass, kept, 96);
        }

        @Override
        public void afterLoss(Batch batch) {
          if (!batch.isTraining()) {
            samples.add(batch);
          }
        }

        @Override
        public void afterValidate(Pass pass) {
          found.addAll(samples.read());
        }
      };

  @Test
  void areThoseOfTheGreatestLossesOfAllBatches() {
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, finder);
      Predictions all = learner.predictions(learner.validData().orElseThrow(), learner.manager());
      float[] losses = all.losses().orElseThrow().toFloatArray();
      List<Long> worst =
          java.util.stream.LongStream.range(0, losses.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Long i) -> -losses[i.intValue()]))
              .limit(kept)
              .toList();
      assertThat(found).extracting(Worst::place).containsExactlyElementsOf(worst);
      assertThat(found.getFirst().loss()).isEqualTo(losses[worst.getFirst().intValue()]);
      assertThat(found)
          .allSatisfy(each -> {
            assertThat(each.picture()).isPresent();
            assertThat(each.is(List.of("row", "column"))).isIn("row", "column");
            assertThat(each.says(List.of())).matches("[01] \\(\\d+ %\\)");
          });
    }
  }

  @Test
  void areNoneWhereNoneAreWanted() {
    kept = 0;
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, finder);
    }
    assertThat(found).isEmpty();
  }

  @Test
  void areToldInAFewNumbers() {
    var many = List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5);
    var sample = new Worst(3, 0.5, List.of(0.25), many, false, Optional.empty());
    assertThat(sample.is(List.of())).isEqualTo("0.25");
    assertThat(sample.says(List.of())).isEqualTo("1, 2, 3, 4, 5, 6, …");
    assertThat(new Worst(3, 0.5, List.of(), List.of(), false, Optional.empty()).is(List.of()))
        .isEmpty();
  }
}
