import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Fit;
import io.antiphon.core.LambdaCallback;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Optimizer;
import io.antiphon.core.Samples;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.csv.Csv;
import io.antiphon.data.Glyphs;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Mlp;
import io.antiphon.optim.Adam;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// What the documents use without making it, small and real, and a program that runs their pieces:
/// `Given CLASS=PLACE …`.
abstract class Given implements AutoCloseable {
  private static final int SIZE = 64;

  final NDManager manager = NDManager.newBaseManager();
  final long seed = 42;
  final Data digits =
      new Glyphs.Options().train(SIZE).valid(32).batchSize(16).create(setting());
  final DataLoader train = digits.train();
  final DataLoader valid = digits.valid().orElseThrow();
  final Block model = Mlp.of(new Mlp.Options(), 10);
  final Block block = Mlp.of(new Mlp.Options(), 10);
  final Block trained = Linear.builder().setUnits(3).build();
  final Block generator = Linear.builder().setUnits(784).build();
  final Block discriminator = Linear.builder().setUnits(1).build();
  final Learner learner =
      Learner.builder()
          .model(Mlp.of(new Mlp.Options(), 10))
          .loss(new CrossEntropy())
          .optimizer(adam())
          .train(train)
          .valid(valid)
          .metrics(new Accuracy())
          .build();
  final Data wine = Csv.of(Path.of("wine.csv"), "grape").valid(0.25).load(manager, 42);
  final Path folder = Path.of("folder");
  static final List<Path> files = List.of(Path.of("sound"), Path.of("sound"), Path.of("sound"));
  static final List<Long> speakers = List.of(1L, 0L, 1L);
  Fit fit;

  Given() {
    block.initialize(manager, DataType.FLOAT32, new Shape(1, 1, 28, 28));
    trained.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
  }

  abstract void run() throws Exception;

  DataProvider.Setting setting() {
    return new DataProvider.Setting(manager, 42);
  }

  static Optimizer.Factory adam() {
    return Adam.of(1e-3);
  }

  static TrainingStep step() {
    return TrainingStep.STANDARD;
  }

  /// Trains on numbers, `[B, 4]` of 4 classes, each of which has a weight too.
  void trainWeighted(TrainingStep step, LossFunction loss, Optimizer.Factory optimizer) {
    DataLoader weighted =
        DataLoader.of(
                IntStream.range(0, SIZE).boxed().toList(),
                (owner, some) ->
                    new Samples(
                        new NDList(owner.randomNormal(new Shape(some.size(), 4))),
                        new NDList(
                            owner.zeros(new Shape(some.size()), DataType.INT64),
                            owner.ones(new Shape(some.size()))),
                        some.size()))
            .batchSize(16);
    train(Linear.builder().setUnits(4).build(), step, loss, optimizer, weighted);
  }

  void trainDigits(TrainingStep step, LossFunction loss, Optimizer.Factory optimizer) {
    train(model, step, loss, optimizer, train);
  }

  private static void train(
      Block model,
      TrainingStep step,
      LossFunction loss,
      Optimizer.Factory optimizer,
      DataLoader data) {
    try (Learner trained =
        Learner.builder()
            .model(model)
            .loss(loss)
            .optimizer(optimizer)
            .step(step)
            .train(data)
            .build()) {
      trained.fit(1);
    }
  }

  /// Reads a batch.
  void tell(DataLoader loader) {
    try (DataLoader.Batches batches = loader.open(seed, 0, 0)) {
      System.out.println(batches.next(manager).inputs().head().getShape());
    }
  }

  @Override
  public void close() {
    learner.close();
    manager.close();
  }

  public static void main(String[] pieces) throws Exception {
    Folder.fill();
    for (String piece : pieces) {
      String[] parts = piece.split("=");
      try (var given = (Given) Class.forName(parts[0]).getDeclaredConstructor().newInstance()) {
        System.out.println(parts[1]);
        given.runHere(Files.readString(Path.of(parts[0] + ".java")).contains("\nfit."));
      } catch (Exception | Error e) {
        throw new IllegalStateException(parts[1] + ": " + e.getMessage(), e);
      }
    }
    System.out.println(pieces.length + " pieces ran");
  }

  /// What speaks of a fit is in one of its hooks.
  private void runHere(boolean inHook) throws Exception {
    if (!inHook) {
      run();
      return;
    }
    var hook =
        new LambdaCallback("piece")
            .beforeFit(
                open -> {
                  fit = open;
                  try {
                    run();
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
    learner.fit(1, hook);
  }
}
