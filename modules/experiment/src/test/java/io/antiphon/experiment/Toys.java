package io.antiphon.experiment;

import ai.djl.ndarray.NDArray;
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
import io.antiphon.core.DataLoader;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.Observer;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Replacement;
import io.antiphon.core.Samples;
import io.antiphon.core.Splitter;
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
import io.antiphon.torch.Autograd;
import java.nio.file.Path;
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
            new Halves(),
            new Twice());
  }

  @Id("glyphs")
  static final class Numbers implements DataProvider<Numbers.Options> {
    record Options(
        @Summary("training samples") int train, int valid, int batchSize, Path dir, int width) {
      Options {
        if (batchSize < 1) {
          throw new IllegalArgumentException("batch-size is " + batchSize + ", not 1 or more");
        }
      }
    }

    @Override
    public Options defaults() {
      return new Options(16, 8, 4, Path.of("numbers"), FEATURES);
    }

    @Override
    public Data create(Options options, Setting setting) {
      if (options.dir.endsWith("nowhere")) {
        throw new IllegalStateException("there is no folder " + options.dir.getFileName());
      }
      Optional<DataLoader> valid =
          options.valid == 0 ? Optional.empty() : Optional.of(loader(options, options.valid, 1));
      return new Data(loader(options, options.train, 0), valid, 1);
    }

    private static DataLoader loader(Options options, int samples, long salt) {
      return new DataLoader() {
        @Override
        public int batches() {
          return samples / options.batchSize;
        }

        @Override
        public long samples() {
          return samples;
        }

        @Override
        public List<Shape> inputShapes() {
          return List.of(new Shape(options.batchSize, FEATURES));
        }

        @Override
        public Batches open(long seed, long epoch, int first) {
          var random = new Random(seed + salt);
          return new Batches() {
            private int next = first;

            @Override
            public boolean hasNext() {
              return next < batches();
            }

            @Override
            public Samples next(NDManager manager) {
              next++;
              var x = new float[options.batchSize * options.width];
              var y = new float[options.batchSize];
              for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian();
                y[i / options.width] += x[i];
              }
              for (int i = 0; i < y.length; i++) {
                y[i] = Math.signum(y[i]);
              }
              return new Samples(
                  new NDList(manager.create(x, new Shape(options.batchSize, options.width))),
                  new NDList(manager.create(y, new Shape(options.batchSize, 1))),
                  options.batchSize);
            }
          };
        }
      };
    }
  }

  @Id("cnn")
  static final class Net implements ModelProvider<Net.Options> {
    record Options(List<Integer> channels) {}

    @Override
    public Options defaults() {
      return new Options(List.of());
    }

    @Override
    public Block create(Options options, Task task) {
      var model = new SequentialBlock();
      options.channels.forEach(units -> model.add(Linear.builder().setUnits(units).build()));
      return model.add(Linear.builder().setUnits(task.outputs()).build());
    }
  }

  @Id("cross-entropy")
  static final class SquaredError implements LossProvider<SquaredError.Options> {
    record Options() {}

    @Override
    public Options defaults() {
      return new Options();
    }

    @Override
    public LossFunction create(Options options) {
      return (predictions, targets) -> predictions.head().sub(targets.head()).square().mean();
    }
  }

  @Id("adam")
  static final class Descent implements OptimizerProvider<Descent.Options> {
    record Options(double lr) {}

    @Override
    public Options defaults() {
      return new Options(0.1);
    }

    @Override
    public Optimizer.Factory create(Options options) {
      return groups -> {
        groups.forEach(group -> group.define(Hyper.LEARNING_RATE, options.lr));
        return new Optimizer() {
          @Override
          public List<ParameterGroup> groups() {
            return groups;
          }

          @Override
          public void step() {
            for (ParameterGroup group : groups) {
              for (NDArray weight : group.trainable()) {
                try (var _ = Autograd.off();
                    NDManager scratch = weight.getManager().newSubManager()) {
                  NDArray gradient = weight.getGradient();
                  gradient.attach(scratch);
                  weight.subi(gradient.mul(group.get(Hyper.LEARNING_RATE)));
                }
              }
            }
          }

          @Override
          public void close() {}
        };
      };
    }
  }

  /// The first layers and the others.
  @Id("halves")
  static final class Halves implements SplitterProvider<Halves.Options> {
    record Options(int at) {
      Options {
        if (at < 1) {
          throw new IllegalArgumentException("at is " + at + ", not 1 or more");
        }
      }
    }

    @Override
    public Options defaults() {
      return new Options(1);
    }

    @Override
    public Splitter create(Options options) {
      return model -> {
        var parameters = Splitter.trainable(model);
        int cut = 2 * options.at; // weight and bias
        if (cut >= parameters.size()) {
          throw new IllegalArgumentException("at is " + options.at + ", behind the last layer");
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
  static final class Twice implements PolicyProvider<Twice.Options> {
    record Options(int least) {}

    record Owner(String name) implements Callback {
      @Override
      public Set<Replacement> replaces() {
        return Set.of(Replacement.LOSS_FUNCTION);
      }

      @Override
      public void afterLoss(Batch batch) {}
    }

    @Override
    public Options defaults() {
      return new Options(1);
    }

    @Override
    public Policy create(Options options) {
      return new Policy() {
        @Override
        public FitResult fit(Learner learner) {
          learner.fit(1, new Owner("owner-one"));
          return learner.fit(1, new Owner("owner-two"));
        }

        @Override
        public List<List<Callback>> callbacks(Learner learner) {
          if (learner.optimizer().groups().size() < options.least) {
            throw new IllegalArgumentException("least is " + options.least + ", too much");
          }
          return List.of(List.of(new Owner("owner-one")), List.of(new Owner("owner-two")));
        }
      };
    }
  }

  @Id("accuracy")
  static final class Accuracy implements MetricProvider<Accuracy.Options> {
    record Options() {}

    @Override
    public Options defaults() {
      return new Options();
    }

    @Override
    public Metric create(Options options) {
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
  static final class Watch implements CallbackProvider<Watch.Options> {
    record Options(
        Path log, Optional<Path> extra, OptionalInt failAt, OptionalInt cancelAt, boolean owns) {}

    @Override
    public Options defaults() {
      return new Options(
          Path.of("log"), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), false);
    }

    @Override
    public Callback create(Options options) {
      return new Watcher(options);
    }
  }

  record Watcher(Watch.Options options) implements Callback {
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

  /// An observer that is there by itself, if the catalog has it.
  @Id("recorder")
  static final class Recorder implements CallbackProvider<Recorder.Options> {
    record Options() {}

    @Override
    public Options defaults() {
      return new Options();
    }

    @Override
    public Callback create(Options options) {
      return new Observer() {};
    }
  }
}
