package toys;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Hyper;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Metric;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.Pass;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.Summary;
import java.util.List;
import java.util.Optional;

/// Noise, and a linear model whose optimizer does nothing: enough for every path of the commands.
public final class Toys {
  private Toys() {}

  public record None() {}

  @Id("glyphs")
  @Summary("noise in four columns")
  public static final class Noise implements DataProvider<Noise.Options> {
    public record Options(
        @Summary("training samples") int train,
        int valid,
        int batchSize,
        @Summary("columns of a batch") int width) {}

    @Override
    public Options defaults() {
      return new Options(8, 4, 4, 4);
    }

    @Override
    public Data create(Options options, Setting setting) {
      return new Data(loader(options, options.train), Optional.of(loader(options, options.valid)), 1);
    }

    private static DataLoader loader(Options options, int samples) {
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
          return List.of(new Shape(options.batchSize, 4));
        }

        @Override
        public Batches open(long seed, long epoch, int first) {
          return new Batches() {
            private int next = first;

            @Override
            public boolean hasNext() {
              return next < batches();
            }

            @Override
            public Samples next(NDManager manager) {
              next++;
              return new Samples(
                  new NDList(manager.ones(new Shape(options.batchSize, options.width))),
                  new NDList(manager.ones(new Shape(options.batchSize, 1))),
                  options.batchSize);
            }
          };
        }
      };
    }
  }

  @Id("cnn")
  public static final class Net implements ModelProvider<None> {
    @Override
    public None defaults() {
      return new None();
    }

    @Override
    public Block create(None options, Task task) {
      return Linear.builder().setUnits(task.outputs()).build();
    }
  }

  @Id("cross-entropy")
  public static final class SquaredError implements LossProvider<None> {
    @Override
    public None defaults() {
      return new None();
    }

    @Override
    public LossFunction create(None options) {
      return (predictions, targets) -> predictions.head().sub(targets.head()).square().mean();
    }
  }

  @Id("adam")
  public static final class Descent implements OptimizerProvider<Descent.Options> {
    public record Options(double lr) {}

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
          public void step() {}

          @Override
          public void close() {}
        };
      };
    }
  }

  @Id("accuracy")
  public static final class Count implements MetricProvider<None> {
    @Override
    public None defaults() {
      return new None();
    }

    @Override
    public Metric create(None options) {
      return new Metric() {
        private int count;

        @Override
        public String name() {
          return "accuracy";
        }

        @Override
        public void reset(Pass pass) {
          count = 0;
        }

        @Override
        public void add(Batch batch) {
          count += batch.size();
        }

        @Override
        public double value() {
          return count;
        }
      };
    }
  }

  /// Broken: it has no id.
  public static final class Anonymous implements MetricProvider<None> {
    @Override
    public None defaults() {
      return new None();
    }

    @Override
    public Metric create(None options) {
      throw new UnsupportedOperationException();
    }
  }

  @Id("break")
  public static final class Break implements CallbackProvider<None> {
    @Override
    public None defaults() {
      return new None();
    }

    @Override
    public Callback create(None options) {
      return new Callback() {
        @Override
        public String name() {
          return "break";
        }

        @Override
        public void afterLoss(Batch batch) {
          throw new IllegalStateException("it broke");
        }
      };
    }
  }
}
