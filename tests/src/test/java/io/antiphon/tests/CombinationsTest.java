package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.ClashException;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Options;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.testkit.TinyTask;
import io.antiphon.torch.Capabilities;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sets of callbacks, drawn at random with their order, on a tiny task: whatever is combined leaves
/// nothing behind, gives one result for one seed, and goes on from a checkpoint as if never
/// interrupted; and those that change no number by themselves change none together, mixed precision
/// that computes in float32 among them.
///
/// Each run draws others, whose seed it prints: `-Dantiphon.sets.seed=…` draws them again,
/// `-Dantiphon.sets=5000` draws more, at a fifth of a second each. A failure tells the seed of its
/// own set.
@ResourceLock("training")
class CombinationsTest {
  private static final int SETS = Integer.getInteger("antiphon.sets", 200);
  private static final long SEED = Long.getLong("antiphon.sets.seed", System.nanoTime());
  private static final int EPOCHS = 2;

  /// The page that this writes draws the whole validation, which takes longer than all else; and
  /// one that ends a fit at a time depends on the clock.
  private static final List<String> LEFT_OUT = List.of("report", "time-limit");

  @TempDir static Path folder;
  private static List<Component<CallbackProvider>> callbacks = List.of();

  /// Those that give the same weights as none, bit by bit.
  private static List<Component<CallbackProvider>> harmless = List.of();

  private static List<float[]> bare = List.of();
  private static int number;

  @BeforeAll
  static void whoTakesTheTask() {
    callbacks =
        Catalog.boot().components(Kind.CALLBACK).stream()
            .filter(component -> !LEFT_OUT.contains(component.id()))
            .filter(component -> {
              try (Learner learner = TinyTask.learner().build()) {
                learner.check(create(component, folder));
                return true;
              } catch (IllegalStateException refused) {
                return false;
              }
            })
            .toList();
    assertThat(callbacks).hasSizeGreaterThan(30);
    System.out.printf("%d sets of the seed %d%n", SETS, SEED);
    bare = weightsWith();
    harmless =
        callbacks.stream()
            .filter(component -> isSame(weightsWith(create(component, own())), bare))
            .toList();
    assertThat(harmless).hasSizeGreaterThan(10);
    if (Capabilities.of(Device.cpu()).fastTypes().contains(DataType.BFLOAT16)) {
      System.out.println("mixed precision is left out: here it does not compute in float32");
    } else {
      assertThat(harmless).extracting(Component::id).contains("mixed-precision");
    }
  }

  private static Path own() {
    return folder.resolve("run-" + number++);
  }

  private static List<float[]> weightsWith(Callback... some) {
    try (Learner learner = TinyTask.learner().callbacks(some).build()) {
      learner.fit(EPOCHS);
      return weights(learner);
    }
  }

  private static boolean isSame(List<float[]> some, List<float[]> others) {
    return IntStream.range(0, some.size()).allMatch(i -> Arrays.equals(some.get(i), others.get(i)));
  }

  @ParameterizedTest(name = "set of seed {0}")
  @MethodSource("seeds")
  void thoseThatChangeNoNumberChangeNoneTogether(long seed) {
    var random = new Random(seed);
    var some = new ArrayList<>(harmless);
    Collections.shuffle(some, random);
    Callback[] set =
        some.subList(0, 2 + random.nextInt(5)).stream()
            .map(each -> create(each, own()))
            .toArray(Callback[]::new);
    String what = "seed %d: %s".formatted(seed, Arrays.stream(set).map(Callback::name).toList());
    same(weightsWith(set), bare, what + " changed a number");
  }

  private static Callback create(Component<CallbackProvider> component, Path into) {
    Record options = Options.rebase((Record) component.defaults(), into);
    return component.kind().service().cast(options).create();
  }

  static List<Long> seeds() {
    var random = new Random(SEED);
    return IntStream.range(0, SETS).mapToObj(_ -> random.nextLong()).toList();
  }

