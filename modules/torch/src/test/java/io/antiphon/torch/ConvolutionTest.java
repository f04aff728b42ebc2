package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Shapes at which oneDNN ended the process on some processors, in both memory formats.
class ConvolutionTest {
  private static final int[][] CHANNELS = {
    {16, 32}, {64, 128}, {24, 40}, {64, 64}, {3, 16}, {128, 256}, {256, 512}
  };
  private static final int[] SIZES = {4, 7, 8, 14, 28};
  private static final List<Path> CHECKED_MALLOC =
      Stream.of("/lib/x86_64-linux-gnu", "/lib64", "/usr/lib")
          .map(folder -> Path.of(folder, "libc_malloc_debug.so.0"))
          .toList();

  private final TorchScript script =
      TorchScript.compile(
          """
          def step(x: Tensor, w: Tensor, stride: int, padding: int) -> Tensor:
            y = torch.conv2d(x, w, None, [stride, stride], [padding, padding], [1, 1], 1)
            a, b, c = torch.convolution_backward(torch.ones_like(y), x, w, [0], [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [True, True, False])
            xl = torch.contiguous(x, memory_format=2)
            wl = torch.contiguous(w, memory_format=2)
            yl = torch.conv2d(xl, wl, None, [stride, stride], [padding, padding], [1, 1], 1)
            al, bl, cl = torch.convolution_backward(torch.ones_like(yl), xl, wl, [0], [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [True, True, False])
            return torch.stack([torch.sum(y), torch.sum(yl), torch.sum(torch.mul(a, x)), torch.sum(torch.mul(al, x)), torch.sum(torch.mul(b, w)), torch.sum(torch.mul(bl, w))])
          """);

  /// Of a convolution of ones, the output, and either gradient times what it is of, have one sum.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 32})
  void noShapeEndsTheProcessAndBothFormatsAgree(int batch) {
    SelfCheck.result();
    for (int kernel = 1; kernel <= 3; kernel += 2) {
      for (int stride = 1; stride <= 2; stride++) {
        for (int[] channels : CHANNELS) {
          for (int size : SIZES) {
            check(batch, kernel, stride, channels, size);
          }
        }
      }
    }
  }

  private void check(int batch, int kernel, int stride, int[] channels, int size) {
    try (var manager = NDManager.newBaseManager()) {
      float[] sums =
          script
              .call(
                  manager,
                  "step",
                  manager.ones(new Shape(batch, channels[0], size, size)),
                  manager.ones(new Shape(channels[1], channels[0], kernel, kernel)),
                  (long) stride,
                  (long) (kernel / 2))
              .head()
              .toFloatArray();
      double expected = (double) batch * channels[0] * channels[1] * taps(size, kernel, stride);
      for (float sum : sums) {
        assertThat(sum / expected)
            .as(
                "batch %d, %s channels, %dx%d, kernel %d, stride %d",
                batch, channels, size, size, kernel, stride)
            .isBetween(1 - 1e-4, 1 + 1e-4);
      }
    }
  }

  /// In a process of its own, whose C library looks at an array's borders when it is freed.
  @Test
  void noConvolutionWritesBeyondAnArray() throws Exception {
    if (CHECKED_MALLOC.stream().noneMatch(Files::exists)) {
      System.out.println("left out: the C library has no malloc that looks at borders");
      return;
    }
    var ended =
        OtherProcess.run(
            Small.class,
            Map.of(
                "LD_PRELOAD", "libc_malloc_debug.so.0",
                "MALLOC_CHECK_", "3",
                "OMP_NUM_THREADS", "1"));
    assertThat(ended.output()).as("the last shape, exit status %d", ended.status()).endsWith("all");
  }

  /// Steps of the smaller shapes, each told before it runs.
  static final class Small {
    public static void main(String[] arguments) {
      var test = new ConvolutionTest();
      SelfCheck.result();
      for (int kernel = 1; kernel <= 3; kernel += 2) {
        for (int stride = 1; stride <= 2; stride++) {
          for (int[] channels : List.of(CHANNELS[0], CHANNELS[2], CHANNELS[4])) {
            for (int size : SIZES) {
              System.out.printf("%dx%d/%d %s%n", size, size, stride, Arrays.toString(channels));
              test.check(2, kernel, stride, channels, size);
            }
          }
        }
      }
      System.out.print("all");
    }
  }

  // How many pairs of a kernel's element and an input's element meet: in each direction alike.
  private static long taps(int size, int kernel, int stride) {
    int padding = kernel / 2;
    long along = 0;
    for (int at = -padding; at + kernel <= size + padding; at += stride) {
      for (int k = 0; k < kernel; k++) {
        along += at + k >= 0 && at + k < size ? 1 : 0;
      }
    }
    return along * along;
  }

  @Test
  void theLimitOfThisProcessorIsSetBeforeLibtorchIsLoaded() {
    SelfCheck.result();
    var limit = Processor.limit();
    assertThat(limit.isPresent() || !io.antiphon.torch.environment.Environment.needsLimit())
        .isTrue();
  }
}
