package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A residual block with pre-activation (He et al., "Identity Mappings in Deep Residual Networks",
/// 2016), in one native call: normalisation, ReLU, convolution 3 × 3 of the stride, normalisation,
/// ReLU, convolution 3 × 3, plus the input.
///
/// Where channels or size change, what is added is a convolution 1 × 1 of the first activation.
/// Normalisation and initial weights are those of [ConvBlock].
final class PreActivationBlock extends AbstractBlock implements Residual {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def norm(x: Tensor, p: List[Tensor], at: int, training: bool) -> Tensor:
            if training and x.numel() == x.size(1):
              return torch.relu_(torch.batch_norm(x, p[at], p[at + 1], None, None, training, 0.1, 1e-05, True))
            y = torch.batch_norm(x, p[at], p[at + 1], p[at + 2], p[at + 3], training, 0.1, 1e-05, True)
            return torch.relu_(y)
          def forward(x: Tensor, p: List[Tensor], training: bool, stride: int, projects: bool) -> Tensor:
            a = self.norm(x, p, 0, training)
            y = torch.conv2d(a, p[8], None, [stride, stride], [1, 1], [1, 1], 1)
            y = self.norm(y, p, 4, training)
            y = torch.conv2d(y, p[9], None, [1, 1], [1, 1], [1, 1], 1)
            if projects:
              x = torch.conv2d(a, p[10], None, [stride, stride], [0, 0], [1, 1], 1)
            return torch.add(y, x)
          def last(x: Tensor, p: List[Tensor], training: bool) -> Tensor:
            return torch.mean(self.norm(x, p, 0, training), [2, 3])
          def stem(x: Tensor, weight: Tensor) -> Tensor:
            y = torch.contiguous(x, memory_format=2)
            return torch.conv2d(y, weight, None, [1, 1], [1, 1], [1, 1], 1)
          """);

  private static final List<Parameter.Type> NORM =
      List.of(
          Parameter.Type.GAMMA,
          Parameter.Type.BETA,
          Parameter.Type.RUNNING_MEAN,
          Parameter.Type.RUNNING_VAR);

  private final Part part;
  private final int channels;
  private final int stride;
  private final boolean projects;
  private final List<Parameter> own = new ArrayList<>();

  /// Which part of a residual network this is.
  enum Part {
    /// A convolution, whose results lie channels last in memory.
    STEM,
    /// A residual block.
    BLOCK,
    /// Normalisation, ReLU and the mean over height and width.
    LAST
  }

  /// @param projects whether what is added is a convolution of the first activation
  private PreActivationBlock(Part part, int channels, int stride, boolean projects) {
    this.part = part;
    this.channels = channels;
    this.stride = stride;
    this.projects = projects;
    if (part != Part.STEM) {
      norm("1");
    }
    if (part == Part.BLOCK) {
      norm("2");
      weight("weight1");
      weight("weight2");
      if (projects) {
        weight("shortcut");
      }
    } else if (part == Part.STEM) {
      weight("weight");
    }
  }

  static PreActivationBlock stem(int channels) {
    return new PreActivationBlock(Part.STEM, channels, 1, false);
  }

  static PreActivationBlock of(int channels, int stride, boolean projects) {
    return new PreActivationBlock(Part.BLOCK, channels, stride, projects);
  }

  static PreActivationBlock last() {
    return new PreActivationBlock(Part.LAST, 0, 1, false);
  }

  private void norm(String suffix) {
    for (Parameter.Type type : NORM) {
      boolean trains = type == Parameter.Type.GAMMA || type == Parameter.Type.BETA;
      String name =
          switch (type) {
            case GAMMA -> "gamma";
            case BETA -> "beta";
            case RUNNING_MEAN -> "runningMean";
            default -> "runningVar";
          };
      own.add(
          addParameter(
              Parameter.builder()
                  .setName(name + suffix)
                  .setType(type)
                  .optRequiresGrad(trains)
                  .build()));
    }
  }

  private void weight(String name) {
    own.add(addParameter(Parameter.builder().setName(name).setType(Parameter.Type.WEIGHT).build()));
  }

  @Override
  public boolean addsItsInput() {
    return part == Part.BLOCK && !projects;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    var values = new NDList(own.size());
    for (Parameter each : own) {
      values.add(store.getValue(each, x.getDevice(), training));
    }
    return switch (part) {
      case STEM -> SCRIPT.call(x.getManager(), "stem", x, values.head());
      case BLOCK -> SCRIPT.call(x.getManager(), "forward", x, values, training, stride, projects);
      case LAST -> SCRIPT.call(x.getManager(), "last", x, values, training);
    };
  }

  @Override
  protected void prepare(Shape[] inputShapes) {
    long in = inputShapes[0].get(1);
    for (Parameter each : own) {
      each.setShape(
          switch (each.getName()) {
            case "weight", "weight1" -> new Shape(channels, in, 3, 3);
            case "weight2" -> new Shape(channels, channels, 3, 3);
            case "shortcut" -> new Shape(channels, in, 1, 1);
            default -> new Shape(each.getName().endsWith("2") ? channels : in);
          });
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    Shape in = inputShapes[0];
    return new Shape[] {
      part == Part.LAST
          ? new Shape(in.get(0), in.get(1))
          : new Shape(
              in.get(0),
              channels,
              (in.get(2) + stride - 1) / stride,
              (in.get(3) + stride - 1) / stride)
    };
  }
}
