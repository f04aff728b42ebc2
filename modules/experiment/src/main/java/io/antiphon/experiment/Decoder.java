package io.antiphon.experiment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.antiphon.core.Predictions;
import io.antiphon.core.spi.Task;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// What a model gave for a batch, in the names of its task.
final class Decoder {
  private final Task task;
  private final double[] numbers; // one for each sample and name
  private final double[] targets; // the same; of classes, one for each sample; empty if unknown
  private final double[] losses;
  private Optional<byte[]> masks = Optional.empty(); // of all samples, one after the other
  private Shape pixels = new Shape(); // `[B, H, W]`

  Decoder(Task task, Predictions batch) {
    this.task = task;
    NDArray outputs = batch.outputs().head().toType(DataType.FLOAT32, false);
    boolean known = !batch.targets().isEmpty();
    NDArray targets = known ? batch.targets().head() : outputs.get("0:0");
    switch (task.goal()) {
      case CLASSIFICATION -> {
        numbers = doubles(outputs.softmax(-1));
        this.targets = doubles(targets);
      }
      case LABELS -> {
        numbers = doubles(Activation.sigmoid(outputs));
        this.targets = doubles(targets);
      }
      case SEGMENTATION -> {
        NDArray classes = outputs.argMax(-1);
        numbers = shares(classes, batch.size());
        pixels = classes.getShape();
        if (pixels.dimension() == 3 && task.outputs() <= 256) {
          masks = Optional.of(bytes(classes.toType(DataType.UINT8, false)));
        }
        this.targets = known ? shares(targets, batch.size()) : new double[0];
      }
      default -> {
        numbers = doubles(outputs);
        this.targets = doubles(targets);
      }
    }
    losses = batch.losses().map(Decoder::doubles).orElse(new double[0]);
  }

  private static byte[] bytes(NDArray array) {
    ByteBuffer buffer = array.toByteBuffer();
    var bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static double[] doubles(NDArray array) {
    return array.toType(DataType.FLOAT64, false).toDoubleArray();
  }

  /// {@return for each sample and class, the share of the places that have it; those that are left
  /// out count for none}
  private double[] shares(NDArray classes, int samples) {
    long[] places = classes.toType(DataType.INT64, false).toLongArray();
    int each = places.length / Math.max(1, samples);
    var shares = new double[samples * task.outputs()];
    for (int i = 0; i < places.length; i++) {
      if (places[i] >= 0 && places[i] < task.outputs()) {
        shares[i / each * task.outputs() + (int) places[i]] += 1.0 / each;
      }
    }
    return shares;
  }

  /// {@return what it says of a sample}
  Prediction prediction(int sample, String name) {
    List<Double> its = row(numbers, sample);
    return new Prediction(
        name,
        says(its),
        its,
        targets.length == 0 ? Optional.empty() : Optional.of(target(sample)),
        losses.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(losses[sample]),
        masks.map(all -> mask(all, sample)));
  }

  private Mask mask(byte[] all, int sample) {
    int height = (int) pixels.get(1);
    int width = (int) pixels.get(2);
    int size = height * width;
    return new Mask(height, width, Arrays.copyOfRange(all, sample * size, (sample + 1) * size));
  }

  private List<Double> row(double[] all, int sample) {
    int width = task.outputs();
    return Arrays.stream(all, sample * width, (sample + 1) * width).boxed().toList();
  }

  private List<String> says(List<Double> numbers) {
    return switch (task.goal()) {
      case CLASSIFICATION -> {
        int best = 0;
        for (int i = 1; i < numbers.size(); i++) {
          best = numbers.get(i) > numbers.get(best) ? i : best;
        }
        yield List.of(task.names().get(best));
      }
      case LABELS -> labels(numbers);
      default -> List.of();
    };
  }

  private List<String> labels(List<Double> numbers) {
    return IntStream.range(0, numbers.size())
        .filter(i -> numbers.get(i) > 0.5)
        .mapToObj(task.names()::get)
        .toList();
  }

  /// {@return the name of a class; its index if it is none, as of a target that is left out}
  private String name(int index) {
    return index >= 0 && index < task.outputs() ? task.names().get(index) : Integer.toString(index);
  }

  private Prediction.Target target(int sample) {
    return switch (task.goal()) {
      case CLASSIFICATION -> new Prediction.Target(List.of(name((int) targets[sample])), List.of());
      case LABELS -> new Prediction.Target(labels(row(targets, sample)), List.of());
      default -> new Prediction.Target(List.of(), row(targets, sample));
    };
  }
}
