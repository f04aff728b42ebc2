package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;

/// A learner as it was at one moment, kept in memory: weights with running statistics, what is
/// frozen, what the optimizer remembers, hyper-parameters, the counts of epochs and steps, and the
/// memory of every [Stateful] callback and loader and of the learner's training step. Random
/// streams are functions of those counts, so they are in it too.
///
/// What is not [Stateful] counts as remembering nothing. Whoever takes a snapshot closes it.
public final class Snapshot implements AutoCloseable {
  private final NDManager manager;
  private final List<Parameter> parameters = new ArrayList<>();
  private final BitSet trained = new BitSet();
  private final NDList values;
  private final List<Memory<?>> memories = new ArrayList<>();
  private final List<Hypers> hypers = new ArrayList<>();
  private final long epochsDone;
  private final long stepsDone;

  Snapshot(Learner learner, Predicate<Callback> kept) {
    manager = NDManager.newBaseManager(learner.device());
    manager.setName("snapshot");
    epochsDone = learner.epochsDone();
    stepsDone = learner.stepsDone();
    try (var _ = Autograd.off()) {
      for (Parameter parameter : learner.model().getParameters().values()) {
        trained.set(
            parameters.size(),
            parameter.requiresGradient() || learner.turns().isResting(parameter));
        parameters.add(parameter);
      }
      values = Copies.of(arrays(), manager);
      Optimizer optimizer = learner.optimizer();
      optimizer.parts().forEach(this::keep);
      keep(learner.parts().step.base());
      for (ParameterGroup group : optimizer.groups()) {
        for (Hyper hyper : group.hypers()) {
          hypers.add(new Hypers(group, hyper, group.base(hyper)));
        }
      }
      learner.callbacks().stream().filter(kept).forEach(this::keep);
      learner.parts().train.get().ifPresent(this::keep);
      learner.parts().valid.get().ifPresent(this::keep);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private void keep(Object part) {
    if (part instanceof Stateful<?> stateful) {
      memories.add(memory(stateful));
    }
  }

  private <S extends Record> Memory<S> memory(Stateful<S> owner) {
    return new Memory<>(owner, owner.state(manager));
  }

  void restore(Learner learner) {
    try (var _ = Autograd.off()) {
      Copies.write(values, arrays());
      for (int i = 0; i < parameters.size(); i++) {
        if (parameters.get(i).requiresGradient() != trained.get(i)) {
          parameters.get(i).freeze(!trained.get(i));
        }
      }
      memories.forEach(Memory::restore);
      hypers.forEach(kept -> kept.group.set(kept.hyper, kept.value));
    }
    learner.done(epochsDone, stepsDone);
    learner.gradients().zero();
  }

  private List<NDArray> arrays() {
    return parameters.stream().map(Parameter::getArray).toList();
  }

  /// Frees what is kept.
  @Override
  public void close() {
    manager.close();
  }

  private record Hypers(ParameterGroup group, Hyper hyper, double value) {}

  private record Memory<S extends Record>(Stateful<S> owner, S state) {
    void restore() {
      owner.restore(state);
    }
  }
}
