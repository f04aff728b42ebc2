package io.antiphon.optim;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Snapshot;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearnerTest {
  static List<Optimizer.Factory> factories() {
    return List.of(
        Sgd.of(0.05).momentum(0.9).nesterov(true),
        Adam.of(0.01),
        AdamW.of(0.01),
        Lion.of(0.01),
        RmsProp.of(0.01).momentum(0.5),
        RAdam.of(0.1),
        Lamb.of(0.03),
        Muon.of(0.1));
  }

  @ParameterizedTest
  @MethodSource("factories")
  void fitsAndResumesFromASnapshotBitByBit(Optimizer.Factory factory) {
    try (Learner learner = TinyTask.learner().optimizer(factory).build()) {
      double before = learner.validate().loss();
      learner.fit(4);
      try (Snapshot snapshot = learner.snapshot()) {
        learner.fit(8);
        List<float[]> first = weights(learner);
        learner.restore(snapshot);
        learner.fit(8);
        List<float[]> second = weights(learner);
        for (int i = 0; i < first.size(); i++) {
          assertThat(second.get(i)).containsExactly(first.get(i));
        }
      }
      assertThat(learner.validate().loss()).isLessThan(before / 2);
    }
  }

  @Test
  void whatIsSavedWithinARunIsWithoutTheRunsSchedules() {
    var rates = new ArrayList<Double>();
    try (Learner learner = TinyTask.learner().optimizer(Adam.of(0.01)).build()) {
      learner.fit(
          1,
          new Callback() {
            @Override
            public void beforeBatch(Batch batch) {
              batch.fit().set(Hyper.LEARNING_RATE, 0.5);
            }

            @Override
            public void afterBatch(Batch batch) {
              var state = ((FusedOptimizer) learner.optimizer()).state(batch.manager());
              assertThat(learner.optimizer().get(Hyper.LEARNING_RATE)).isEqualTo(0.5);
              state.groups().getFirst().settings().stream()
                  .filter(setting -> setting.hyper().equals(Hyper.LEARNING_RATE.name()))
                  .forEach(setting -> rates.add(setting.value()));
            }
          });
    }
    assertThat(rates).hasSize(5).containsOnly(0.01); // of training and validation
  }

  @Test
  void thePlanShowsWhatDoesNotDecay() {
    Optimizer.Factory factory = AdamW.of(0.01).weightDecay(0.1);
    try (Learner learner = TinyTask.learner().optimizer(factory).build()) {
      assertThat(learner.explain())
          .containsPattern("decayed .*weight-decay 0.1")
          .containsPattern("norms-and-biases .*weight-decay 0 \\(fixed\\)");
    }
  }

  @Test
  void theCatalogKnowsThem() {
    assertThat(Catalog.boot().components(Kind.OPTIMIZER))
        .filteredOn(component -> component.module().equals("io.antiphon.optim"))
        .extracting(component -> component.id())
        .containsExactlyInAnyOrder(
            "adam", "adamw", "lamb", "lion", "muon", "radam", "rmsprop", "sgd");
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(Parameter::getArray)
        .map(array -> array.toFloatArray())
        .toList();
  }
}
