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
import io.antiphon.core.spi.Task;
import java.util.List;
import java.util.Optional;

/// Noise, and a linear model whose optimizer does nothing: enough for every path of the commands.
public final class Toys {
  private Toys() {}

  @Id("glyphs")
  @Summary("noise in four columns")
  public record Noise(
      @Summary("training samples") int train,
      int valid,
      int batchSize,
      @Summary("columns of a batch") int width)
      implements DataProvider {
    public Noise() {
      this(8, 4, 4, 4);
    }

    @Override
    public Data create(Setting setting) {
      return new Data(loader(train), Optional.of(loader(valid)), 1);
    }

    private DataLoader loader(int samples) {
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
          return List.of(new Shape(batchSize, 4));
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
                  new NDList(manager.ones(new Shape(batchSize, width))),
                  new NDList(manager.ones(new Shape(batchSize, 1))),
                  batchSize);
            }
          };
        }
      };
    }
  }

  @Id("cnn")
  public record Net() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return Linear.builder().setUnits(task.outputs()).build();
    }
  }

  @Id("cross-entropy")
  public record SquaredError() implements LossProvider {
    @Override
    public LossFunction create() {
      return (predictions, targets) -> predictions.head().sub(targets.head()).square().mean();
    }
  }

  @Id("adam")
  public record Descent(double lr) implements OptimizerProvider {
    public Descent() {
      this(0.1);
    }

    @Override
    public Optimizer.Factory create() {
      return groups -> {
        groups.forEach(group -> group.define(Hyper.LEARNING_RATE, lr));
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
  public record Count() implements MetricProvider {
    @Override
    public Metric create() {
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
  public record Anonymous() implements MetricProvider {
    @Override
    public Metric create() {
      throw new UnsupportedOperationException();
    }
  }

  /// Broken: what it is made of is not there.
  @Id("explode")
  public record Explode() implements CallbackProvider {
    @Override
    public Callback create() {
      throw new NoClassDefFoundError("some/Library");
    }
  }

  @Id("break")
  public record Break() implements CallbackProvider {
    @Override
    public Callback create() {
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
