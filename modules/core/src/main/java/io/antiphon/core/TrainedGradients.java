package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import io.antiphon.torch.Gradients;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The gradients of the parameters that a turn trains, as they are now: a parameter that was frozen
/// leaves, one that was unfrozen joins with a gradient of zeros.
final class TrainedGradients implements AutoCloseable {
  private final Learner learner;
  private final List<NDArray> arrays = new ArrayList<>();
  private @Nullable Gradients gradients;

  /// @param known parameters whose gradients are accounted for
  TrainedGradients(Learner learner, List<NDArray> known) {
    this.learner = learner;
    arrays.addAll(known);
  }

  Gradients get(Turn turn) {
    Gradients current = gradients;
    return current != null && areOfTheTrainable(turn) ? current : renew(turn);
  }

  List<NDArray> arrays() {
    return arrays;
  }

  // asked at every batch: no allocation
  private boolean areOfTheTrainable(Turn turn) {
    int count = 0;
    for (ParameterGroup group : learner.optimizer().groups()) {
      if (!turn.trains().test(group)) {
        continue;
      }
      for (int i = 0; i < group.parameters().size(); i++) {
        Parameter parameter = group.parameters().valueAt(i);
        if (parameter.requiresGradient()
            && (count == arrays.size() || arrays.get(count++) != parameter.getArray())) {
          return false;
        }
      }
    }
    return count == arrays.size();
  }

  private Gradients renew(Turn turn) {
    var parameters = new NDList();
    for (ParameterGroup group : learner.optimizer().groups()) {
      if (turn.trains().test(group)) {
        parameters.addAll(group.trainable());
      }
    }
    var joining = new NDList();
    for (NDArray array : parameters) {
      if (arrays.stream().noneMatch(old -> old == array)) {
        joining.add(array);
      }
    }
    close();
    var made = new Gradients(parameters);
    gradients = made;
    arrays.clear();
    arrays.addAll(parameters);
    try (var stale = new Gradients(joining)) {
      stale.zero(); // what was there when a parameter was frozen
    }
    return made;
  }

  @Override
  public void close() {
    if (gradients != null) {
      gradients.close();
      gradients = null;
    }
  }
}
