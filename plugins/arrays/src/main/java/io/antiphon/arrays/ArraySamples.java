package io.antiphon.arrays;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.data.SampleReader;
import io.antiphon.torch.TorchScript;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Samples of arrays: what is read of the files becomes standardised numbers on the device.
///
/// @param array the inputs
/// @param form what a model gets
/// @param known the targets, if they are known
/// @param shift what is subtracted, on the run's device
/// @param scale what is multiplied with then
record ArraySamples(
    StoredArray array, Form form, Optional<ArrayTargets> known, NDArray shift, NDArray scale)
    implements SampleReader {
  /// What a model gets.
  ///
  /// @param read how it comes out of the file: uint8, int64 or float32
  /// @param indices whether it stays int64; it becomes float32 else
  record Form(DataType read, boolean indices) {
    static Form of(StoredArray inputs, boolean indices) {
      DataType read =
          indices
              ? DataType.INT64
              : inputs.type() == ElementType.UINT8 ? DataType.UINT8 : DataType.FLOAT32;
      return new Form(read, indices);
    }
  }

  @Override
  public int size() {
    return array.count();
  }

  @Override
  public List<Field> inputs() {
    return List.of(new Field(new Shape(array.sampleShape()), form.read()));
  }

  @Override
  public List<Field> targets() {
    return known.map(each -> List.of(each.field())).orElse(List.of());
  }

  @Override
  public void read(int index, RandomGenerator random, List<ByteBuffer> arrays) {
    array.read(index, form.read(), arrays.getFirst());
    if (known.isPresent()) {
      known.get().read(index, arrays.getLast());
    }
  }

  @Override
  public String describe(int index) {
    return "sample %d of %s".formatted(index, array.what());
  }

  @Override
  public NDList prepare(NDList inputs) {
    if (form.indices()) {
      return inputs;
    }
    try (NDArray read = inputs.singletonOrThrow()) {
      return Scripts.PREPARE.call(read.getManager(), "prepare", read, shift, scale);
    }
  }

  private static final class Scripts {
    static final TorchScript PREPARE =
        TorchScript.compile(
            """
            def prepare(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
              return torch.mul_(torch.sub(torch.to(x, 6), shift), scale)
            """);
  }
}
