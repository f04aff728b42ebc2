package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The columns of a table as one row of numbers for each sample, `[B, width]`: numbers as they are,
/// categories by an embedding for each column. One native call.
final class TableInput extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def forward(inputs: List[Tensor], weights: List[Tensor]) -> Tensor:
            parts = annotate(List[Tensor], [])
            at = 0
            for x in inputs:
              if torch.is_floating_point(x):
                parts.append(x)
              else:
                for i in range(torch.size(x, 1)):
                  parts.append(torch.embedding(weights[at], torch.select(x, 1, i)))
                  at = torch.add(at, 1)
            return torch.cat(parts, 1)
          """);

  /// What an input holds.
  sealed interface Kind {
    int width();
  }

  /// Numbers.
  record Numbers(int width) implements Kind {}

  /// Categories.
  ///
  /// @param counts how many each column has
  /// @param widths how many numbers stand for one of them
  record Categories(List<Integer> counts, List<Integer> widths) implements Kind {
    @Override
    public int width() {
      return widths.stream().mapToInt(Integer::intValue).sum();
    }
  }

  private final List<Kind> kinds;
  private final List<Parameter> embeddings = new ArrayList<>();

  TableInput(List<Kind> kinds) {
    this.kinds = List.copyOf(kinds);
    for (Kind kind : kinds) {
      if (kind instanceof Categories categories) {
        for (int i = 0; i < categories.counts().size(); i++) {
          embeddings.add(
              addParameter(
                  Parameter.builder()
                      .setName("embedding" + embeddings.size())
                      .setType(Parameter.Type.WEIGHT)
                      .optInitializer(new NormalInitializer(0.01f))
                      .optShape(new Shape(categories.counts().get(i), categories.widths().get(i)))
                      .build()));
        }
      }
    }
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    if (inputs.size() != kinds.size()) {
      throw new IllegalArgumentException(
          "the model was made for %d inputs, not %d".formatted(kinds.size(), inputs.size()));
    }
    NDArray first = inputs.head();
    if (embeddings.isEmpty() && inputs.size() == 1) {
      return new NDList(first);
    }
    var weights = new NDList(embeddings.size());
    for (Parameter embedding : embeddings) {
      weights.add(store.getValue(embedding, first.getDevice(), training));
    }
    return SCRIPT.call(first.getManager(), "forward", inputs, weights);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {new Shape(inputs[0].get(0), kinds.stream().mapToInt(Kind::width).sum())};
  }
}
