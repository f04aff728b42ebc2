package io.antiphon.core;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.antiphon.torch.Cast;
import io.antiphon.torch.Reason;
import java.util.IdentityHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Fits what a model gets to the type of its parameters.
///
/// libtorch computes with arrays of one type only. Java's doubles are float64 and a model is
/// float32, so floating inputs are cast. Whole numbers may be indices of tokens: they stay, and a
/// model that cannot compute with them is refused with the remedy.
final class InputTypes {
  /// How libtorch speaks of types that do not go together.
  private static final Pattern OF_TYPES = Pattern.compile("(?i)dtype|scalar type|input type");

  /// More networks than take turns.
  private static final int KEPT = 16;

  private final IdentityHashMap<Block, DataType> types = new IdentityHashMap<>();

  /// {@return what a block gives for inputs}
  ///
  /// @param forward calls it
  /// @throws IllegalArgumentException if it cannot compute with whole numbers
  NDList fitted(Block block, NDList inputs, UnaryOperator<NDList> forward) {
    DataType type = types.get(block);
    if (type == null) {
      if (types.size() >= KEPT) {
        types.clear();
      }
      type = typeOf(block);
      types.put(block, type);
    }
    if (type == DataType.UNKNOWN) {
      return forward.apply(inputs);
    }
    NDList given = inputs;
    for (int i = 0; i < inputs.size(); i++) {
      NDArray input = inputs.get(i);
      if (input.getDataType() != type && input.getDataType().isFloating()) {
        if (given == inputs) {
          given = new NDList(inputs);
        }
        given.set(i, Cast.to(input, type));
      }
    }
    try {
      return forward.apply(given);
    } catch (EngineException e) {
      throw refused(given, type, e);
    }
  }

  /// {@return the floating type of a block's parameters; unknown if it has none, or one that DJL
  /// has no name for}
  private static DataType typeOf(Block block) {
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.isInitialized() && parameter.getArray().getDataType().isFloating()) {
        return parameter.getArray().getDataType();
      }
    }
    return DataType.UNKNOWN;
  }

  private static RuntimeException refused(NDList inputs, DataType type, EngineException failure) {
    String reason = Reason.of(failure);
    if (!OF_TYPES.matcher(reason).find()) {
      return failure;
    }
    for (int i = 0; i < inputs.size(); i++) {
      NDArray input = inputs.get(i);
      if (input.getDataType() != type && input.getDataType() != DataType.UNKNOWN) {
        return new IllegalArgumentException(
            "inputs[%d] is %s of shape %s, with which the model cannot compute, for it is %4$s; give %4$s, in Java by toType(DataType.%5$s, true): %6$s"
                .formatted(i, input.getDataType(), input.getShape(), type, type.name(), reason),
            failure);
      }
    }
    return failure;
  }
}
