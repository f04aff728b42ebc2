package io.antiphon.core;

/// A hyper-parameter of an optimizer, a number per parameter group.
///
/// Optimizers share these names, so that a schedule fits all of them; an optimizer may have more.
///
/// @param name in kebab-case
public record Hyper(String name) {
  /// The learning rate, per step.
  public static final Hyper LEARNING_RATE = new Hyper("lr");

  /// The decay of the first moment: SGD's momentum, Adam's beta1.
  public static final Hyper MOMENTUM = new Hyper("momentum");

  /// The decay of the second moment: Adam's beta2, RMSProp's alpha.
  public static final Hyper SQUARED_MOMENTUM = new Hyper("squared-momentum");

  /// Weight decay, L2 or decoupled as the optimizer defines it.
  public static final Hyper WEIGHT_DECAY = new Hyper("weight-decay");

  /// What keeps a division from zero.
  public static final Hyper EPSILON = new Hyper("eps");

  @Override
  public String toString() {
    return name;
  }
}
