package io.antiphon.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.antiphon.core.Batch;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.Pass;
import io.antiphon.core.Png;
import io.antiphon.torch.Distribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What layers give in training, looked at some times in an epoch: mean, standard deviation, the
/// share near zero, and a histogram of magnitudes for each look.
///
/// It stays on the device until the epoch's training is over, so that the loop does not wait.
final class Activations {
  static final String MEAN = "mean of activations";
  static final String DEVIATION = "deviation of activations";
  static final String NEAR_ZERO = "activations near zero";

  /// As fastai's, in bins of half the width.
  static final double TOP = 10;

  static final int BINS = 80;
  private static final double NEAR = 0.05;
  private static final int FEWEST = 8; // bins of a picture

  private static final int LOOKS = 50; // of an epoch
  private static final int MOST_LAYERS = 12;

  /// Matplotlib's viridis, by ten of its colours.
  private static final int[] COLORS = {
    0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b,
    0xfde725
  };

  private final Map<String, Strip> strips = new LinkedHashMap<>();
  private final Map<String, Looks> looks = new LinkedHashMap<>();

  /// What is still on the device.
  private record Looks(List<Long> steps, NDList rows) {}

  /// Hears of a number.
  @FunctionalInterface
  interface Reader {
    void read(String chart, String layer, long step, double value);
  }

  /// Lays looks around layers.
  void begin(Fit fit) {
    looks.clear();
    for (Layer layer : layers(fit.learner())) {
      var its = new Looks(new ArrayList<>(), new NDList());
      looks.put(layer.name(), its);
      fit.look(layer.block(), (batch, _, outputs) -> look(batch, outputs, its));
    }
  }

  /// {@return those with parameters; some of them, and the last one, where they are many}
  private static List<Layer> layers(Learner learner) {
    List<Layer> all =
        Layer.of(learner.model(), List.of()).stream()
            .filter(layer -> layer.parameters() > 0)
            .toList();
    if (all.size() <= MOST_LAYERS) {
      return all;
    }
    var some = new ArrayList<Layer>();
    for (int i = 0; i < MOST_LAYERS; i++) {
      some.add(all.get(i * (all.size() - 1) / (MOST_LAYERS - 1)));
    }
    return some;
  }

  private static void look(Batch batch, NDList outputs, Looks looks) {
    int every = Math.max(1, batch.pass().batches() / LOOKS);
    if (!batch.isTraining() || batch.index() % every != 0 || outputs.isEmpty()) {
      return;
    }
    NDArray output = outputs.head();
    if (output.size() == 0 || output.getDataType().isInteger()) {
      return;
    }
    NDArray row = Distribution.of(output, NEAR, BINS, TOP, batch.manager());
    row.attach(batch.pass().manager());
    looks.rows.add(row);
    looks.steps.add(batch.fit().learner().stepsDone() + 1);
  }

  /// Reads what was seen since the last time; waits for the device.
  void read(Pass pass, Reader reader) {
    looks.forEach((layer, its) -> {
      if (its.rows.isEmpty()) {
        return;
      }
      NDArray stacked = NDArrays.stack(its.rows);
      stacked.attach(pass.manager());
      float[] numbers = stacked.toFloatArray();
      int width = Distribution.MOMENTS + BINS;
      Strip strip = strips.computeIfAbsent(layer, _ -> new Strip(BINS));
      for (int i = 0; i < its.steps.size(); i++) {
        long step = its.steps.get(i);
        reader.read(MEAN, layer, step, numbers[i * width]);
        reader.read(DEVIATION, layer, step, numbers[i * width + 1]);
        reader.read(NEAR_ZERO, layer, step, numbers[i * width + 2]);
        int first = i * width + Distribution.MOMENTS;
        strip.add(Arrays.copyOfRange(numbers, first, first + BINS));
      }
    });
    forget();
  }

  /// Leaves out what was seen and not read.
  void forget() {
    looks
        .values()
        .forEach(its -> {
          its.rows.clear(); // which end with the pass
          its.steps.clear();
        });
  }

  /// {@return histograms by layer}
  Map<String, Strip> strips() {
    return strips;
  }

  void restore(Map<String, Strip> saved) {
    strips.clear();
    strips.putAll(saved);
  }

  /// {@return up to which magnitude a picture shows a strip: where next to no value is greater}
  static double top(Strip strip) {
    return TOP * shown(strip) / BINS;
  }

  private static int shown(Strip strip) {
    return Math.min(BINS, Math.max(FEWEST, strip.filled() + 1));
  }

  /// {@return the picture of a strip as the book has it: a column for each histogram, magnitudes
  /// upwards, the brighter the more values there are}
  static Png picture(Strip strip) {
    int rows = shown(strip);
    byte[] values = new byte[3 * rows * strip.size()];
    for (int bin = 0; bin < rows; bin++) {
      for (int column = 0; column < strip.size(); column++) {
        double share = strip.share(column, bin);
        int at = 3 * ((rows - 1 - bin) * strip.size() + column);
        // as fastai's logarithm of counts, of a thousand values
        color(Math.log1p(1000 * share) / Math.log1p(1000), values, at);
      }
    }
    return new Png(3, rows, strip.size(), values);
  }

  private static void color(double value, byte[] to, int at) {
    double place = Math.clamp(value, 0, 1) * (COLORS.length - 1);
    int below = Math.min((int) place, COLORS.length - 2);
    for (int channel = 0; channel < 3; channel++) {
      int shift = 16 - 8 * channel;
      double one = COLORS[below] >> shift & 0xff;
      double other = COLORS[below + 1] >> shift & 0xff;
      to[at + channel] = (byte) Math.round(one + (other - one) * (place - below));
    }
  }
}
