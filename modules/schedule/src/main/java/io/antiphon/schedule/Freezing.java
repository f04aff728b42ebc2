package io.antiphon.schedule;

import ai.djl.nn.Parameter;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import java.util.List;

/// Freezes parts of a learner's model, see [Parts].
///
/// A frozen parameter requires no gradient, so libtorch computes none for it, and nothing before
/// the first trained parameter is recorded. The optimizer keeps what it remembers of it, and counts
/// the steps of each parameter by itself, so one that is trained later starts with the right bias
/// correction. It stays as it is set here, over fits.
public final class Freezing {
  private Freezing() {}

  /// Freezes all parts before one, and unfreezes it and those after it; norms are trained all the
  /// same. fastai's `freeze_to`.
  ///
  /// @param first the first part that is trained, from 0; a negative number counts from the end, −1
  ///   for the last
  /// @throws IllegalArgumentException if there is no such part
  public static void to(Learner learner, int first) {
    to(learner, first, Norms.TRAIN);
  }

  /// Freezes all parts before one, and unfreezes it and those after it.
  ///
  /// @param first the first part that is trained, from 0; a negative number counts from the end, −1
  ///   for the last; as many as there are parts to freeze all
  /// @param norms what becomes of norms in the frozen parts
  /// @throws IllegalArgumentException if there is no such part
  public static void to(Learner learner, int first, Norms norms) {
    List<String> parts = Parts.of(learner);
    int from = first < 0 ? parts.size() + first : first;
    if (from < 0 || from > parts.size()) {
      throw new IllegalArgumentException(
          "cannot freeze to part %d; the model has %d parts, %s"
              .formatted(first, parts.size(), parts));
    }
    for (ParameterGroup group : learner.optimizer().groups()) {
      boolean frozen = parts.indexOf(group.part()) < from;
      for (Parameter parameter : group.parameters().values()) {
        boolean freeze = frozen && !(norms == Norms.TRAIN && isOfNorm(parameter));
        if (parameter.requiresGradient() == freeze) {
          parameter.freeze(freeze);
        }
      }
    }
  }

  /// Freezes all parts but the last; norms are trained all the same. fastai's `freeze`.
  public static void allButLast(Learner learner) {
    to(learner, -1);
  }

  /// Unfreezes all parts. fastai's `unfreeze`.
  public static void none(Learner learner) {
    to(learner, 0);
  }

  private static boolean isOfNorm(Parameter parameter) {
    return parameter.getType() == Parameter.Type.GAMMA
        || parameter.getType() == Parameter.Type.BETA;
  }
}
