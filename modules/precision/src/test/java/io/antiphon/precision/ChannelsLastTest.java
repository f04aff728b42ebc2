package io.antiphon.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.data.TensorLoader;
import io.antiphon.models.ConvBlock;
import io.antiphon.optim.Sgd;
import io.antiphon.testkit.CallbackContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelsLastTest {
  @Test
  void keepsTheContract() {
    CallbackContract.of(ChannelsLast::new).verify();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theModelComputesChannelsLastAndNobodyElseSeesIt(int channels) {
    var inModel = new ArrayList<Boolean>();
    var inHooks = new ArrayList<Boolean>();
    var model =
        new SequentialBlock()
            .add(new ConvBlock(4))
            .add(
                new LambdaBlock(list -> {
                  inModel.add(Digits.isContiguous(list.head()));
                  return list;
                }))
            .add(Pool.globalAvgPool2dBlock())
            .add(Linear.builder().setUnits(2).build());
    var watcher =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            inHooks.add(Digits.isContiguous(batch.inputs().head()));
          }
        };
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Learner learner =
            Learner.builder()
                .model(model)
                .loss(Digits.LOSS)
                .optimizer(Sgd.of(0.1))
                .train(
                    TensorLoader.of(
                        manager.randomNormal(new Shape(8, channels, 6, 6)),
                        manager.zeros(new Shape(8), DataType.INT64)))
                .device(Device.cpu())
                .callbacks(new ChannelsLast(), watcher)
                .build()) {
      inModel.clear(); // of what asked the block for its shapes
      learner.fit(1);
    }
    assertThat(inModel).containsExactly(false);
    assertThat(inHooks).containsExactly(true);
  }

  @Test
  void whatIsLearnedIsTheSameButForRounding() {
    try (var digits = new Digits(64, 32);
        Learner plain = digits.descent().build();
        Learner arranged = digits.descent(new ChannelsLast()).build()) {
      double expected = plain.fit(2).valid().orElseThrow().loss();
      assertThat(arranged.fit(2).valid().orElseThrow().loss())
          .isCloseTo(expected, within(1e-5 * expected));
    }
  }

  @Test
  void whatIsNoImageStaysAsItIs() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray table = manager.ones(new Shape(2, 3));
      NDArray bytes = manager.ones(new Shape(2, 3, 4, 4), DataType.UINT8);
      assertThat((List<NDArray>) ChannelsLast.arranged(new NDList(table, bytes), manager))
          .containsExactly(table, bytes);
    }
  }
}
