package io.antiphon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
  @Test
  void trainingDropsThatPartAndKeepsTheMean() {
    try (NDManager manager = NDManager.newBaseManager()) {
      var store = new ParameterStore(manager, false);
      NDArray ones = manager.ones(new Shape(100, 1000));
      var dropout = new Dropout(0.3);
      NDArray trained = dropout.forward(store, new NDList(ones), true).head();
      float dropped =
          trained.eq(0).toType(ai.djl.ndarray.types.DataType.FLOAT32, false).mean().getFloat();
      assertThat(dropped).isCloseTo(0.3f, within(0.01f)); // six standard deviations
      assertThat(trained.max().getFloat()).isCloseTo(1 / 0.7f, within(1e-6f));
      assertThat(dropout.forward(store, new NDList(ones), false).head()).isSameAs(ones);
      dropout.rate().set(0);
      assertThat(dropout.forward(store, new NDList(ones), true).head()).isSameAs(ones);
    }
    assertThatThrownBy(() -> new Dropout(1.5)).hasMessage("dropout is 1.5; it must be in [0, 1]");
  }

  private static String weights(double rate, long seed) {
    try (Learner learner = learner(new Dropout(rate)).seed(seed).build()) {
      learner.fit(20);
      return learner.model().getParameters().values().stream()
          .map(each -> Arrays.toString(each.getArray().toFloatArray()))
          .collect(Collectors.joining());
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void fitsAtOnceOnThreadsOfTheirOwnEqualThoseAlone(double rate) throws Exception {
    List<String> alone = List.of(weights(rate, 1), weights(rate, 2));
    assertThat(alone.get(0)).isNotEqualTo(alone.get(1)).isEqualTo(weights(rate, 1));
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 10; i++) {
        Future<String> first = threads.submit(() -> weights(rate, 1));
        Future<String> second = threads.submit(() -> weights(rate, 2));
        assertThat(List.of(first.get(), second.get())).isEqualTo(alone);
      }
    }
  }

  private static Learner.Builder learner(Dropout dropout) {
    Block model =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(dropout)
            .add(Linear.builder().setUnits(2).build());
    return TinyTask.learner().model(model);
  }

  @Test
  void theCallbacksRateIsInForceInTrainingBatchesAndGoneAfterwards() {
    var dropout = new Dropout(0.1);
    var rate = new DropoutRate(new DropoutRate.Options(0.4));
    var seen = new ArrayList<Double>();
    var watch =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            seen.add(dropout.rate().get());
          }
        };
    var schedule =
        new Callback() {
          @Override
          public Order order() {
            return Order.TRANSFORM.runBefore(DropoutRate.class);
          }

          @Override
          public void beforeBatch(Batch batch) {
            batch.fit().set(rate.rate(), 0.2 * batch.fit().trainIter());
          }
        };
    try (Learner learner = learner(dropout).callbacks(rate, watch, schedule).build()) {
      learner.fit(1);
    }
    assertThat(seen).isEqualTo(List.of(0.0, 0.2, 0.4, 0.1, 0.1));
    assertThat(dropout.rate().get()).isEqualTo(0.1);
    assertThat(rate.rate().get()).isEqualTo(0.4);
  }

  @Test
  void itKeepsTheContract() {
    CallbackContract.of(() -> new DropoutRate(new DropoutRate.Options()))
        .on(() -> learner(new Dropout(0.1)))
        .verify();
  }

  @Test
  void theModelsHaveItAsAnOption() {
    assertThat(
            Mlp.of(new Mlp.Options(List.of(4, 4), Activation.RELU, 0.2), 2).getChildren().values())
        .filteredOn(Dropout.class::isInstance)
        .hasSize(2);
    assertThat(Cnn.of(new Cnn.Options(List.of(4), 0.2), 2).getChildren().values())
        .filteredOn(Dropout.class::isInstance)
        .hasSize(1);
    assertThatThrownBy(() -> new Cnn.Options(List.of(4), -1))
        .hasMessage("dropout is -1; it must be in [0, 1]");
  }
}
