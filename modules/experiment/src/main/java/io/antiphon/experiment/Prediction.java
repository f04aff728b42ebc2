package io.antiphon.experiment;

import io.antiphon.core.spi.Task;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a model says of one sample, by the names of its task.
///
/// @param sample what the sample is called: its file, if it has one of its own; else its place
/// @param says the class that it says, or the labels whose probability is above a half; empty for
///   numbers and masks
/// @param numbers for each name of the task, in order: the probability of a class or label, a
///   number that is predicted, the share of the pixels of a class; empty of a language model
/// @param target what it should say, if that is known
/// @param loss the loss of the sample, if its target is known and the loss gives one per sample
/// @param mask the class of each pixel, of a model for masks of at most 256 classes
public record Prediction(
    String sample,
    List<String> says,
    List<Double> numbers,
    Optional<Target> target,
    OptionalDouble loss,
    Optional<Mask> mask) {

  /// What a model should say.
  ///
  /// @param says the class or the labels; empty for numbers and masks
  /// @param numbers for numbers, and for masks as shares, one for each name of the task; else empty
  public record Target(List<String> says, List<Double> numbers) {}

  /// {@return what a language model says of a text: its loss, the mean over its tokens in nats}
  static Prediction ofText(String sample, double loss) {
    return new Prediction(
        sample, List.of(), List.of(), Optional.empty(), OptionalDouble.of(loss), Optional.empty());
  }

  /// {@return how probable what it says is}
  ///
  /// @param task the model's, with classes
  public double probability(Task task) {
    return numbers.get(task.names().indexOf(says.getFirst()));
  }

  /// {@return the same, of a sample whose name begins so}
  public Prediction within(String prefix) {
    return named(prefix + sample);
  }

  /// {@return the same, of a sample of that name}
  public Prediction named(String name) {
    return new Prediction(name, says, numbers, target, loss, mask);
  }
}
