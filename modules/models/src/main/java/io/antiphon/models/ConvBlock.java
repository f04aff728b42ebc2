package io.antiphon.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.Check;
import io.antiphon.torch.TorchScript;
import org.jspecify.annotations.Nullable;

/// Convolution 3 × 3, batch normalisation and ReLU, in one native call.
///
/// `[B, C, H, W]` becomes `[B, channels, ⌈H/stride⌉, ⌈W/stride⌉]`. As in PyTorch, the running mean
/// and variance move by 0.1 towards each batch's, and 1e-5 is added to the variance; the
/// convolution has no bias, for the normalisation would take it away. A batch of one value per
/// channel has no variance to learn and leaves both as they were. Weights start normal with
/// variance 2 / inputs (He et al., 2015).
public final class ConvBlock extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def forward(x: Tensor, weight: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, training: bool, stride: int) -> Tensor:
            y = torch.conv2d(x, weight, None, [stride, stride], [1, 1], [1, 1], 1)
            if training and y.numel() == y.size(1):
              return torch.relu_(torch.batch_norm(y, gamma, beta, None, None, training, 0.1, 1e-05, True))
            return torch.relu_(torch.batch_norm(y, gamma, beta, mean, variance, training, 0.1, 1e-05, True))
          """);

  private final int channels;
  private final int stride;
  private final Parameter weight = add("weight", Parameter.Type.WEIGHT, true);
  private final Parameter gamma = add("gamma", Parameter.Type.GAMMA, true);
  private final Parameter beta = add("beta", Parameter.Type.BETA, true);
  private final Parameter mean = add("runningMean", Parameter.Type.RUNNING_MEAN, false);
  private final Parameter variance = add("runningVar", Parameter.Type.RUNNING_VAR, false);

  /// A block of stride 2.
  ///
  /// @param channels the number of output channels, at least 1
  public ConvBlock(int channels) {
    this(channels, 2);
  }

  /// @param channels the number of output channels, at least 1
  /// @param stride how far the places of the convolution are apart, at least 1
  public ConvBlock(int channels, int stride) {
    this.channels = Check.atLeast("channels", channels, 1);
    this.stride = Check.atLeast("stride", stride, 1);
  }

  private Parameter add(String name, Parameter.Type type, boolean trains) {
    return addParameter(
        Parameter.builder().setName(name).setType(type).optRequiresGrad(trains).build());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    Device device = x.getDevice();
    return SCRIPT.call(
        x.getManager(),
        "forward",
        x,
        store.getValue(weight, device, training),
        store.getValue(gamma, device, training),
        store.getValue(beta, device, training),
        store.getValue(mean, device, training),
        store.getValue(variance, device, training),
        training,
        stride);
  }

  @Override
  protected void prepare(Shape[] inputShapes) {
    weight.setShape(new Shape(channels, inputShapes[0].get(1), 3, 3));
    for (Parameter each : java.util.List.of(gamma, beta, mean, variance)) {
      each.setShape(new Shape(channels));
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    Shape in = inputShapes[0];
    return new Shape[] {new Shape(in.get(0), channels, strided(in.get(2)), strided(in.get(3)))};
  }

  private long strided(long size) {
    return (size + stride - 1) / stride;
  }
}
