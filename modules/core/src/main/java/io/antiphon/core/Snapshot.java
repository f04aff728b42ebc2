package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;

/// A learner as it was at one moment, kept in memory: weights with running statistics, what is
/// frozen, what the optimizer remembers, hyper-parameters, the counts of epochs and steps, and the
/// memory of every [Stateful] callback and loader. Random streams are functions of those counts, so
/// they are in it too.
///
/// What is not [Stateful] counts as remembering nothing. Whoever takes a snapshot closes it.
public final class Snapshot implements AutoCloseable {
  private final NDManager manager;
  private final IdentityHashMap<Parameter, Kept> parameters = new IdentityHashMap<>();
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
        NDArray copy = parameter.getArray().duplicate();
        copy.attach(manager);
        parameters.put(parameter, new Kept(copy, parameter.requiresGradient()));
      }
      Optimizer optimizer = learner.optimizer();
      keep(optimizer);
      for (ParameterGroup group : optimizer.groups()) {
        for (Hyper hyper : group.hypers()) {
          hypers.add(new Hypers(group, hyper, group.layered(hyper).base()));
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
      for (var entry : parameters.entrySet()) {
        Kept kept = entry.getValue();
        Copy.into(entry.getKey().getArray(), kept.array);
        if (entry.getKey().requiresGradient() != kept.trains) {
          entry.getKey().freeze(!kept.trains);
        }
      }
      memories.forEach(Memory::restore);
      hypers.forEach(kept -> kept.group.set(kept.hyper, kept.value));
    }
    learner.done(epochsDone, stepsDone);
    learner.gradients().zero();
  }

  /// Frees what is kept.
  @Override
  public void close() {
    manager.close();
  }

  private record Kept(NDArray array, boolean trains) {}

  private record Hypers(ParameterGroup group, Hyper hyper, double value) {}

  private record Memory<S extends Record>(Stateful<S> owner, S state) {
    void restore() {
      owner.restore(state);
    }
  }

  /// DJL's own `copyTo` goes through the host's memory.
  private static final class Copy {
    private static final TorchScript SCRIPT =
        TorchScript.compile(
            """
            def into(array: Tensor, source: Tensor) -> Tensor:
              return torch.copy_(array, source)
            """);

    static void into(NDArray array, NDArray source) {
      SCRIPT.run("into", array, source);
    }
  }
}
