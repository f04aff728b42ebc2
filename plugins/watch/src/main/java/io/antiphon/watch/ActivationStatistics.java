package io.antiphon.watch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.BlockHook;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.Pass;
import io.antiphon.core.Series;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Distribution;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What each layer gives in training: the mean, the standard deviation, the share of values near
/// zero and a histogram, as fastai's `ActivationStats`.
///
/// Layers are those of [Layer] that have parameters. The numbers of an epoch are read from the
/// device at its end, and written into a CSV file: `step,layer,mean,deviation,near_zero`, then the
/// histogram as shares, `bin_0` and so on: of magnitudes in equal bins from 0, the last of which
/// holds all that are larger.
public final class ActivationStatistics implements Callback, Stateful<ActivationStatistics.State> {
  private final Options options;
  private final Sheet sheet;
  private List<Watched> layers = List.of();
  private @Nullable Pass training;
  private long looked = -1;

  /// What is looked at, and how often.
  @Id("activation-statistics")
  @Summary("writes mean, deviation, share near zero and histogram of what each layer gives")
  public record Options(
      @Summary("the CSV file; by default activations.csv in the run's folder") Path file,
      @Summary("every how many steps, at least 1") int every,
      @Summary("which magnitude counts as near zero, at least 0") double nearZero,
      @Summary("bins of the histogram, 1 to 1000") int bins,
      @Summary("the magnitude where the last bin begins to hold all that are larger, above 0")
          double top)
      implements CallbackProvider {
    public Options {
      Check.atLeast("every", every, 1);
      Check.atLeast("near-zero", nearZero, 0);
      Check.within("bins", bins, 1, 1000);
      Check.above("top", top, 0);
    }

    /// Every tenth step; fastai's 0.05 and 40 bins from 0 to 10.
    public Options() {
      this(Path.of("activations.csv"), 10, 0.05, 40, 10);
    }

    /// {@return the same into another file}
    public Options file(Path file) {
      return new Options(file, every, nearZero, bins, top);
    }

    /// {@return the same at other steps}
    public Options every(int every) {
      return new Options(file, every, nearZero, bins, top);
    }

    /// {@return the same with another magnitude near zero}
    public Options nearZero(double nearZero) {
      return new Options(file, every, nearZero, bins, top);
    }

    /// {@return the same with another number of bins}
    public Options bins(int bins) {
      return new Options(file, every, nearZero, bins, top);
    }

    /// {@return the same with bins up to another magnitude}
    public Options top(double top) {
      return new Options(file, every, nearZero, bins, top);
    }

    @Override
    public Callback create() {
      return new ActivationStatistics(this);
    }
  }

  /// What a layer gave, one number for each step that was looked at in the last fit.
  ///
  /// @param layer its name
  /// @param means of all that it gave for a batch
  /// @param deviations standard deviations, likewise
  /// @param nearZero shares of values near zero
  /// @param histograms shares of magnitudes, in equal bins
  @SuppressWarnings("ArrayRecordComponent") // numbers to read, never compared
  public record Statistics(
      String layer,
      double[] means,
      double[] deviations,
      double[] nearZero,
      List<float[]> histograms) {}

  /// What the callback remembers.
  ///
  /// @param looked the last step that was looked at; -1 for none
  public record State(long looked) {}

  private static final class Watched {
    private final String name;
    private final Rows rows = new Rows();
    private final Series means = new Series();
    private final Series deviations = new Series();
    private final Series nearZero = new Series();
    private final List<float[]> histograms = new ArrayList<>();
    private @Nullable NDArray seen; // in the last pass, the batch's
    private long last = -1; // the step that has a row

    Watched(String name) {
      this.name = name;
    }
  }

  public ActivationStatistics(Options options) {
    this.options = options;
    sheet = new Sheet(options.file());
  }

  /// {@return what was seen in this fit so far, to the end of the last epoch, or in the last one,
  /// in the order of the layers}
  public List<Statistics> statistics() {
    return layers.stream()
        .map(each ->
            new Statistics(
                each.name,
                each.means.toArray(),
                each.deviations.toArray(),
                each.nearZero.toArray(),
                List.copyOf(each.histograms)))
        .toList();
  }

  @Override
  public String explain(Learner learner) {
    return "of %s, every %d steps, into %s"
        .formatted(
            watched(learner).stream().map(Layer::name).toList(), options.every(), options.file());
  }

  private static List<Layer> watched(Learner learner) {
    return Layer.of(learner.model(), List.of()).stream()
        .filter(layer -> layer.parameters() > 0)
        .toList();
  }

  @Override
  public void beforeFit(Fit fit) {
    var head = new StringBuilder("step,layer,mean,deviation,near_zero");
    for (int i = 0; i < options.bins(); i++) {
      head.append(",bin_").append(i);
    }
    sheet.begin(fit, head.toString());
    List<Layer> found = watched(fit.learner());
    layers = found.stream().map(layer -> new Watched(layer.name())).toList();
    for (int i = 0; i < found.size(); i++) {
      Watched watched = layers.get(i);
      fit.hook(
          found.get(i).block(),
          BlockHook.looking((batch, block, outputs) -> look(batch, outputs, watched)));
    }
  }

  private void look(Batch batch, NDList outputs, Watched watched) {
    long step = batch.fit().learner().stepsDone();
    if (!batch.isTraining() || step % options.every() != 0 || outputs.isEmpty()) {
      return;
    }
    NDArray output = outputs.head();
    if (output.size() == 0 || output.getDataType().isInteger()) {
      return;
    }
    NDArray row =
        Distribution.of(output, options.nearZero(), options.bins(), options.top(), batch.manager());
    watched.seen = row;
  }

  @Override
  public void beforeBatch(Batch batch) {
    layers.forEach(layer -> layer.seen = null); // which a layer that is left out would keep
  }

  /// Of several passes of one step the one whose predictions are taken counts.
  @Override
  public void afterPred(Batch batch) {
    long step = batch.fit().learner().stepsDone();
    for (Watched layer : layers) {
      NDArray row = layer.seen;
      layer.seen = null;
      if (batch.isTraining() && row != null && step > layer.last) {
        layer.last = step;
        looked = step;
        layer.rows.add(step, row, batch.pass().manager());
      }
    }
  }

  @Override
  public void beforeTrain(Pass pass) {
    training = pass;
  }

  @Override
  public void afterTrain(Pass pass) {
    write(pass);
  }

  private void write(Pass pass) {
    for (Watched layer : layers) {
      layer.rows.drain(
          pass.manager(),
          (step, row) -> {
            var numbers = new double[row.length];
            for (int i = 0; i < row.length; i++) {
              numbers[i] = row[i];
            }
            sheet.line(step, layer.name, numbers);
            layer.means.add(row[0]);
            layer.deviations.add(row[1]);
            layer.nearZero.add(row[2]);
            layer.histograms.add(Arrays.copyOfRange(row, Distribution.MOMENTS, row.length));
          });
    }
    sheet.flush();
  }

  @Override
  public State state(NDManager owner) {
    if (training != null) {
      write(training); // whoever goes on from here has what was before
    }
    return new State(looked);
  }

  @Override
  public void restore(State state) {
    looked = state.looked();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public void cleanupTrain(Pass pass) {
    training = null;
    layers.forEach(layer -> layer.rows.forget());
  }
}
