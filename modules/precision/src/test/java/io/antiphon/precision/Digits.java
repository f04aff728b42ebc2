package io.antiphon.precision;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.LossFunction;
import io.antiphon.data.Glyphs;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.optim.AdamW;
import io.antiphon.optim.Sgd;
import io.antiphon.torch.Memory;
import java.lang.foreign.Arena;
import java.util.List;

/// Drawn digits and small networks for them.
final class Digits implements AutoCloseable {
  static final LossFunction LOSS = new CrossEntropy();

  final NDManager manager = NDManager.newBaseManager(Device.cpu());
  final TensorLoader train;
  final TensorLoader valid;

  Digits(int train, int valid) {
    this.train = Glyphs.train(1).loader(manager, train, Glyphs.STANDARDIZATION).batchSize(32);
    this.valid = Glyphs.valid(1).loader(manager, valid, Glyphs.STANDARDIZATION).batchSize(32);
  }

  Learner.Builder cnn(Callback... callbacks) {
    return Learner.builder()
        .model(Cnn.of(new Cnn.Options(List.of(8, 16, 32)), 10))
        .loss(LOSS)
        .optimizer(AdamW.of(3e-3))
        .metrics(new Accuracy())
        .train(train)
        .valid(valid)
        .device(Device.cpu())
        .seed(3)
        .callbacks(callbacks);
  }

  /// A learner that hardly moves, so that two of them have the same gradients.
  Learner.Builder descent(Callback... callbacks) {
    return cnn(callbacks).optimizer(Sgd.of(1e-5));
  }

  /// As [#descent], of matrix products alone.
  Learner.Builder mlp(Callback... callbacks) {
    return descent(callbacks).model(Mlp.of(new Mlp.Options(), 10));
  }

  /// {@return whether an array lies in memory as its shape says}
  static boolean isContiguous(NDArray array) {
    try (var arena = Arena.ofConfined()) {
      Memory.view(array, arena);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
