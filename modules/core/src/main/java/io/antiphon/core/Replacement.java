package io.antiphon.core;

/// Something that a callback replaces whole, so that no second one may. Wrapping, transforming
/// batches and scaling gradients chain in order and need no declaration.
///
/// @param what what is replaced, for people
/// @param group the parameter group for a hyper-parameter, or [#EVERY_GROUP]
public record Replacement(String what, String group) {
  /// Stands for all groups.
  public static final String EVERY_GROUP = "*";

  /// The loss function: [Scope#replaceLoss].
  public static final Replacement LOSS_FUNCTION = new Replacement("the loss function", EVERY_GROUP);

  /// The predictions, whatever the model gives: by a [TrainingStep] of one's own or in
  /// `AFTER_PRED`.
  public static final Replacement PRED = new Replacement("the predictions", EVERY_GROUP);

  /// Predict, loss, backward, step and zeroGrad: [Scope#replaceStep].
  public static final Replacement STEP = new Replacement("the training step", EVERY_GROUP);

  /// {@return one hyper-parameter of every group}
  public static Replacement hyper(Hyper hyper) {
    return hyper(hyper, EVERY_GROUP);
  }

  /// {@return one hyper-parameter of one group}
  public static Replacement hyper(Hyper hyper, String group) {
    return new Replacement("hyper-parameter '" + hyper.name() + "'", group);
  }

  /// {@return a number of a callback, see [Callback#tunables]}
  public static Replacement tunable(String callback, String name) {
    return new Replacement("'" + name + "' of callback '" + callback + "'", EVERY_GROUP);
  }

  /// {@return whether this and another may not have different owners}
  public boolean conflictsWith(Replacement other) {
    return what.equals(other.what)
        && (group.equals(other.group)
            || group.equals(EVERY_GROUP)
            || other.group.equals(EVERY_GROUP));
  }

  @Override
  public String toString() {
    return group.equals(EVERY_GROUP) ? what : what + " of group '" + group + "'";
  }
}
