package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LambdaCallbackTest {
  @ParameterizedTest
  @EnumSource
  void eachEventHasAMethodWhichTakesAFunctionOfItsScope(Event event) throws Exception {
    var called = new ArrayList<Object>();
    Consumer<Scope> action = called::add;
    Method method = LambdaCallback.class.getMethod(event.hook(), Consumer.class);
    assertThat(method.getGenericParameterTypes()[0].getTypeName())
        .isEqualTo("java.util.function.Consumer<%s>".formatted(event.scope().getName()));
    var callback = (LambdaCallback) method.invoke(new LambdaCallback("one"), action);
    assertThat(callback.events()).containsExactly(event);
    assertThat(Event.values()).filteredOn(each -> each.isHeardBy(callback)).containsExactly(event);
  }

  @Test
  void functionsRunAtTheirEventsThoseOfOneInTheOrderInWhichTheyWereGiven() {
    var heard = new ArrayList<String>();
    LambdaCallback callback =
        new LambdaCallback("listener")
            .beforeFit(fit -> heard.add("fit of " + fit.epochs()))
            .beforeTrain(pass -> heard.add("training " + pass.isTraining()))
            .afterEpoch(epoch -> heard.add("epoch " + epoch.number()))
            .afterEpoch(epoch -> heard.add("again " + epoch.number()));
    try (Learner learner = Points.learner(2).build()) {
      learner.fit(1, callback);
    }
    assertThat(heard).containsExactly("fit of 1", "training true", "epoch 0", "again 0");
  }

  @Test
  void itChangesAndStopsAsAnyCallbackAndIsToldByItsName() {
    LambdaCallback first =
        new LambdaCallback("first")
            .afterBatch(batch -> {
              throw new CancelFitException("one batch is enough");
            });
    try (Learner learner = Points.learner(4).build()) {
      FitResult result = learner.fit(3, first);
      assertThat(result.outcome()).isEqualTo(new Outcome.Cancelled("first", "one batch is enough"));
      assertThat(learner.stepsDone()).isOne();
    }
  }

  @Test
  void eachMethodLeavesTheFormerCallbackAsItIs() {
    var plain = new LambdaCallback("plain");
    LambdaCallback more =
        plain.order(Order.at(7)).waitingForDevice().afterLoss(batch -> batch.lossValue());
    assertThat(plain.events()).isEmpty();
    assertThat(plain.order()).isEqualTo(Order.DEFAULT);
    assertThat(plain.waitsForDevice()).isFalse();
    assertThat(more.name()).isEqualTo("plain");
    assertThat(more.order()).isEqualTo(Order.at(7));
    assertThat(more.waitsForDevice()).isTrue();
  }

  @Test
  void outputsOfAKindOfLayerAreKeptForTheBatch() {
    var shapes = new ArrayList<String>();
    LambdaCallback callback =
        new LambdaCallback("outputs")
            .beforeFit(fit -> fit.keepOutputs(Linear.class))
            .beforeBatch(batch ->
                assertThatThrownBy(() -> batch.outputs(Linear.class))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("keepOutputs(Linear.class)"))
            .afterLoss(batch -> {
              NDList last = batch.outputs(Linear.class);
              assertThat(last.head()).isEqualTo(batch.predictions().head());
              shapes.add(batch.isTraining() + " " + last.head().getShape());
              assertThatThrownBy(() -> batch.outputs(Dropout.class))
                  .isInstanceOf(IllegalStateException.class);
            });
    try (Learner learner = Points.learner(1).build()) {
      learner.fit(1, callback);
      assertThat(shapes).isEqualTo(List.of("true (8, 2)", "false (8, 2)", "false (8, 2)"));
      shapes.clear();
      learner.fit(
          1,
          new LambdaCallback("later")
              .afterLoss(batch ->
                  assertThatThrownBy(() -> batch.outputs(Linear.class))
                      .isInstanceOf(IllegalStateException.class)));
    }
  }
}
