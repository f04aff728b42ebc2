package io.antiphon.optim;

import ai.djl.ndarray.NDList;
import java.util.List;

/// What an optimizer remembers.
///
/// @param kind what the arrays mean: `adam` (also AdamW's), `lamb`, `lion`, `muon`, `radam`,
///   `rmsprop` or `sgd`; another one's name
/// @param groups the parameter groups, in order
public record OptimizerState(String kind, List<Group> groups) {
  public OptimizerState {
    groups = List.copyOf(groups);
  }

  /// The memory of a parameter group.
  ///
  /// @param name the group's name
  /// @param settings its hyper-parameters, without what a run's scopes lay over them
  /// @param memories its parameters, in order, without those never stepped
  public record Group(String name, List<Setting> settings, List<Memory> memories) {
    public Group {
      settings = List.copyOf(settings);
      memories = List.copyOf(memories);
    }
  }

  /// A hyper-parameter's value.
  ///
  /// @param hyper its name
  /// @param value its value
  public record Setting(String hyper, double value) {}

  /// The memory of a parameter.
  ///
  /// @param parameter its name in the model
  /// @param arrays of `adam`, `lamb` and `radam` the first moment and the second, each of the
  ///   parameter's shape and type, and the number of steps, float32 `[]`; of `muon` the same, but
  ///   of a matrix its momentum and nothing, `[0]`, in the place of the second; of `rmsprop` the
  ///   average of squares, the buffer if there is a momentum, the mean if it is centred; of `lion`
  ///   the momentum and of `sgd` the momentum buffer, of the parameter's shape and type
  public record Memory(String parameter, NDList arrays) {}
}
