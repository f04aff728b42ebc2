package io.antiphon.modelzoo;

import ai.djl.basicmodelzoo.cv.classification.GoogLeNet;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV1;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.cv.classification.VGG;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Check;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import java.util.List;

/// DJL's image models by name.
final class Zoo {
  private Zoo() {}

  @Id("lenet")
  @Summary("DJL's LeNet-5")
  public record Le() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return images(task, LeNet.builder().setOutSize(task.outputs()).build());
    }
  }

  @Id("vgg")
  @Summary("DJL's VGG-11")
  public record Vgg() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return images(task, VGG.builder().setOutSize(task.outputs()).build());
    }
  }

  @Id("googlenet")
  @Summary("DJL's GoogLeNet")
  public record Inception() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return images(task, GoogLeNet.builder().setOutSize(task.outputs()).build());
    }
  }

  @Id("squeezenet")
  @Summary("DJL's SqueezeNet")
  public record Squeeze() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return images(task, SqueezeNet.squeezenet(task.outputs()));
    }
  }

  @Id("mobilenet")
  @Summary("DJL's MobileNet v1")
  public record Mobile(@Summary("factor of every layer's channels, in (0, 1]") double width)
      implements ModelProvider {
    public Mobile {
      Check.upTo("width", width, 0, 1);
    }

    /// All channels.
    public Mobile() {
      this(1);
    }

    @Override
    public Block create(Task task) {
      return images(
          task,
          MobileNetV1.builder()
              .optWidthMultiplier((float) width)
              .setOutSize(task.outputs())
              .build());
    }
  }

  @Id("mobilenet-v2")
  @Summary("DJL's MobileNet v2")
  public record Mobile2() implements ModelProvider {
    @Override
    public Block create(Task task) {
      return images(task, MobileNetV2.builder().setOutSize(task.outputs()).build());
    }
  }

  /// Of the kind for large images a net has 64 to 2048 channels, of that for small ones 16 to 64.
  @Id("resnet")
  @Summary("DJL's ResNet v1")
  public record ResNet(
      @Summary("number of layers: 18, 34, 50, 101, 152; narrow ones 20, 32, 44, 56, 110") int depth)
      implements ModelProvider {
    private static final List<Integer> LARGE = List.of(18, 34, 50, 101, 152);
    private static final List<Integer> SMALL = List.of(20, 32, 44, 56, 110);

    // DJL chooses between the two kinds by the height of the image, up to 28 or above.
    private static final long SMALL_HEIGHT = 28;

    public ResNet {
      if (!LARGE.contains(depth) && !SMALL.contains(depth)) {
        throw Check.refused(
            "depth", depth, "one of %s, or for narrow networks %s".formatted(LARGE, SMALL));
      }
    }

    /// 18 layers.
    public ResNet() {
      this(18);
    }

    @Override
    public Block create(Task task) {
      Shape input = task.shapes().getFirst();
      int axes = input.dimension();
      long height = axes < 3 ? 0 : input.get(axes - 2);
      long chosen =
          SMALL.contains(depth)
              ? Math.min(height, SMALL_HEIGHT)
              : Math.max(height, SMALL_HEIGHT + 1);
      return images(
          task,
          ResNetV1.builder()
              .setNumLayers(depth)
              .setImageShape(new Shape(1, chosen, chosen))
              .setOutSize(task.outputs())
              .build());
    }
  }

  /// {@return a model for the images of a task, whose axis of channels may be missing}
  ///
  /// @param model DJL's block, for `[B, C, H, W]`
  private static Block images(Task task, Block model) {
    Shape input = task.shapes().getFirst();
    return switch (input.dimension()) {
      case 4 -> model;
      case 3 ->
          new SequentialBlock()
              .add(new LambdaBlock(inputs -> new NDList(inputs.head().expandDims(1)), "channel"))
              .add(model);
      default ->
          throw new IllegalArgumentException(
              "the inputs have shape %s; models of the zoo take images, [B, C, H, W] or [B, H, W]"
                  .formatted(input));
    };
  }
}
