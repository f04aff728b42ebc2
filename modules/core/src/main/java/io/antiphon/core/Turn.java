package io.antiphon.core;

import java.util.Locale;
import java.util.function.Predicate;

/// A turn that a training step takes with a batch: predict, loss, backward, step and zeroGrad for
/// some of the parameters, while the others rest. A GAN has two, one for each network.
///
/// Parameters that rest require no gradient until the turn ends, so a backward pass goes through
/// them at less cost and leaves nothing in them.
///
/// @param name a word for columns and messages, in kebab-case
/// @param trains the parameter groups that are trained
public record Turn(String name, Predicate<ParameterGroup> trains) {
  /// The only turn of most steps, in which everything is trained.
  public static final Turn ALL = new Turn("all", group -> true);

  /// {@return the turn in which a part of the model is trained, named as the part}
  ///
  /// @param part a [ParameterGroup#part], such as a child's name ([Splitter#children])
  public static Turn of(String part) {
    return of(part, part);
  }

  /// {@return a turn in which a part of the model is trained}
  public static Turn of(String name, String part) {
    return new Turn(name, group -> group.part().equals(part));
  }

  /// {@return the name under which the turn's loss is reported, see [Batch#report]: `critic_loss`}
  public String lossName() {
    return name.toLowerCase(Locale.ROOT).replace('-', '_') + "_loss";
  }

  /// Whether others rest in this turn.
  boolean isWhole() {
    return equals(ALL);
  }

  @Override
  public String toString() {
    return name;
  }
}
