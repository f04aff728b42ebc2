package io.antiphon.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A U-Net for segmentation (Ronneberger et al., "U-Net: Convolutional Networks for Biomedical
/// Image Segmentation", 2015), which keeps height and width.
///
/// On the way down each level has two [ConvBlock]s of stride 1 and halves the image by its maxima;
/// on the way up the image is doubled, put beside what the level had, and goes through two more.
/// Unlike the paper's, convolutions pad and are normalised, and doubling repeats pixels. Images are
/// `[B, C, H, W]`, of any height and width of at least 2 to the number of levels; outputs are
/// logits of the classes of each pixel, the classes last, `[B, H, W, outputs]`.
public final class UNet extends AbstractBlock {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def halve(x: Tensor) -> Tensor:
            return torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
          def beside(x: Tensor, skip: Tensor) -> Tensor:
            up = torch.upsample_nearest2d(x, [torch.size(skip, 2), torch.size(skip, 3)])
            return torch.cat([up, skip], 1)
          def head(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
            return torch.permute(torch.conv2d(x, weight, bias), [0, 2, 3, 1])
          """);

  private final int outputs;
  private final List<List<Block>> down = new ArrayList<>();
  private final List<List<Block>> up = new ArrayList<>();
  private final List<Integer> channels;
  private final Parameter weight;
  private final Parameter bias;

  /// The sizes of a U-Net.
  @Id("unet")
  @Summary("U-Net for segmentation, which keeps the size of the image")
  public record Options(
      @Summary("channels of each level from the top, at least 1 each") List<Integer> channels)
      implements ModelProvider {
    public Options {
      channels = List.copyOf(channels);
      if (channels.isEmpty()) {
        throw Check.refused("channels", "empty", "one number or more, as in [16, 32, 64]");
      }
      for (int each : channels) {
        Check.atLeast("channels", each, 1);
      }
    }

    /// Levels of 16, 32 and 64 channels.
    public Options() {
      this(List.of(16, 32, 64));
    }

    @Override
    public Block create(Task task) {
      return new UNet(this, task.outputs());
    }
  }

  /// @param options its sizes
  /// @param outputs the number of classes, at least 1
  public UNet(Options options, int outputs) {
    this.outputs = Check.atLeast("outputs", outputs, 1);
    channels = options.channels();
    for (int level = 0; level < channels.size(); level++) {
      down.add(two("down" + level, channels.get(level)));
    }
    for (int level = channels.size() - 2; level >= 0; level--) {
      up.add(two("up" + level, channels.get(level)));
    }
    weight =
        addParameter(Parameter.builder().setName("weight").setType(Parameter.Type.WEIGHT).build());
    bias = addParameter(Parameter.builder().setName("bias").setType(Parameter.Type.BIAS).build());
  }

  private List<Block> two(String name, int channels) {
    return List.of(
        addChildBlock(name + "a", new ConvBlock(channels, 1)),
        addChildBlock(name + "b", new ConvBlock(channels, 1)));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    NDManager manager = x.getManager();
    var skips = new ArrayList<NDArray>();
    for (List<Block> level : down) {
      if (!skips.isEmpty()) {
        x = SCRIPT.call(manager, "halve", x).head();
      }
      x = through(level, store, x, training);
      skips.add(x);
    }
    for (int i = 0; i < up.size(); i++) {
      x = SCRIPT.call(manager, "beside", x, skips.get(skips.size() - 2 - i)).head();
      x = through(up.get(i), store, x, training);
    }
    return SCRIPT.call(
        manager,
        "head",
        x,
        store.getValue(weight, x.getDevice(), training),
        store.getValue(bias, x.getDevice(), training));
  }

  private static NDArray through(
      List<Block> blocks, ParameterStore store, NDArray x, boolean training) {
    var values = new NDList(x);
    for (Block each : blocks) {
      values = each.forward(store, values, training);
    }
    return values.singletonOrThrow();
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType dataType, Shape... inputShapes) {
    Shape in = inputShapes[0];
    long least = 1L << (channels.size() - 1);
    if (in.dimension() != 4 || in.get(2) < least || in.get(3) < least) {
      throw new IllegalArgumentException(
          "a U-Net of %d levels takes images [B, C, H, W] of at least %d × %d pixels, not %s"
              .formatted(channels.size(), least, least, in));
    }
    long before = in.get(1);
    for (int level = 0; level < down.size(); level++) {
      initialize(down.get(level), manager, dataType, in, before, level);
      before = channels.get(level);
    }
    for (int i = 0; i < up.size(); i++) {
      int level = channels.size() - 2 - i;
      initialize(up.get(i), manager, dataType, in, before + channels.get(level), level);
      before = channels.get(level);
    }
  }

  private static void initialize(
      List<Block> blocks, NDManager manager, DataType type, Shape image, long before, int level) {
    var shape = new Shape(image.get(0), before, image.get(2) >> level, image.get(3) >> level);
    for (Block each : blocks) {
      each.initialize(manager, type, shape);
      shape = each.getOutputShapes(new Shape[] {shape})[0];
    }
  }

  @Override
  protected void prepare(Shape[] inputShapes) {
    weight.setShape(new Shape(outputs, channels.getFirst(), 1, 1));
    bias.setShape(new Shape(outputs));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    Shape in = inputShapes[0];
    return new Shape[] {new Shape(in.get(0), in.get(2), in.get(3), outputs)};
  }
}
