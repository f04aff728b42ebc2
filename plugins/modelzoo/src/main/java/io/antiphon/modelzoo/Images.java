package io.antiphon.modelzoo;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.spi.ModelProvider.Task;

/// The images that a model of the zoo is for.
final class Images {
  private Images() {}

  /// {@return a model for the images of a task, whose axis of channels may be missing}
  ///
  /// @param model DJL's block, for `[B, C, H, W]`
  static Block model(Task task, Block model) {
    Shape input = task.inputs().getFirst();
    return switch (input.dimension()) {
      case 4 -> model;
      case 3 ->
          new SequentialBlock()
              .add(new LambdaBlock(inputs -> new NDList(inputs.head().expandDims(1)), "channel"))
              .add(model);
      default ->
          throw new IllegalArgumentException(
              "the inputs have shape %s; models of the zoo take images, [B, C, H, W] or [B, H, W]"
                  .formatted(input));
    };
  }
}
