package io.antiphon.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.util.PairList;
import io.antiphon.core.Hyper;
import io.antiphon.core.Optimizer;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
  static List<Optimizer.Factory> factories() {
    return List.of(
        Sgd.of(0.01),
        Sgd.of(0.01).momentum(0.9).dampening(0.5).weightDecay(0.1),
        Adam.of(0.01),
        AdamW.of(0.01),
        Lion.of(0.01).weightDecay(0.1),
        RmsProp.of(0.01).momentum(0.9).centered(true),
        RAdam.of(0.01),
        Lamb.of(0.01),
        Muon.of(0.01));
  }

  @ParameterizedTest
  @MethodSource("factories")
  void savedRestoredAndContinuedEqualsUninterruptedBitByBit(Optimizer.Factory factory) {
    List<double[]> uninterrupted;
    try (var weights = weights()) {
      try (Optimizer optimizer = factory.create(weights.groups)) {
        weights.parameters.get(3).freeze(true);
        weights.steps(optimizer, 7);
        optimizer.set(Hyper.LEARNING_RATE, 0.03);
        weights.groups.getLast().set(Hyper.MOMENTUM, 0.5);
        weights.parameters.get(3).freeze(false);
        weights.steps(optimizer, 9);
      }
      uninterrupted = weights.read();
    }
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager()) {
      OptimizerState state;
      try (Optimizer optimizer = factory.create(weights.groups)) {
        weights.parameters.get(3).freeze(true);
        weights.steps(optimizer, 7);
        optimizer.set(Hyper.LEARNING_RATE, 0.03);
        weights.groups.getLast().set(Hyper.MOMENTUM, 0.5);
        state = stateful(optimizer).state(saved);
      }
      weights.parameters.get(3).freeze(false);
      try (Optimizer optimizer = factory.create(weights.groups)) {
        assertThat(optimizer.get(Hyper.LEARNING_RATE)).isEqualTo(0.01);
        stateful(optimizer).restore(state);
        weights.steps(optimizer, 9);
      }
      List<double[]> resumed = weights.read();
      for (int i = 0; i < resumed.size(); i++) {
        assertThat(resumed.get(i)).containsExactly(uninterrupted.get(i));
      }
    }
  }

  @Test
  void aStateIsIndependentOfLaterSteps() {
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager();
        Optimizer optimizer = Adam.of(0.01).create(weights.groups)) {
      weights.steps(optimizer, 3);
      OptimizerState state = stateful(optimizer).state(saved);
      NDList arrays = state.groups().getFirst().memories().getFirst().arrays();
      float[] before = arrays.head().toFloatArray();
      weights.steps(optimizer, 3);
      assertThat(arrays.head().toFloatArray()).containsExactly(before);
      assertThat(arrays.get(2).getFloat()).isEqualTo(3f);
      assertThat(state.kind()).isEqualTo("adam");
      assertThat(state.groups().getFirst().memories().get(1).parameter()).isEqualTo("p1");
      assertThat(state.groups().getFirst().settings())
          .contains(new OptimizerState.Setting("lr", 0.01));
      stateful(optimizer).restore(state);
      OptimizerState again = stateful(optimizer).state(saved);
      assertThat(again.groups().getFirst().memories().getFirst().arrays().head().toFloatArray())
          .containsExactly(before);
    }
  }

  @Test
  void aMemoryThatDoesNotFitIsRefusedAndChangesNothing() {
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager();
        Optimizer adam = Adam.of(0.01).create(weights.groups)) {
      weights.steps(adam, 2);
      OptimizerState state = stateful(adam).state(saved);
      OptimizerState.Group head = state.groups().getLast();
      try (Optimizer sgd = Sgd.of(0.01).create(weights.groups)) {
        assertThatThrownBy(() -> stateful(sgd).restore(state))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("this is the memory of an optimizer of kind 'adam', not 'sgd'");
      }
      try (Optimizer other = Adam.of(0.05).create(weights.groups)) {
        assertThatThrownBy(() -> stateful(other).restore(new OptimizerState("adam", List.of(head))))
            .hasMessage(
                "the saved parameter groups are [head], those of this optimizer [body, head]");
        assertThatThrownBy(() ->
                stateful(other)
                    .restore(new OptimizerState("adam", List.of(renamed(head, "body"), head))))
            .hasMessage("there is no parameter 'p2' in group 'body'; there are [p0, p1]");
        var wrong =
            new OptimizerState.Memory("p0", new NDList(saved.zeros(new Shape(2)), saved.create(1)));
        var body = new OptimizerState.Group("body", List.of(), List.of(wrong));
        assertThatThrownBy(
                () -> stateful(other).restore(new OptimizerState("adam", List.of(body, head))))
            .hasMessageContaining("what is saved of parameter 'p0' does not fit: 2 arrays")
            .hasMessageContaining("needed are 3 of float32 (3, 4)");
        assertThat(other.get(Hyper.LEARNING_RATE)).isEqualTo(0.05);
      }
    }
  }

  @Test
  void aRefusedMemoryLeavesTheOldOne() {
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager();
        Optimizer optimizer = AdamW.of(0.01).create(weights.groups)) {
      weights.steps(optimizer, 3);
      OptimizerState good = stateful(optimizer).state(saved);
      for (Shape shape : List.of(new Shape(5), new Shape(1))) {
        var groups = new ArrayList<>(good.groups());
        OptimizerState.Group last = groups.removeLast();
        var memories = new ArrayList<>(last.memories());
        OptimizerState.Memory memory = memories.removeLast();
        var arrays = new NDList(memory.arrays());
        arrays.set(1, saved.ones(shape));
        memories.add(new OptimizerState.Memory(memory.parameter(), arrays));
        groups.add(new OptimizerState.Group(last.name(), last.settings(), memories));
        assertThatThrownBy(
                () -> stateful(optimizer).restore(new OptimizerState(good.kind(), groups)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("'%s' does not fit: 3 arrays of".formatted(memory.parameter()))
            .hasMessageContaining(shape.toString());
        var now = stateful(optimizer).state(saved).groups();
        for (int i = 0; i < now.size(); i++) {
          assertThat(now.get(i).memories()).hasSameSizeAs(good.groups().get(i).memories());
        }
        assertThat(now.getFirst().memories().getFirst().arrays().get(2).getFloat()).isEqualTo(3f);
      }
    }
  }

  @Test
  void frozenParametersKeepTheirWeightsAndTheirStepCount() {
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager();
        Optimizer optimizer = AdamW.of(0.01).create(weights.groups)) {
      Parameter late = weights.parameters.get(1);
      late.freeze(true);
      double[] before = Weights.read(late.getArray());
      weights.steps(optimizer, 4);
      assertThat(Weights.read(late.getArray())).containsExactly(before);
      assertThat(stateful(optimizer).state(saved).groups().getFirst().memories()).hasSize(1);
      late.freeze(false);
      weights.steps(optimizer, 2);
      assertThat(Weights.read(late.getArray())).isNotEqualTo(before);
      var memories = stateful(optimizer).state(saved).groups().getFirst().memories();
      assertThat(memories.get(0).arrays().get(2).getFloat()).isEqualTo(6f);
      assertThat(memories.get(1).arrays().get(2).getFloat()).isEqualTo(2f);
    }
  }

  @ParameterizedTest
  @MethodSource("factories")
  void groupsWhoseHyperParametersAreEqualForAWhileStepAsIfAlone(Optimizer.Factory factory) {
    try (var together = weights();
        var apart = weights();
        Optimizer both = factory.create(together.groups);
        Optimizer body = factory.create(apart.groups.subList(0, 1));
        Optimizer head = factory.create(apart.groups.subList(1, 2))) {
      for (int i = 0; i < 12; i++) {
        double rate = i >= 3 && i < 7 ? 0.05 : 0.01;
        together.groups.getLast().set(Hyper.LEARNING_RATE, rate);
        apart.groups.getLast().set(Hyper.LEARNING_RATE, rate);
        together.parameters.get(1).freeze(i < 5);
        apart.parameters.get(1).freeze(i < 5);
        together.backward();
        apart.backward();
        both.step();
        body.step();
        head.step();
        assertEqual(together, apart);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("factories")
  void selectionsOfGroupsByTurnsStepAsIfAlone(Optimizer.Factory factory) {
    try (var together = weights();
        var apart = weights();
        Optimizer both = factory.create(together.groups);
        Optimizer body = factory.create(apart.groups.subList(0, 1));
        Optimizer head = factory.create(apart.groups.subList(1, 2))) {
      for (int i = 0; i < 12; i++) {
        boolean bodySteps = i % 3 != 1;
        boolean headSteps = i % 3 != 2;
        together.backward();
        apart.backward();
        both.step(group -> group.name().equals("body") ? bodySteps : headSteps);
        if (bodySteps) {
          body.step();
        }
        if (headSteps) {
          head.step();
        }
        assertEqual(together, apart);
      }
    }
  }

  private static void assertEqual(Weights some, Weights others) {
    for (int i = 0; i < Weights.SHAPES.size(); i++) {
      assertThat(some.read().get(i)).containsExactly(others.read().get(i));
    }
  }

  @Test
  void groupsOfEqualHyperParametersTakeOneNativeCallNeighboursOrNot() {
    try (var weights = weights()) {
      var groups = new ArrayList<ParameterGroup>();
      for (Parameter parameter : weights.parameters) {
        var only = new PairList<String, Parameter>();
        only.add(parameter.getName(), parameter);
        groups.add(new ParameterGroup(parameter.getName(), only, Map.of()));
      }
      try (var optimizer = (FusedOptimizer) Sgd.of(0.01).create(groups)) {
        var calls =
            new Calls(optimizer, groups.stream().map(group -> new Memory(group, true)).toList());
        var counts = new ArrayList<Integer>();
        for (double rate : new double[] {0.02, 0.02, 0.01, 0.03}) {
          groups.get(1).set(Hyper.LEARNING_RATE, rate);
          groups.get(3).set(Hyper.LEARNING_RATE, 0.02);
          weights.backward();
          try (var _ = Autograd.off()) {
            calls.run();
          }
          counts.add(calls.count());
        }
        calls.release();
        assertThat(counts).containsExactly(2, 2, 2, 3);
      }
    }
  }

  @Test
  void aStepThatCannotBeTakenFailsEveryTimeAndLeavesNothingBehind() {
    try (NDManager manager = NDManager.newBaseManager();
        NDManager saved = NDManager.newBaseManager()) {
      Parameter good = parameter("good", manager.ones(new Shape(2)));
      Parameter bad =
          Parameter.builder()
              .setName("bad")
              .setType(Parameter.Type.WEIGHT)
              .optArray(manager.ones(new Shape(2), DataType.INT64))
              .optRequiresGrad(false)
              .build();
      try (Optimizer optimizer =
          Sgd.of(0.1)
              .momentum(0.9)
              .weightDecay(0.5)
              .create(List.of(group("first", good), group("second", bad)))) {
        catchThrowable(() -> bad.freeze(false)); // whole numbers have no gradient
        assertThat(bad.requiresGradient()).isTrue();
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(optimizer::step).isInstanceOf(RuntimeException.class);
          assertThat(good.getArray().toFloatArray()).containsExactly(1, 1);
        }
        bad.freeze(true);
        good.freeze(true);
        optimizer.step();
        assertThat(stateful(optimizer).state(saved).groups())
            .allMatch(group -> group.memories().isEmpty());
        good.freeze(false);
        optimizer.step();
        assertThat(Weights.read(good.getArray())[0]).isCloseTo(0.95, within(1));
        assertThat(stateful(optimizer).state(saved).groups().getFirst().memories()).hasSize(1);
      }
    }
  }

  private static Parameter parameter(String name, NDArray array) {
    array.setRequiresGradient(true);
    return Parameter.builder().setName(name).setType(Parameter.Type.WEIGHT).optArray(array).build();
  }

  private static ParameterGroup group(String name, Parameter parameter) {
    var parameters = new PairList<String, Parameter>();
    parameters.add(parameter.getName(), parameter);
    return new ParameterGroup(name, parameters, Map.of());
  }

  private static Offset<Double> within(double value) {
    return Offset.offset(Math.abs(value) * 1e-6);
  }

  @Test
  void parametersOfSeveralTypesShareAGroupAndAMissingGradientIsZero() {
    try (NDManager manager = NDManager.newBaseManager()) {
      var parameters = new PairList<String, Parameter>();
      for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.FLOAT32)) {
        NDArray array = manager.ones(new Shape(3), type);
        array.setRequiresGradient(true);
        String name = "p" + parameters.size();
        parameters.add(
            name,
            Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.WEIGHT)
                .optArray(array)
                .build());
      }
      var group = new ParameterGroup("all", parameters, Map.of());
      try (Optimizer optimizer = AdamW.of(0.1).weightDecay(0.5).create(List.of(group))) {
        optimizer.step();
        optimizer.step();
        for (Parameter parameter : parameters.values()) {
          assertThat(Weights.read(parameter.getArray())[0]).isCloseTo(0.95 * 0.95, within(1));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("factories")
  void stepsMakeNoArraysAndClosingFreesAll(Optimizer.Factory factory) {
    try (var weights = weights()) {
      Optimizer optimizer = factory.create(weights.groups);
      NDManager own = ((FusedOptimizer) optimizer).manager();
      weights.steps(optimizer, 2);
      weights.backward();
      int before = own.getManagedArrays().size();
      int models = weights.manager.getManagedArrays().size();
      for (int i = 0; i < 50; i++) {
        optimizer.step();
      }
      assertThat(own.getManagedArrays()).hasSize(before);
      assertThat(weights.manager.getManagedArrays()).hasSize(models);
      try (NDManager saved = NDManager.newBaseManager()) {
        OptimizerState state = stateful(optimizer).state(saved);
        assertThat(saved.getManagedArrays()).hasSize(before);
        stateful(optimizer).restore(state);
      }
      assertThat(own.getManagedArrays()).hasSize(before);
      optimizer.close();
      optimizer.close();
      assertThat(own.isOpen()).isFalse();
      assertThat(own.getManagedArrays()).isEmpty();
      assertThatThrownBy(optimizer::step)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this optimizer is closed; make a new one");
    }
  }

  @Test
  void everyHyperParameterIsThereInEveryGroup() {
    try (var weights = weights();
        Optimizer sgd = Sgd.of(0.1).momentum(0.9).create(weights.groups)) {
      assertThat(sgd.groups().getLast().hypers())
          .containsExactly(Hyper.LEARNING_RATE, Hyper.MOMENTUM, Sgd.DAMPENING, Hyper.WEIGHT_DECAY);
      assertThat(sgd.get(Hyper.MOMENTUM)).isEqualTo(0.9);
    }
    try (var weights = weights();
        Optimizer adam = AdamW.of(0.1).create(weights.groups)) {
      assertThat(adam.groups().getFirst().hypers())
          .containsExactly(
              Hyper.LEARNING_RATE,
              Hyper.MOMENTUM,
              Hyper.SQUARED_MOMENTUM,
              Hyper.EPSILON,
              Hyper.WEIGHT_DECAY);
      assertThat(adam.get(Hyper.WEIGHT_DECAY)).isEqualTo(0.01);
      assertThat(adam.get(Hyper.EPSILON)).isEqualTo(1e-8);
    }
  }

  @Test
  void normsAndBiasesAreSparedFromDecayUnlessAskedFor() {
    var model =
        new SequentialBlock()
            .add(Linear.builder().setUnits(3).build())
            .add(BatchNorm.builder().build())
            .add(Blocks.identityBlock());
    try (NDManager manager = NDManager.newBaseManager()) {
      model.initialize(manager, DataType.FLOAT32, new Shape(2, 4));
      AdamW sparing = AdamW.of(0.1);
      try (Optimizer optimizer = sparing.create(sparing.splitter().split(model))) {
        assertThat(optimizer.group("decayed").parameters().size()).isEqualTo(1);
        assertThat(optimizer.group("norms-and-biases").parameters().size()).isEqualTo(3);
        optimizer.set(Hyper.WEIGHT_DECAY, 0.3);
        assertThat(optimizer.get(Hyper.WEIGHT_DECAY)).isEqualTo(0.3);
        assertThat(optimizer.group("decayed").get(Hyper.WEIGHT_DECAY)).isEqualTo(0.3);
        assertThat(optimizer.group("norms-and-biases").get(Hyper.WEIGHT_DECAY)).isZero();
      }
      assertThat(AdamW.of(0.1).decayNormsAndBiases(true).splitter().split(model)).hasSize(1);
      assertThat(Sgd.of(0.1).splitter().split(model).getLast().fixes(Hyper.WEIGHT_DECAY)).isTrue();
    }
  }

  @Test
  void anArrayOfZerosMovesByLambTooThoughItHasNoLength() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray zeros = manager.zeros(new Shape(2));
      ParameterGroup group = group("all", parameter("p", zeros));
      try (Optimizer optimizer = Lamb.of(0.1).eps(0).create(List.of(group))) {
        try (var _ = Autograd.on()) {
          Autograd.backward(zeros.mul(manager.create(new float[] {3, -5})).sum(), false);
        }
        optimizer.step();
        assertThat(Weights.read(zeros)).containsExactly(new double[] {-0.1, 0.1}, within(1));
      }
    }
  }

  @Test
  void componentsHaveIdsAndDefaults() {
    var found = new ArrayList<String>();
    List<OptimizerProvider> providers =
        List.of(
            new Sgd(),
            new Adam(),
            new AdamW(),
            new Lion(),
            new Lamb(),
            new Muon(),
            new RAdam(),
            new RmsProp());
    for (OptimizerProvider provider : providers) {
      Record defaults = (Record) provider;
      assertThat(provider.create()).isSameAs(provider);
      found.add(provider.getClass().getAnnotation(Id.class).value() + " " + defaults);
      assertThat(provider.getClass().getAnnotation(Summary.class).value()).isNotBlank();
      assertThat(defaults.getClass().getRecordComponents())
          .allMatch(component -> component.isAnnotationPresent(Summary.class));
    }
    assertThat(Sgd.class.getModule().getDescriptor().provides())
        .singleElement()
        .satisfies(provides ->
            assertThat(provides.providers())
                .containsExactlyInAnyOrderElementsOf(
                    providers.stream().map(provider -> provider.getClass().getName()).toList()));
    assertThat(found)
        .containsExactlyInAnyOrder(
            "sgd Sgd[lr=0.001, momentum=0.0, dampening=0.0, weightDecay=0.0, nesterov=false,"
                + " decayNormsAndBiases=false]",
            "adam Adam[lr=0.001, beta1=0.9, beta2=0.999, eps=1.0E-8, weightDecay=0.0,"
                + " decayNormsAndBiases=false]",
            "adamw AdamW[lr=0.001, beta1=0.9, beta2=0.999, eps=1.0E-8, weightDecay=0.01,"
                + " decayNormsAndBiases=false]",
            "lion Lion[lr=1.0E-4, beta1=0.9, beta2=0.99, weightDecay=0.0,"
                + " decayNormsAndBiases=false]",
            "lamb Lamb[lr=0.001, beta1=0.9, beta2=0.999, eps=1.0E-6, weightDecay=0.01,"
                + " decayNormsAndBiases=false]",
            "muon Muon[lr=0.001, momentum=0.95, beta1=0.9, beta2=0.95, eps=1.0E-8,"
                + " weightDecay=0.1, decayNormsAndBiases=false]",
            "radam RAdam[lr=0.001, beta1=0.9, beta2=0.999, eps=1.0E-8, weightDecay=0.0,"
                + " decayNormsAndBiases=false]",
            "rmsprop RmsProp[lr=0.01, alpha=0.99, eps=1.0E-8, momentum=0.0, centered=false,"
                + " weightDecay=0.0, decayNormsAndBiases=false]");
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> Sgd.of(-1)).hasMessage("lr is -1; it must be finite and at least 0");
    assertThatThrownBy(() -> Sgd.of(1).momentum(1))
        .hasMessage("momentum is 1; it must be in [0, 1)");
    assertThatThrownBy(() -> Sgd.of(1).dampening(2))
        .hasMessage("dampening is 2; it must be in [0, 1]");
    assertThatThrownBy(() -> Sgd.of(1).nesterov(true))
        .hasMessage(
            "nesterov needs a momentum above 0 and no dampening; momentum is 0.0, dampening 0.0");
    assertThatThrownBy(() -> Adam.of(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Adam.of(1).betas(0.9, 1))
        .hasMessage("beta2 is 1; it must be in [0, 1)");
    assertThatThrownBy(() -> AdamW.of(1).eps(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AdamW.of(1).weightDecay(-1))
        .hasMessage("weight-decay is -1; it must be finite and at least 0");
    assertThatThrownBy(() -> Lion.of(1).betas(1, 0.9))
        .hasMessage("beta1 is 1; it must be in [0, 1)");
  }

  /// A dozen lines: moves by the sign of the gradient and remembers nothing.
  private static final class SignDescent extends FusedOptimizer {
    private static final TorchScript SCRIPT =
        TorchScript.compile(
            """
            def step(parameters: List[Tensor], lr: float) -> List[Tensor]:
              for p in parameters:
                torch.add_(p, torch.sign(p.grad), alpha=torch.neg(lr))
              return parameters
            """);

    SignDescent(List<ParameterGroup> groups, double lr) {
      super("sign-descent", groups);
      define(Hyper.LEARNING_RATE, lr);
    }

    @Override
    protected void step(ParameterGroup group, Portion portion) {
      SCRIPT.run("step", portion.parameters(), group.get(Hyper.LEARNING_RATE));
    }
  }

  @Test
  void anOptimizerOfOnesOwnIsAScriptAndItsHyperParameters() {
    try (var weights = weights();
        NDManager saved = NDManager.newBaseManager();
        Optimizer optimizer = new SignDescent(weights.groups, 0.25)) {
      weights.groups.getFirst().set(Hyper.LEARNING_RATE, 0.5);
      weights.parameters.get(2).freeze(true);
      for (int step = 0; step < 3; step++) {
        List<double[]> before = weights.read();
        List<double[]> gradients = weights.backward();
        optimizer.step();
        for (int i = 0; i < before.size(); i++) {
          double rate = i == 2 ? 0 : i < 2 ? 0.5 : 0.25;
          for (int j = 0; j < before.get(i).length; j++) {
            assertThat(weights.read().get(i)[j])
                .isCloseTo(before.get(i)[j] - rate * Math.signum(gradients.get(i)[j]), within(1));
          }
        }
      }
      OptimizerState state = stateful(optimizer).state(saved);
      assertThat(state.kind()).isEqualTo("sign-descent");
      assertThat(state.groups()).allMatch(group -> group.memories().isEmpty());
      optimizer.set(Hyper.LEARNING_RATE, 9);
      stateful(optimizer).restore(state);
      assertThat(optimizer.group("body").get(Hyper.LEARNING_RATE)).isEqualTo(0.5);
      assertThat(optimizer.group("head").get(Hyper.LEARNING_RATE)).isEqualTo(0.25);
      weights.steps(optimizer, 1);
    }
  }

  private static OptimizerState.Group renamed(OptimizerState.Group group, String name) {
    return new OptimizerState.Group(name, group.settings(), group.memories());
  }

  private static FusedOptimizer stateful(Optimizer optimizer) {
    return (FusedOptimizer) optimizer;
  }

  private static Weights weights() {
    return new Weights(5, DataType.FLOAT32, Map.of());
  }
}
