package io.antiphon.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelEpochException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.Fit;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Order;
import io.antiphon.core.Replacement;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.data.Mnist;
import io.antiphon.data.TensorLoader;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.AdamW;
import io.antiphon.precision.MixedPrecision.Options;
import io.antiphon.precision.MixedPrecision.Type;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.Autocast;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Capabilities;
import io.antiphon.torch.Cast;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MixedPrecisionTest {
  private static final Device CPU = Device.cpu();

  @AfterEach
  void autocastIsOff() {
    assertThat(Autocast.isOn(CPU)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void keepsTheContract(Type type) {
    CallbackContract.of(() -> new MixedPrecision(type))
        .on(() ->
            TinyTask.learner()
                .model(
                    new SequentialBlock()
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(2).build())))
        .verify();
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void layersComputeInTheNarrowTypeAndEverybodyElseSeesFloat32(Type type) {
    var inside = new ArrayList<DataType>();
    var seen = new ArrayList<DataType>();
    var autocast = new ArrayList<Boolean>();
    var precision = new MixedPrecision(withoutAudit(type));
    var watcher =
        new Callback() {
          @Override
          public Order order() {
            return Order.TRANSFORM;
          }

          @Override
          public void beforeBatch(Batch batch) {
            autocast.add(Autocast.isOn(CPU));
          }

          @Override
          public void afterPred(Batch batch) {
            seen.add(batch.predictions().head().getDataType());
          }

          @Override
          public void afterLoss(Batch batch) {
            seen.add(batch.loss().getDataType());
            autocast.add(!Autocast.isOn(CPU));
          }

          @Override
          public void beforeStep(Batch batch) {
            for (NDArray gradient : batch.gradients().arrays(batch.manager())) {
              seen.add(gradient.getDataType());
            }
          }
        };
    try (var digits = new Digits(64, 64);
        Learner learner = digits.cnn(watcher, precision).model(watched(inside)).build()) {
      inside.clear(); // shapes were found in float32
      FitResult result = learner.fit(1);
      learner.validate();
      NDList predictions = learner.predict(digits.valid, digits.manager);
      assertThat(predictions.head().getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(result.valid().orElseThrow().loss()).isFinite();
      assertThat(inside).hasSize(8).containsOnly(precision.type());
      assertThat(precision.type())
          .isEqualTo(type == Type.BF16 ? DataType.BFLOAT16 : DataType.FLOAT16);
      assertThat(seen).containsOnly(DataType.FLOAT32);
      assertThat(autocast).doesNotContain(false);
      learner
          .model()
          .getParameters()
          .forEach(parameter ->
              assertThat(parameter.getValue().getArray().getDataType())
                  .isEqualTo(DataType.FLOAT32));
    }
  }

  @Test
  void onlyTheModelMeetsChannelsLastInMemory() {
    var inModel = new ArrayList<Boolean>();
    var inHooks = new ArrayList<Boolean>();
    var model = new SequentialBlock();
    model.add(
        new LambdaBlock(list -> {
          inModel.add(Digits.isContiguous(list.head()));
          return list;
        }));
    model.add(Cnn.of(new Cnn.Options(List.of(4)), 2));
    var watcher =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            inHooks.add(Digits.isContiguous(batch.inputs().head()));
          }
        };
    for (boolean channelsLast : new boolean[] {true, false}) {
      var options = new Options(Type.BF16, 1, 2, 0.5, 1, channelsLast, false);
      try (NDManager manager = NDManager.newBaseManager(CPU)) {
        var data =
            TensorLoader.of(
                manager.randomNormal(new Shape(8, 3, 6, 6)),
                manager.zeros(new Shape(8), DataType.INT64));
        try (Learner learner =
            Learner.builder()
                .model(model)
                .loss(Digits.LOSS)
                .optimizer(AdamW.of(1e-3))
                .train(data)
                .device(CPU)
                .callbacks(new MixedPrecision(options), watcher)
                .build()) {
          inModel.clear();
          learner.fit(1);
        }
      }
      assertThat(inModel).containsExactly(!channelsLast);
      assertThat(inHooks).containsOnly(true);
      model.clear(); // for the next learner
    }
  }

  private static Block watched(List<DataType> inside) {
    return new SequentialBlock()
        .add(Cnn.of(new Cnn.Options(List.of(8, 16)), 10))
        .add(
            new LambdaBlock(list -> {
              inside.add(Cast.typeOf(list.head()));
              return list;
            }));
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void lossesStayCloseToThoseOfFloat32(Type type) {
    try (var digits = new Digits(1600, 320)) {
      double wide = smoothLossAfter(digits.cnn(), 4);
      double narrow = smoothLossAfter(digits.cnn(new MixedPrecision(type)), 4); // 200 steps
      System.out.printf("smoothed loss: float32 %.4f, %s %.4f%n", wide, type, narrow);
      assertThat(narrow).isCloseTo(wide, within(0.02 + 0.02 * wide));
    }
  }

  private static double smoothLossAfter(Learner.Builder builder, int epochs) {
    var last = new double[1];
    var reader =
        new Callback() {
          @Override
          public void afterEpoch(io.antiphon.core.Epoch epoch) {
            last[0] = epoch.fit().smoothLoss();
          }
        };
    try (Learner learner = builder.build()) {
      learner.fit(epochs, reader);
    }
    return last[0];
  }

  @Test
  void realDigitsAreLearnedAsWellAsInFloat32() {
    String folder = System.getProperty("antiphon.mnist");
    if (folder == null || folder.isEmpty()) {
      System.out.println("left out: antiphon.mnist does not name a folder with MNIST's files");
      return;
    }
    try (NDManager manager = NDManager.newBaseManager(CPU)) {
      var d = new Mnist();
      Data data =
          new Mnist(Path.of(folder), d.train(), d.valid(), 64, d.mean(), d.deviation())
              .create(new Setting(manager, 5));
      double wide = accuracy(data);
      double narrow = accuracy(data, new MixedPrecision(Type.BF16));
      System.out.printf("accuracy on MNIST: float32 %.4f, bf16 %.4f%n", wide, narrow);
      assertThat(wide).isGreaterThan(0.95);
      assertThat(narrow).isCloseTo(wide, within(0.005));
    }
  }

  private static double accuracy(Data data, Callback... callbacks) {
    try (Learner learner =
        Learner.builder()
            .model(Cnn.of(new Cnn.Options(), data.task().outputs()))
            .loss(Digits.LOSS)
            .optimizer(AdamW.of(5e-3))
            .metrics(new Accuracy())
            .train(data.train())
            .valid(data.valid().orElseThrow())
            .device(CPU)
            .callbacks(callbacks)
            .build()) {
      return learner.fit(2).valid().orElseThrow().metrics().get("accuracy");
    }
  }

  @Test
  void twoLearnersComputeInTwoTypesAtOnce() throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      var fits = new ArrayList<Callable<DataType>>();
      for (Type type : List.of(Type.BF16, Type.FP16)) {
        fits.add(() -> {
          var precision = new MixedPrecision(type);
          try (var digits = new Digits(320, 32);
              Learner learner = digits.cnn(precision).build()) {
            learner.fit(2);
          }
          return precision.type();
        });
      }
      var types = new ArrayList<DataType>();
      for (var done : threads.invokeAll(fits)) {
        types.add(done.get());
      }
      assertThat(types).containsExactly(DataType.BFLOAT16, DataType.FLOAT16);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void autocastEndsWhereverABatchIsLeft(Type type) {
    List<Consumer<Batch>> exits =
        List.of(
            batch -> {
              throw new CancelBatchException("test");
            },
            batch -> {
              throw new CancelTrainException("test");
            },
            batch -> {
              throw new CancelEpochException("test");
            },
            batch -> {
              throw new CancelFitException("test");
            },
            batch -> {
              throw new IllegalStateException("test");
            });
    for (Consumer<Batch> exit : exits) {
      for (boolean early : new boolean[] {true, false}) {
        var leaver =
            new Callback() {
              @Override
              public void beforeBatch(Batch batch) {
                if (early && batch.isTraining()) {
                  exit.accept(batch);
                }
              }

              @Override
              public void afterPred(Batch batch) {
                if (batch.isTraining()) {
                  exit.accept(batch);
                }
              }

              @Override
              public void afterCancelBatch(Batch batch) {
                assertThat(Autocast.isOn(CPU)).isFalse();
              }
            };
        try (Learner learner =
            TinyTask.learner().callbacks(new MixedPrecision(type), leaver).build()) {
          try {
            learner.fit(1);
          } catch (CallbackException e) {
            assertThat(e).hasMessageContaining("test");
          }
          assertThat(Autocast.isOn(CPU)).isFalse();
        }
      }
    }
  }

  @Test
  void aLookAtTheModelWithoutAGraphLeavesItTrainable() {
    var norms = new ArrayList<Float>();
    var looker =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining()) {
              try (var _ = Autograd.off()) {
                batch.forward(batch.inputs());
              }
            }
          }

          @Override
          public void beforeStep(Batch batch) {
            for (NDArray gradient : batch.gradients().arrays(batch.manager())) {
              norms.add(gradient.norm().getFloat());
            }
          }
        };
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16), looker).build()) {
      learner.fit(1);
    }
    assertThat(norms).isNotEmpty().allMatch(norm -> norm > 0);
  }

  @Test
  void aScopeThatABlockForgetsIsToldOnceAndEnds() {
    var model = new SequentialBlock();
    model.add(Blocks.batchFlattenBlock());
    model.add(Linear.builder().setUnits(10).build());
    model.add(
        new LambdaBlock(list -> {
          if (Autocast.isOn(CPU)) {
            Autocast.on(CPU, DataType.BFLOAT16);
          }
          return list;
        }));
    assertThatExceptionOfType(CallbackException.class)
        .isThrownBy(() -> fit(model, Digits.LOSS, withoutAudit(Type.BF16)))
        .withMessageContaining("mixed-precision")
        .withMessageContaining("1 autocast scope inside this one was never closed")
        .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
    assertThat(Autocast.isOn(CPU)).isFalse();
  }

  @Test
  void aLearnerThatIsFittedInAHookComputesInItsOwnType() {
    var seen = new ArrayList<DataType>();
    var watcher =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            seen.add(Cast.typeOf(batch.predictions().head()));
          }
        };
    var outer =
        new Callback() {
          @Override
          public void beforeBatch(Batch batch) {
            if (batch.isTraining() && batch.index() == 0) {
              boolean on = Autocast.isOn(CPU);
              try (var digits = new Digits(64, 32);
                  Learner inner = digits.cnn(watcher).build()) {
                inner.fit(1);
              }
              assertThat(Autocast.isOn(CPU)).isEqualTo(on).isTrue();
            }
          }
        };
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(new MixedPrecision(Type.BF16), outer).build()) {
      learner.fit(1);
    }
    assertThat(seen).isNotEmpty().containsOnly(DataType.FLOAT32);
  }

  @Test
  void aVirtualThreadIsRefused() throws InterruptedException {
    var failure = new java.util.concurrent.atomic.AtomicReference<Throwable>();
    try (Learner learner = TinyTask.learner().build()) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              learner.fit(1);
            } catch (RuntimeException e) {
              failure.set(e);
            }
          })
          .join();
    }
    assertThat(failure.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("virtual thread");
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void aStepThatAnotherCallbackPutsInIsWrappedToo(Type type) {
    for (boolean perBatch : new boolean[] {false, true}) {
      var used = new ArrayList<DataType>();
      var seen = new ArrayList<DataType>();
      var norms = new ArrayList<Float>();
      var replacer =
          new Callback() {
            @Override
            public Set<Replacement> replaces() {
              return Set.of(Replacement.STEP);
            }

            private final TrainingStep step =
                new TrainingStep() {
                  @Override
                  public NDList forward(Batch batch, Block block, NDList inputs, boolean training) {
                    NDList outputs = TrainingStep.super.forward(batch, block, inputs, training);
                    used.add(Cast.typeOf(outputs.head()));
                    return outputs;
                  }
                };

            @Override
            public void beforeFit(Fit fit) {
              if (!perBatch) {
                fit.replaceStep(step);
              }
            }

            @Override
            public void beforeBatch(Batch batch) {
              if (perBatch) {
                batch.replaceStep(step);
              }
            }

            @Override
            public void afterPred(Batch batch) {
              seen.add(Cast.typeOf(batch.predictions().head()));
            }

            @Override
            public void beforeStep(Batch batch) {
              norms.add(batch.gradients().norm(batch.manager(), 2).getFloat());
            }
          };
      var options = new Options(type, 1024, 2, 0.5, 2000, true, false);
      try (var digits = new Digits(64, 32);
          Learner learner = digits.cnn(replacer, new MixedPrecision(options)).build()) {
        learner.fit(1);
      }
      assertThat(used)
          .isNotEmpty()
          .containsOnly(type == Type.BF16 ? DataType.BFLOAT16 : DataType.FLOAT16);
      assertThat(seen).hasSameSizeAs(used).containsOnly(DataType.FLOAT32);
      assertThat(norms).isNotEmpty().allMatch(norm -> norm < 100); // no scale is left in them
    }
  }

  @Test
  void aCallbackRemovedInABatchLeavesNothingBehind() {
    var precision = new MixedPrecision(Type.FP16);
    var remover =
        new Callback() {
          @Override
          public void afterPred(Batch batch) {
            if (batch.index() == 1) {
              batch.fit().learner().remove(precision);
            }
          }

          @Override
          public void beforeBatch(Batch batch) {
            assertThat(Autocast.isOn(CPU)).isEqualTo(batch.isTraining() && batch.index() < 2);
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(precision, remover).build()) {
      FitResult result = learner.fit(1);
      assertThat(result.train().orElseThrow().loss()).isLessThan(5);
      assertThat(lossOf(learner)).isLessThan(5);
    }
  }

  private static double lossOf(Learner learner) {
    return learner.validate().loss();
  }

  @Test
  void oneAddedDuringAFitWorksFromTheNextBatchOn() {
    var precision = new MixedPrecision(Type.BF16);
    var adder =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            if (batch.isTraining() && batch.index() == 0) {
              batch.pass().add(precision);
            }
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(adder).build()) {
      learner.fit(1);
      assertThat(precision.type()).isEqualTo(DataType.BFLOAT16);
    }
  }

  @Test
  void aBlockThatDjlWouldAbortOnIsRefusedByName() {
    var model = new SequentialBlock();
    model.add(Linear.builder().setUnits(10).build());
    model.add(new SoftmaxBlock());
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> fit(model, Digits.LOSS))
        .withMessageContaining(SoftmaxBlock.class.getName())
        .withMessageContaining("SoftmaxBlock.java:")
        .withMessageContaining("bfloat16")
        .withMessageEndingWith("fp16");
  }

  @Test
  void aBlockThatComputesOnOtherThreadsIsRefusedByItsLine() {
    var model = new SequentialBlock();
    model.add(Blocks.batchFlattenBlock());
    model.add(Linear.builder().setUnits(10).build());
    model.add(
        new LambdaBlock(list ->
            new NDList(
                CompletableFuture.supplyAsync(
                        () -> list.head().softmax(-1), Thread::startVirtualThread)
                    .join())));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> fit(model, Digits.LOSS))
        .withMessageContaining("MixedPrecisionTest.java:")
        .withMessageContaining("DJL cannot make arrays of this type; it knows int8");
  }

  @Test
  void aLossThatDjlWouldAbortOnIsRefusedByName() {
    LossFunction loss =
        new LossFunction() {
          @Override
          public NDArray loss(NDList predictions, NDList targets) {
            NDArray x = predictions.head();
            return x.matMul(x.transpose()).logSoftmax(-1).mean();
          }

          @Override
          public String toString() {
            return "similarity";
          }
        };
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> fit(Cnn.of(new Cnn.Options(List.of(8)), 10), loss))
        .withMessageStartingWith("loss 'similarity' cannot compute in bfloat16 (at ");
  }

  @Test
  void otherFailuresAreTheirOwn() {
    LossFunction loss =
        (predictions, _) -> {
          throw new IllegalStateException("no such thing");
        };
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> fit(Cnn.of(new Cnn.Options(List.of(8)), 10), loss))
        .withMessage("no such thing");
  }

  @Test
  void aModelsOwnFailureIsItsOwnWhateverItsWords() {
    for (String words :
        List.of("Half of the samples have no mask", "no such scalar type", "bfloat16, please")) {
      var model = new SequentialBlock();
      model.add(Blocks.batchFlattenBlock());
      model.add(Linear.builder().setUnits(10).build());
      model.add(
          new LambdaBlock(list -> {
            if (Autocast.isOn(CPU)) {
              throw new IllegalArgumentException(words);
            }
            return list;
          }));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fit(model, Digits.LOSS))
          .withMessage(words);
    }
  }

  @Test
  void whatDjlReadsInAnotherTypeIsRefusedByName() {
    var model = new SequentialBlock();
    model.add(Blocks.batchFlattenBlock());
    model.add(Linear.builder().setUnits(10).build());
    model.add(
        new LambdaBlock(list -> {
          if (Autocast.isOn(CPU)) {
            list.head().toFloatArray();
          }
          return list;
        }));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> fit(model, Digits.LOSS))
        .withMessageContaining("cannot compute in bfloat16 (at ")
        .withMessageContaining("MixedPrecisionTest.java:");
  }

  private static Options withoutAudit(Type type) {
    return new Options(type, 65_536, 2, 0.5, 2000, true, false);
  }

  private static void fit(Block model, LossFunction loss) {
    fit(model, loss, new Options(Type.BF16));
  }

  private static void fit(Block model, LossFunction loss, Options options) {
    try (var digits = new Digits(64, 32);
        Learner learner = digits.cnn(new MixedPrecision(options)).model(model).loss(loss).build()) {
      learner.fit(1);
    }
  }

  @Test
  void aTypeThatTheDeviceCannotTrainInIsRefusedNamingWhatItCan() {
    var precision = new MixedPrecision(new Options(Type.BF16), device -> able(device, Set.of()));
    try (Learner learner = TinyTask.learner().callbacks(precision).build()) {
      assertThatExceptionOfType(CallbackException.class)
          .isThrownBy(() -> learner.fit(1))
          .withMessageContaining("mixed-precision")
          .withMessageContaining(
              "cpu() cannot train in bfloat16; it can in float32 float16, and is fast in float32");
      assertThat(precision.explain(learner)).startsWith("refused: cpu()");
    }
  }

  @Test
  void autoTakesWhatTheDeviceIsFastIn() {
    assertThat(auto(Set.of(DataType.BFLOAT16, DataType.FLOAT16))).isEqualTo(DataType.BFLOAT16);
    assertThat(auto(Set.of(DataType.FLOAT16))).isEqualTo(DataType.FLOAT32); // not on a CPU
    assertThat(auto(Set.of())).isEqualTo(DataType.FLOAT32);
  }

  private static DataType auto(Set<DataType> fast) {
    var precision = new MixedPrecision(new Options(), device -> able(device, fast));
    try (Learner learner = TinyTask.learner().callbacks(precision).build()) {
      learner.fit(1);
    }
    return precision.type();
  }

  private static Capabilities able(Device device, Set<DataType> fast) {
    var types = new java.util.HashSet<>(Set.of(DataType.FLOAT32, DataType.FLOAT16));
    types.addAll(fast);
    var all = new java.util.HashSet<>(Set.of(DataType.FLOAT32));
    all.addAll(fast);
    return new Capabilities(device, Set.of(), types, all, 1, 1, true);
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Options(Type.FP16, 0, 2, 0.5, 2000, true, true))
        .withMessage("init-scale is 0; it must be finite and greater than 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Options(Type.FP16, 1, 0.5, 0.5, 2000, true, true))
        .withMessage("growth is 0.5; it must be finite and at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Options(Type.FP16, 1, 2, 1, 2000, true, true))
        .withMessage("backoff is 1; it must be in (0, 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Options(Type.FP16, 1, 2, 0.5, 0, true, true))
        .withMessage("growth-interval is 0; it must be at least 1");
  }
}
