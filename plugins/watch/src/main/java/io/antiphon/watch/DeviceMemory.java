package io.antiphon.watch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.util.cuda.CudaUtils;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Machine;
import java.util.List;
import java.util.OptionalLong;

/// Tells how much memory is in use where the learner computes, in GiB, as the columns
/// `train_memory` and `memory` of the epoch: means over batches. On a GPU that is all that is taken
/// on it, by whomever; on the CPU the memory of this process that is resident.
public final class DeviceMemory implements Callback {
  private static final double GIB = 1 << 30;

  private final int every;

  /// How often.
  @Id("device-memory")
  @Summary("tells how much memory is in use where the model computes, in GiB")
  public record Options(@Summary("every how many batches it looks, at least 1") int every)
      implements CallbackProvider {
    public Options {
      Check.atLeast("every", every, 1);
    }

    /// Every tenth batch.
    public Options() {
      this(10);
    }

    @Override
    public Callback create() {
      return new DeviceMemory(every);
    }
  }

  /// @param every every how many batches it looks, at least 1
  public DeviceMemory(int every) {
    this.every = Check.atLeast("every", every, 1);
  }

  @Override
  public List<String> reports() {
    return List.of("memory");
  }

  private static OptionalLong used(Device device) {
    if (!device.isGpu()) {
      return Machine.resident();
    }
    try {
      return OptionalLong.of(CudaUtils.getGpuMemory(device).getUsed());
    } catch (RuntimeException | LinkageError e) {
      return OptionalLong.empty(); // another kind of GPU, or no JNA
    }
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.index() % every == 0) {
      OptionalLong used = used(batch.fit().learner().device());
      if (used.isPresent()) {
        NDArray value = batch.manager().create((float) (used.getAsLong() / GIB));
        batch.report("memory", value);
      }
    }
  }
}
