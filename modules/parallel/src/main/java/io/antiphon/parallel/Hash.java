package io.antiphon.parallel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import io.antiphon.core.Learner;
import io.antiphon.torch.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A number of all weights, bit by bit.
final class Hash {
  private Hash() {}

  static long of(Learner learner) {
    long hash = 1469598103934665603L;
    for (var each : learner.model().getParameters()) {
      NDArray array = each.getValue().getArray();
      if (array.getDevice().equals(Device.cpu())) {
        hash = add(hash, array);
      } else {
        try (NDArray copy = array.toDevice(Device.cpu(), true)) {
          hash = add(hash, copy);
        }
      }
    }
    return hash;
  }

  private static long add(long before, NDArray array) {
    long hash = before;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = Memory.view(array, arena);
      long size = memory.byteSize();
      for (long at = 0; at + 4 <= size; at += 4) {
        hash = (hash ^ memory.get(ValueLayout.JAVA_INT_UNALIGNED, at)) * 1099511628211L;
      }
      for (long at = size / 4 * 4; at < size; at++) {
        hash = (hash ^ memory.get(ValueLayout.JAVA_BYTE, at)) * 1099511628211L;
      }
    }
    return hash;
  }
}
