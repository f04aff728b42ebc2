package io.antiphon.core;

import ai.djl.nn.Parameter;
import io.antiphon.torch.Gradients;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which turn a learner takes: who rests meanwhile, and the gradients of those that do not.
final class Turns implements AutoCloseable {
  private static final Rest NOBODY_RESTS = new Rest(List.of(), _ -> true);

  private final Learner learner;
  private final Map<String, TrainedGradients> gradients = new HashMap<>(); // by turn
  private Turn turn = Turn.ALL;
  private Rest resting = NOBODY_RESTS;

  Turns(Learner learner) {
    this.learner = learner;
  }

  /// {@return the gradients of the parameters that are trained now}
  Gradients gradients() {
    return gradients(resting.isEmpty() ? Turn.ALL : turn);
  }

  Gradients gradients(Turn turn) {
    TrainedGradients all =
        gradients.computeIfAbsent(Turn.ALL.name(), _ -> new TrainedGradients(learner, List.of()));
    return turn.isWhole()
        ? all.get(turn)
        : gradients
            .computeIfAbsent(turn.name(), _ -> new TrainedGradients(learner, all.arrays()))
            .get(turn);
  }

  /// Lets the parameters rest that a turn does not train.
  Rest rest(Turn turn) {
    List<ParameterGroup> groups = learner.optimizer().groups();
    if (!turn.isWhole() && groups.stream().noneMatch(turn.trains())) {
      throw new IllegalStateException(
          "turn '%s' trains no parameter group; the groups are %s, of the parts %s"
              .formatted(
                  turn,
                  groups.stream().map(ParameterGroup::name).toList(),
                  groups.stream().map(ParameterGroup::part).distinct().toList()));
    }
    this.turn = turn;
    resting = turn.isWhole() ? NOBODY_RESTS : new Rest(groups, turn.trains());
    return resting;
  }

  boolean isResting(Parameter parameter) {
    return resting.holds(parameter);
  }

  @Override
  public void close() {
    gradients.values().forEach(TrainedGradients::close);
    gradients.clear();
  }
}
