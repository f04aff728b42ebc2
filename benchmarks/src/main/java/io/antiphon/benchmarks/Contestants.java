package io.antiphon.benchmarks;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Idx;
import io.antiphon.data.Standardization;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.models.Cnn;
import io.antiphon.optim.Adam;
import io.antiphon.precision.ChannelsLast;
import java.nio.file.Path;

/// What [DigitsBenchmark] compares; one of them runs in a process. Prints `epoch SECONDS` for each
/// epoch, then the validation accuracy.
final class Contestants {
  private static final int TRAIN = 8000;
  private static final int VALID = 2000;
  private static final int BATCH = 64;

  private Contestants() {}

  public static void main(String[] args) throws Exception {
    Engine.getInstance().setRandomSeed(42);
    var net = DigitsBenchmark.Net.valueOf(args[1]);
    try (NDManager manager = NDManager.newBaseManager()) {
      Digits digits = Digits.load(manager, args.length > 2 ? args[2] : "").shaped(net);
      switch (args[0]) {
        case "learner" -> learner(net, digits);
        case "channels-last" -> learner(net, digits, new ChannelsLast());
        case "hand-written" -> handWritten(net, digits);
        case "easytrain" -> easyTrain(net, digits);
        default -> throw new IllegalArgumentException(args[0]);
      }
    }
  }

  private record Digits(NDArray trainX, NDArray trainY, NDArray validX, NDArray validY) {
    Shape batch() {
      return new Shape(BATCH).addAll(trainX.getShape().slice(1));
    }

    Digits shaped(DigitsBenchmark.Net net) {
      return net == DigitsBenchmark.Net.MLP
          ? this
          : new Digits(
              trainX.reshape(-1, 1, 28, 28), trainY, validX.reshape(-1, 1, 28, 28), validY);
    }

    static Digits load(NDManager manager, String folder) {
      NDArray x;
      NDArray y;
      if (folder.isEmpty()) {
        TensorLoader train =
            Glyphs.train(42)
                .loader(manager, TRAIN + VALID, Standardization.NONE)
                .batchSize(TRAIN + VALID);
        try (var batches = train.open(0, 0, 0)) {
          var all = batches.next(manager);
          x = all.inputs().head().reshape(-1, 784);
          y = all.targets().head();
        }
      } else {
        Idx images = Idx.read(Path.of(folder, "t10k-images-idx3-ubyte.gz")).images();
        Idx labels = Idx.read(Path.of(folder, "t10k-labels-idx1-ubyte.gz")).labels();
        x = images.array(manager).toType(DataType.FLOAT32, false).div(255).reshape(-1, 784);
        y = labels.array(manager).toType(DataType.INT64, false);
      }
      String rest = TRAIN + ":" + (TRAIN + VALID);
      return new Digits(
          x.get(":" + TRAIN),
          y.get(":" + TRAIN),
          x.get(new NDIndex(rest)),
          y.get(new NDIndex(rest)));
    }
  }

  /// {@return the net of DJL's own blocks}
  private static Block net(DigitsBenchmark.Net net) {
    return net == DigitsBenchmark.Net.MLP ? mlp() : cnn();
  }

  private static Block cnn() {
    var net = new SequentialBlock();
    for (int channels : new Cnn.Options().channels()) {
      net.add(
              Conv2d.builder()
                  .setKernelShape(new Shape(3, 3))
                  .optStride(new Shape(2, 2))
                  .optPadding(new Shape(1, 1))
                  .optBias(false)
                  .setFilters(channels)
                  .build())
          .add(BatchNorm.builder().build())
          .add(Activation::relu);
    }
    return net.add(Pool.globalAvgPool2dBlock()).add(Linear.builder().setUnits(10).build());
  }

  private static Block mlp() {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock(784))
        .add(Linear.builder().setUnits(50).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(10).build());
  }

  private static void learner(DigitsBenchmark.Net net, Digits digits, Callback... more) {
    var stopwatch =
        new Callback() {
          private long start;

          @Override
          public void beforeEpoch(Epoch epoch) {
            start = System.nanoTime();
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            epoch(System.nanoTime() - start);
          }
        };
    try (Learner learner =
        Learner.builder()
            .model(net == DigitsBenchmark.Net.MLP ? mlp() : Cnn.of(new Cnn.Options(), 10))
            .loss(new CrossEntropy())
            .optimizer(Adam.of(1e-3))
            .train(TensorLoader.of(digits.trainX, digits.trainY).batchSize(BATCH).shuffled())
            .valid(TensorLoader.of(digits.validX, digits.validY).batchSize(BATCH))
            .metrics(new io.antiphon.metrics.Accuracy())
            .callbacks(new io.antiphon.metrics.Recorder(), stopwatch)
            .build()) {
      var result = learner.fit(net.epochs, more);
      System.out.println(result.valid().orElseThrow().metrics());
    }
  }

  private static ArrayDataset dataset(NDArray x, NDArray y, boolean shuffled) {
    return new ArrayDataset.Builder()
        .setData(x)
        .optLabels(y.toType(DataType.FLOAT32, false))
        .setSampling(BATCH, shuffled)
        .build();
  }

  private static DefaultTrainingConfig config() {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .addEvaluator(new Accuracy())
        .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build());
  }

  private static void handWritten(DigitsBenchmark.Net net, Digits digits) throws Exception {
    ArrayDataset train = dataset(digits.trainX, digits.trainY, true);
    ArrayDataset valid = dataset(digits.validX, digits.validY, false);
    try (Model model = Model.newInstance("mlp")) {
      model.setBlock(net(net));
      try (Trainer trainer = model.newTrainer(config())) {
        trainer.initialize(digits.batch());
        for (int epoch = 0; epoch < net.epochs; epoch++) {
          long start = System.nanoTime();
          for (Batch batch : trainer.iterateDataset(train)) {
            try (batch;
                var collector = trainer.newGradientCollector()) {
              NDList predictions = trainer.forward(batch.getData());
              collector.backward(trainer.getLoss().evaluate(batch.getLabels(), predictions));
              trainer.step();
            }
          }
          double correct = 0;
          long count = 0;
          for (Batch batch : trainer.iterateDataset(valid)) {
            try (batch) {
              NDArray predicted = trainer.evaluate(batch.getData()).head().argMax(1);
              NDArray expected = batch.getLabels().head().toType(DataType.INT64, false);
              correct += predicted.eq(expected).sum().getLong();
              count += batch.getSize();
            }
          }
          epoch(System.nanoTime() - start);
          if (epoch == net.epochs - 1) {
            System.out.println("{accuracy=" + correct / count + "}");
          }
        }
      }
    }
  }

  private static void easyTrain(DigitsBenchmark.Net net, Digits digits) throws Exception {
    ArrayDataset train = dataset(digits.trainX, digits.trainY, true);
    ArrayDataset valid = dataset(digits.validX, digits.validY, false);
    try (Model model = Model.newInstance("mlp")) {
      model.setBlock(net(net));
      DefaultTrainingConfig config =
          config().addTrainingListeners(TrainingListener.Defaults.basic());
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(digits.batch());
        for (int epoch = 0; epoch < net.epochs; epoch++) {
          long start = System.nanoTime();
          EasyTrain.fit(trainer, 1, train, valid);
          epoch(System.nanoTime() - start);
        }
        System.out.println(trainer.getTrainingResult().getEvaluations());
      }
    }
  }

  private static void epoch(long nanos) {
    System.out.println("epoch " + nanos / 1e9);
  }
}
