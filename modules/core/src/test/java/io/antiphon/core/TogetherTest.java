package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TogetherTest {
  @TempDir Path temporary;

  private final List<String> told = new ArrayList<>();

  private final Callback teller =
      new Callback() {
        @Override
        public void beforeFit(Fit fit) {
          told.add("begins " + fit.isFirst() + " " + fit.isLast());
        }

        @Override
        public void cleanupFit(Fit fit) {
          told.add("ends " + fit.isFirst() + " " + fit.isLast());
        }
      };

  private static FitResult twice(Learner learner, Callback... more) {
    return learner.together(
        2,
        () -> {
          FitResult first = learner.fit(1, more);
          return first.outcome().isFinished() ? learner.fit(1) : first;
        });
  }

  @Test
  void oneFitIsATrainingAndSeveralTogetherAreOne() {
    try (Learner learner = Points.learner(2).callbacks(teller).build()) {
      learner.fit(1);
      assertThat(told).containsExactly("begins true true", "ends true true");
      told.clear();
      twice(learner);
      assertThat(told)
          .containsExactly(
              "begins true false", "ends true false", "begins false true", "ends false true");
      told.clear();
      learner.fit(1);
      assertThat(told).containsExactly("begins true true", "ends true true");
    }
  }

  @Test
  void aFitThatDoesNotRunToItsEndIsTheLast() {
    var stops =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            batch.fit().stopAfter(Level.BATCH, "enough");
          }
        };
    var fails =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            throw new IllegalStateException("a bug");
          }
        };
    try (Learner learner = Points.learner(2).callbacks(teller).build()) {
      twice(learner, stops);
      assertThat(told).containsExactly("begins true false", "ends true true");
      told.clear();
      assertThatThrownBy(() -> twice(learner, fails)).isInstanceOf(CallbackException.class);
      assertThat(told).containsExactly("begins true false", "ends true true");
    }
  }

  @Test
  void aSecondFitThatGoesOnFromACheckpointIsTheSecond() {
    var saves =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (!batch.fit().isFirst() && batch.index() == 0 && batch.isTraining()) {
              batch.fit().whenSettled(() -> batch.fit().learner().save(temporary.resolve("saved")));
            }
          }
        };
    try (Learner learner = Points.learner(2).callbacks(teller, saves).build()) {
      twice(learner);
    }
    told.clear();
    try (Learner learner = Points.learner(2).callbacks(teller, saves).build()) {
      learner.load(temporary.resolve("saved"));
      twice(learner);
    }
    assertThat(told).containsExactly("begins false true", "ends false true");
  }

  @Test
  void noneIsAPartOfAnother() {
    try (Learner learner = Points.learner(2).build()) {
      assertThatThrownBy(() -> learner.together(2, () -> twice(learner)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("one training already");
      assertThatThrownBy(() -> learner.together(0, () -> twice(learner)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
