package io.antiphon.data;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// From where a data set's transforms draw, as reading a sample some times shows.
///
/// @param fromTorch whether libtorch's generators are not where they were afterwards
/// @param fromElsewhere whether the sample is another one though they were
record Draws(boolean fromTorch, boolean fromElsewhere) {
  private static final int READINGS = 5;
  private static final RandomStream STREAM = new RandomStream(0, "probe");

  /// Where an epoch draws.
  ///
  /// @param isTorchs whether the reading thread may seed libtorch
  record Place(RandomStream stream, long epoch, boolean isTorchs) {
    /// {@return what is read, whose draws are those of a batch}
    <T> T at(int batch, Supplier<T> reading) {
      if (!isTorchs) {
        return reading.get();
      }
      try (var _ = RandomStream.scope();
          var _ = Autograd.off()) {
        stream.seedTorch(epoch, batch);
        return reading.get();
      }
    }
  }

  /// @param sample reads the same sample each time
  static Draws of(Function<NDManager, Batch> sample) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        var _ = RandomStream.scope();
        var _ = Autograd.off()) {
      STREAM.seedTorch(0, 0);
      float untouched = next(manager);
      boolean fromTorch = false;
      var readings = new ArrayList<List<Number>>();
      for (int i = 0; i < READINGS; i++) {
        STREAM.seedTorch(0, 0);
        try (Batch batch = sample.apply(manager)) {
          readings.add(numbers(batch));
        }
        fromTorch |= next(manager) != untouched;
      }
      return new Draws(fromTorch, readings.stream().distinct().count() > 1);
    }
  }

  private static List<Number> numbers(Batch batch) {
    var all = new ArrayList<Number>();
    for (NDArray array : batch.getData()) {
      all.addAll(Arrays.asList(array.toArray()));
    }
    return all;
  }

  private static float next(NDManager manager) {
    return manager.randomUniform(0, 1, new Shape(1)).getFloat();
  }
}