  @ParameterizedTest(name = "set of seed {0}")
  @MethodSource("seeds")
  void aSetLeavesNothingBehindRepeatsItselfAndGoesOnFromWhereItWasSaved(long seed) {
    var random = new Random(seed);
    Draw draw = draw(random);
    String what = "seed %d: %s".formatted(seed, draw);
    List<float[]> weights;
    try (Learner learner = learner(draw)) {
      weights = fitted(learner, what);
      int arrays = learner.manager().getManagedArrays().size();
      learner.fit(1);
      assertThat(learner.manager().getManagedArrays()).as(what).hasSize(arrays);
    }
    Path saved = folder.resolve("checkpoint-" + number++);
    var saving = new Saving(saved, random.nextInt(EPOCHS), random.nextInt(3));
    try (Learner learner = learner(draw)) {
      same(fitted(learner, what, saving), weights, what + " gave other weights with the same seed");
    }
    if (Files.exists(saved)) {
      try (Learner learner = learner(draw)) {
        learner.load(saved);
        learner.fit(EPOCHS);
        same(weights(learner), weights, what + " did not go on as it was, " + saving);
      }
    }
  }

  /// @param callbacks in the order of their registration
  private record Draw(
      Component<OptimizerProvider> optimizer, List<Component<CallbackProvider>> callbacks) {
    @Override
    public String toString() {
      return callbacks.stream()
          .map(Component::id)
          .collect(Collectors.joining(", ", optimizer.id() + " with ", ""));
    }
  }

  /// {@return an optimizer and two to six callbacks that fit together}
  private static Draw draw(Random random) {
    List<Component<OptimizerProvider>> optimizers = Catalog.boot().components(Kind.OPTIMIZER);
    while (true) {
      var all = new ArrayList<>(callbacks);
      Collections.shuffle(all, random);
      var draw =
          new Draw(
              optimizers.get(random.nextInt(optimizers.size())),
              List.copyOf(all.subList(0, 2 + random.nextInt(5))));
      try (Learner learner = learner(draw)) {
        learner.check();
        return draw;
      } catch (ClashException _) {
        // two own the same thing, as they say before anything runs
      }
    }
  }

  private static Learner learner(Draw draw) {
    Path own = own();
    return TinyTask.learner()
        .optimizer(draw.optimizer.defaults().create())
        .callbacks(draw.callbacks.stream().map(each -> create(each, own)).toArray(Callback[]::new))
        .build();
  }

  private static List<float[]> fitted(Learner learner, String what, Callback... more) {
    var found = Found.of(learner);
    learner.fit(EPOCHS, more);
    assertThat(Found.of(learner)).as(what).isEqualTo(found);
    for (Parameter parameter : learner.model().getParameters().values()) {
      assertThat(parameter.getArray().getDataType()).as(what).isEqualTo(DataType.FLOAT32);
    }
    return weights(learner);
  }

  private static List<float[]> weights(Learner learner) {
    return learner.model().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  private static void same(List<float[]> some, List<float[]> others, String otherwise) {
    for (int i = 0; i < others.size(); i++) {
      assertThat(some.get(i)).as(otherwise).containsExactly(others.get(i));
      for (float number : some.get(i)) {
        assertThat(number).as(otherwise).isFinite();
      }
    }
  }

  /// What a fit leaves as it found it.
  private record Found(
      LossFunction loss,
      TrainingStep step,
      List<Callback> callbacks,
      List<Double> hypers,
      List<Boolean> trained) {
    static Found of(Learner learner) {
      var hypers = new ArrayList<Double>();
      for (ParameterGroup group : learner.optimizer().groups()) {
        for (Hyper hyper : group.hypers()) {
          hypers.add(group.get(hyper));
        }
      }
      return new Found(
          learner.lossFunction(),
          learner.step(),
          List.copyOf(learner.callbacks()),
          hypers,
          learner.model().getParameters().values().stream()
              .map(Parameter::requiresGradient)
              .toList());
    }
  }

  /// Saves in the middle of an epoch.
  private record Saving(Path folder, int epoch, int batch) implements Callback {
    @Override
    public void afterBatch(Batch at) {
      if (at.isTraining() && at.fit().epochIndex() == epoch && at.index() == batch) {
        at.fit().whenSettled(() -> at.fit().learner().save(folder));
      }
    }

    @Override
    public String toString() {
      return "saved after batch %d of epoch %d".formatted(batch, epoch);
    }
  }
}
