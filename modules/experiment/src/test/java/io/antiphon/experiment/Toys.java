package io.antiphon.experiment;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.util.PairList;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.Check;
import io.antiphon.core.Checkpointing;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.Observer;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Order;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Replacement;
import io.antiphon.core.Samples;
import io.antiphon.core.Splitter;
import io.antiphon.core.Stateful;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;

/// Small real components under the ids that the built-in experiment names: the sign of the sum of
/// four numbers, learned by a linear model.
final class Toys {
  private static final int FEATURES = 4;

  private Toys() {}

  static Catalog catalog() {
    return Catalog.boot()
        .with(
            new Numbers(),
            new Net(),
            new SquaredError(),
            new Descent(),
            new Accuracy(),
            new Watch(),
            new Keep(),
            new Spike(),
            new Herald(),
            new Halves(),
            new Twice());
  }

  @Id("glyphs")
  record Numbers(
      @Summary("training samples") int train, int valid, int batchSize, Path dir, int width)
      implements DataProvider {
    Numbers {
      Check.atLeast("batch-size", batchSize, 1);
    }

    Numbers() {
      this(16, 8, 4, Path.of("numbers"), FEATURES);
    }

    @Override
    public Data create(Setting setting) {
      if (dir.endsWith("nowhere")) {
        throw new IllegalStateException("there is no folder " + dir.getFileName());
      }
      Optional<DataLoader> second = valid == 0 ? Optional.empty() : Optional.of(loader(valid, 1));
      return new Data(loader(train, 0), second, 1);
    }

    /// One sample with as many numbers as the file's name says.
    @Override
    public DataLoader read(Setting setting, Path source) {
      int numbers = Integer.parseInt(source.getFileName().toString());
      return DataLoader.of(
          List.of(new float[numbers]),
          (manager, some) ->
              new Samples(
                  new NDList(manager.create(some.toArray(float[][]::new))),
                  new NDList(),
                  some.size()));
    }

    private DataLoader loader(int samples, long salt) {
      return new DataLoader() {
        @Override
        public int batches() {
          return samples / batchSize;
        }

        @Override
        public long samples() {
          return samples;
        }

        @Override
        public List<Shape> inputShapes() {
          return List.of(new Shape(batchSize, FEATURES));
        }

        @Override
        public Batches open(long seed, long epoch, int first) {
          var random = new Random(seed + salt);
          for (int i = 0; i < first * batchSize * width; i++) {
            random.nextGaussian();
          }
          return new Batches() {
            private int next = first;

            @Override
            public boolean hasNext() {
              return next < batches();
            }

            @Override
            public Samples next(NDManager manager) {
              next++;
              var x = new float[batchSize * width];
              var y = new float[batchSize];
              for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian();
                y[i / width] += x[i];
              }
              for (int i = 0; i < y.length; i++) {
                y[i] = Math.signum(y[i]);
              }
              return new Samples(
                  new NDList(manager.create(x, new Shape(batchSize, width))),
                  new NDList(manager.create(y, new Shape(batchSize, 1))),
                  batchSize);
            }
          };
        }
      };
    }
  }

  @Id("cnn")
  record Net(List<Integer> channels) implements ModelProvider {
    Net() {
      this(List.of());
    }

    @Override
    public Block create(Task task) {
      var model = new SequentialBlock();
      channels.forEach(units -> model.add(Linear.builder().setUnits(units).build()));
      return model.add(Linear.builder().setUnits(task.outputs()).build());
    }
  }

  @Id("cross-entropy")
  record SquaredError() implements LossProvider {
    @Override
    public LossFunction create() {
      return (predictions, targets) -> predictions.head().sub(targets.head()).square().mean();
    }
  }

  @Id("adam")
  record Descent(double lr) implements OptimizerProvider {
    Descent() {
      this(0.1);
    }

    @Override
    public Optimizer.Factory create() {
      return TinyTask.descent(lr);
    }
  }

  /// The first layers and the others.
  @Id("halves")
  record Halves(int at) implements SplitterProvider {
    Halves {
      Check.atLeast("at", at, 1);
    }

    Halves() {
      this(1);
    }

    @Override
    public Splitter create() {
      return model -> {
        var parameters = Splitter.trainable(model);
        int cut = 2 * at; // weight and bias
        if (cut >= parameters.size()) {
          throw new RefusedException("at", "at is " + at + ", behind the last layer");
        }
        var first = new PairList<String, Parameter>();
        var others = new PairList<String, Parameter>();
        for (int i = 0; i < parameters.size(); i++) {
          (i < cut ? first : others).add(parameters.get(i));
        }
        return List.of(
            new ParameterGroup("first", first, Map.of()),
            new ParameterGroup("others", others, Map.of()));
      };
    }
  }

  /// Fits twice, each time with a callback of its own that owns the loss function.
  @Id("twice")
  record Twice(int least) implements PolicyProvider {
    Twice() {
      this(1);
    }

    record Owner(String name) implements Callback {
      @Override
      public Set<Replacement> replaces() {
        return Set.of(Replacement.LOSS_FUNCTION);
      }

      @Override
      public void afterLoss(Batch batch) {}
    }

    @Override
    public Policy create() {
      return new Policy() {
        @Override
        public FitResult fit(Learner learner) {
          learner.fit(1, new Owner("owner-one"));
          return learner.fit(1, new Owner("owner-two"));
        }

        @Override
        public List<List<Callback>> callbacks(Learner learner) {
          if (learner.optimizer().groups().size() < least) {
            throw new RefusedException("least", "least is " + least + ", too much");
          }
          return List.of(List.of(new Owner("owner-one")), List.of(new Owner("owner-two")));
        }
      };
    }
  }

  @Id("accuracy")
  record Accuracy() implements MetricProvider {
    @Override
    public Metric create() {
      return new Metric() {
        private double right;
        private long seen;

        @Override
        public String name() {
          return "accuracy";
        }

        @Override
        public void reset(Pass pass) {
          right = 0;
          seen = 0;
        }

        @Override
        public void add(Batch batch) {
          float[] predictions = batch.predictions().head().toFloatArray();
          float[] targets = batch.targets().head().toFloatArray();
          for (int i = 0; i < targets.length; i++) {
            right += predictions[i] * targets[i] > 0 ? 1 : 0;
          }
          seen += targets.length;
        }

        @Override
        public double value() {
          return right / seen;
        }
      };
    }
  }

  @Id("watch")
  record Watch(
      Path log, Optional<Path> extra, OptionalInt failAt, OptionalInt cancelAt, boolean owns)
      implements CallbackProvider {
    Watch() {
      this(Path.of("log"), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), false);
    }

    @Override
    public Callback create() {
      return new Watcher(this);
    }
  }

  record Watcher(Watch options) implements Callback {
    @Override
    public Set<Replacement> replaces() {
      return options.owns ? Set.of(Replacement.LOSS_FUNCTION) : Set.of();
    }

    @Override
    public void afterLoss(Batch batch) {
      long step = batch.fit().trainIter();
      if (batch.isTraining() && options.failAt.isPresent() && options.failAt.getAsInt() == step) {
        throw new IllegalStateException("it broke");
      }
      if (batch.isTraining()
          && options.cancelAt.isPresent()
          && options.cancelAt.getAsInt() == step) {
        throw new CancelFitException("enough");
      }
    }
  }

  /// An observer with a memory that tells of each epoch where it is told to.
  @Id("herald")
  record Herald(Path to) implements CallbackProvider {
    Herald() {
      this(Path.of("herald"));
    }

    record State(int told) {}

    @Override
    public Callback create() {
      return new Teller(to);
    }

    private static final class Teller implements Observer, Stateful<State> {
      private final Path to;
      private int told;

      Teller(Path to) {
        this.to = to;
      }

      @Override
      public void afterEpoch(Epoch epoch) {
        try {
          Files.writeString(
              to, ++told + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public State state(NDManager owner) {
        return new State(told);
      }

      @Override
      public void restore(State state) {
        told = state.told();
      }

      @Override
      public Class<State> stateType() {
        return State.class;
      }
    }
  }

  /// Makes the loss of one step a hundred times as large.
  @Id("spike")
  record Spike(@Summary("which step, from 1") int at) implements CallbackProvider {
    Spike() {
      this(0);
    }

    @Override
    public Callback create() {
      return new Callback() {
        @Override
        public String name() {
          return "spike";
        }

        @Override
        public void afterLoss(Batch batch) {
          if (batch.isTraining() && batch.fit().learner().stepsDone() + 1 == at) {
            batch.loss(batch.loss().mul(100));
          }
        }
      };
    }
  }

  /// Saves after each batch.
  @Id("keep")
  record Keep(@Summary("where") Path dir) implements CallbackProvider {
    Keep() {
      this(Path.of("checkpoints"));
    }

    @Override
    public Callback create() {
      return new Keeper(dir);
    }
  }

  private record Keeper(Path checkpoints) implements Checkpointing {
    @Override
    public Order order() {
      return Order.SAVE;
    }

    @Override
    public void afterBatch(Batch batch) {
      Learner learner = batch.fit().learner();
      batch
          .fit()
          .whenSettled(
              () -> learner.save(checkpoints.resolve("step-%04d".formatted(learner.stepsDone()))));
    }
  }

  /// An observer that is there by itself, if the catalog has it.
  @Id("recorder")
  record Recorder() implements CallbackProvider {
    @Override
    public Callback create() {
      return new Observer() {};
    }
  }
}
