package io.antiphon.parallel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Metric;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Ranks;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Weights;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Gradients;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Trains one model in several processes: each computes its rows of every batch, and the gradients
/// are summed, so that all make the same step, that of one process on the whole batch.
///
/// The batch is cut, not the data set: the order of samples, the number of steps and the schedules
/// are those of one process. Every loss that callbacks see is the mean over the whole batch, and so
/// they decide alike on all ranks. Batch norm sees the rows of its rank; its running statistics are
/// averaged after each batch. Dropout and the like draw other numbers on each rank.
///
/// At the start of a fit all take the weights of rank 0. What a process alone trains is bit by bit
/// what it trains without this.
public final class DataParallel implements Callback {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def told(loss: Tensor, mean: float) -> Tensor:
            own = torch.reshape(loss, annotate(List[int], []))
            return torch.add(torch.sub(own, torch.detach(own)), mean)
          def together(xs: List[Tensor]) -> Tensor:
            return torch.cat([torch.reshape(x, [-1]) for x in xs])
          def average(xs: List[Tensor], sum: Tensor, ranks: float) -> int:
            at = 0
            for x in xs:
              x.copy_(torch.div(torch.reshape(sum[at:at + x.numel()], x.size()), ranks))
              at += x.numel()
            return at
          """);

  private final Options options;
  private final Reduction reduction = new Reduction();
  private double weight = 1; // of this rank's rows in the batch

  /// When ranks whose weights have come apart are found out.
  public enum Compare {
    /// Not at all.
    NEVER,
    /// At the end of every epoch.
    EPOCH,
    /// After every step.
    STEP
  }

  /// What is checked.
  @Id("data-parallel")
  @Summary("trains in several processes, each on its rows of every batch")
  public record Options(@Summary("when the ranks' weights are compared") Compare compare)
      implements CallbackProvider {
    /// Weights are compared every epoch.
    public Options() {
      this(Compare.EPOCH);
    }

    @Override
    public Callback create() {
      return new DataParallel(this);
    }
  }

  /// Compares weights every epoch.
  public DataParallel() {
    this(new Options());
  }

  public DataParallel(Options options) {
    this.options = options;
  }

  /// {@return first of all, so that nobody sees the loss of one rank}
  @Override
  public Order order() {
    return Order.at(Integer.MIN_VALUE).runBefore("scores");
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT, Purpose.LR_FIND, Purpose.VALIDATE);
  }

  /// Every rank waits for the others' losses.
  @Override
  public boolean waitsForDevice() {
    return true;
  }

  @Override
  public void check(Learner learner) {
    Ranks ranks = learner.ranks();
    if (!ranks.sumsOn(learner.device())) {
      throw new IllegalStateException(
          "%d processes train together, but these cannot sum gradients on %s (mpi needs NCCL for it, libnccl.so.2); train on the CPU (device: cpu)"
              .formatted(ranks.size(), learner.device()));
    }
    if (ranks.size() == 1) {
      return;
    }
    if (learner.scoresTraining()) {
      learner.metrics().stream()
          .filter(metric -> !metric.addsUp())
          .findFirst()
          .ifPresent(metric -> {
            throw new IllegalStateException(
                "metric '%s' does not add up over processes, so it cannot score their training; score the validation alone"
                    .formatted(metric.name()));
          });
    }
    long rows = learner.trainData().inputShapes().getFirst().get(0);
    if (rows / ranks.size() < 2 && !Weights.statistics(learner.model()).isEmpty()) {
      throw new IllegalStateException(
          "the model has batch norm, which needs 2 rows or more on each rank; batches of %d rows are too small for %d ranks"
              .formatted(rows, ranks.size()));
    }
  }

  @Override
  public String explain(Learner learner) {
    Ranks ranks = learner.ranks();
    if (ranks.size() == 1) {
      return "one process, which has all rows; started by mpirun, each process has a part of them\n"
          + together(learner);
    }
    var text = new StringBuilder();
    long rows = learner.trainData().inputShapes().getFirst().get(0);
    text.append(
        "%d processes, each with %s of the %d rows of a batch\n"
            .formatted(
                ranks.size(),
                rows % ranks.size() == 0
                    ? Long.toString(rows / ranks.size())
                    : "%d or %d".formatted(rows / ranks.size(), rows / ranks.size() + 1),
                rows));
    return text + together(learner);
  }

  private static String together(Learner learner) {
    var text = new StringBuilder();
    String whole =
        learner.metrics().stream()
            .filter(metric -> !metric.addsUp())
            .map(Metric::name)
            .collect(Collectors.joining(", "));
    text.append(
        whole.isEmpty()
            ? "validation is shared too\n"
            : "each validates all of the data, for what these metrics score does not add up: %s\n"
                .formatted(whole));
    if (!Weights.statistics(learner.model()).isEmpty()) {
      text.append(
          "batch norm sees the rows of its process; running statistics are averaged after each batch\n");
    }
    text.append(
        "dropout and other draws differ by rank: the same for as many ranks, not for others\n");
    return text.toString();
  }

  @Override
  public void beforeFit(Fit fit) {
    Ranks ranks = fit.ranks();
    if (ranks.size() == 1) {
      return;
    }
    begin(fit, ranks);
    fit.wrapStep(inner -> new Weighing(inner, this));
    if (fit.purpose() != Purpose.VALIDATE) {
      fit.add(reduction);
    }
  }

  /// Lets all begin with the weights of rank 0, if they train the same.
  private static void begin(Fit fit, Ranks ranks) {
    Learner learner = fit.learner();
    var plan = new StringBuilder();
    for (var each : learner.model().getParameters()) {
      plan.append(each.getKey()).append(each.getValue().getArray().getShape());
    }
    if (fit.purpose() != Purpose.VALIDATE) {
      describe(learner.trainData(), plan);
    }
    learner.validData().ifPresent(data -> describe(data, plan));
    plan.append(learner.device().getDeviceType());
    plan.append(learner.seed()).append(learner.stepsDone()).append(fit.epochs());
    if (!ranks.agree(hash(plan), "start of the fit")) {
      throw new IllegalStateException(
          "the ranks do not train the same: model, data, device, seed, length or the step from which they go on differ; give all of them one experiment and the same files");
    }
    for (var each : learner.model().getParameters()) {
      ranks.broadcast(each.getValue().getArray(), "weights");
    }
  }

  private static void describe(DataLoader data, StringBuilder plan) {
    plan.append(data.batches()).append(' ').append(data.samples()).append(data.inputShapes());
  }

  private static long hash(CharSequence text) {
    long hash = 1125899906842597L;
    for (int i = 0; i < text.length(); i++) {
      hash = 31 * hash + text.charAt(i);
    }
    return hash;
  }

  /// Puts the loss of the whole batch in place of that of this rank's rows; its graph stays.
  @Override
  public void afterLoss(Batch batch) {
    Ranks ranks = batch.fit().ranks();
    if (ranks.size() == 1 || !batch.pass().isShared()) {
      weight = 1;
      return;
    }
    boolean counts = batch.countedPlaces().isPresent();
    double own = batch.rows() == 0 ? 0 : counts ? batch.counted() : batch.rows();
    long step = batch.fit().learner().stepsDone();
    long place = 2 * (step + (batch.isTraining() ? 0 : batch.index() + 1L)) + 1;
    double[] all =
        ranks.meet(
            "loss of step %d, epoch %d".formatted(step, batch.pass().epoch().number()),
            place,
            own == 0 ? 0 : own * batch.lossValue(),
            own);
    weight = all[1] == 0 ? (double) batch.rows() / batch.wholeSize() : own / all[1];
    if (all[1] > 0) {
      double mean = all[0] / all[1];
      batch.loss(
          own > 0
              ? SCRIPT.call(batch.manager(), "told", batch.loss(), mean).head()
              : batch.manager().create((float) mean)); // of its own loss nothing is differentiated
    }
    if (counts) {
      batch.counted(batch.manager().create(all[1]));
    }
  }

  /// Averages what each rank estimated for itself, the running statistics of batch norm.
  @Override
  public void afterBatch(Batch batch) {
    Ranks ranks = batch.fit().ranks();
    if (ranks.size() == 1 || !batch.isTraining()) {
      return;
    }
    NDList statistics = Weights.statistics(batch.fit().model());
    statistics.removeIf(each -> !each.getDataType().isFloating());
    if (!statistics.isEmpty()) {
      NDArray all = SCRIPT.call(batch.manager(), "together", statistics).head();
      ranks.sum(all, "running statistics");
      SCRIPT.run("average", statistics, all, (double) ranks.size());
    }
    if (options.compare() == Compare.STEP) {
      compare(batch.fit());
    }
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    if (options.compare() != Compare.NEVER && epoch.fit().purpose() != Purpose.VALIDATE) {
      compare(epoch.fit());
    }
  }

  private static void compare(Fit fit) {
    Ranks ranks = fit.ranks();
    if (ranks.size() > 1 && !ranks.agree(Hash.of(fit.learner()), "comparison of weights")) {
      throw new IllegalStateException(
          ("the ranks' weights have come apart by step %d: something changed them on one rank and"
                  + " not on the others, or the machines compute differently")
              .formatted(fit.learner().stepsDone()));
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    weight = 1;
  }

  /// Weighs whatever is differentiated by this rank's part of the batch, whoever made it.
  private record Weighing(TrainingStep inner, DataParallel callback)
      implements TrainingStep.Wrapper {
    @Override
    public void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
      double weight = callback.weight;
      if (weight > 0) { // else its gradients are zero, whatever its loss is
        inner.differentiate(batch, weight == 1 ? objective : objective.mul(weight), keepGraph);
      }
    }
  }

  /// Adds the gradients up, when a step will be made on them.
  private static final class Reduction implements Callback {
    private @Nullable NDManager manager;
    private @Nullable Gradients of;
    private @Nullable NDArray flat;

    @Override
    public String name() {
      return "gradient-reduction";
    }

    @Override
    public Order order() {
      return Order.REDUCE;
    }

    @Override
    public Set<Purpose> purposes() {
      return EnumSet.of(Purpose.FIT, Purpose.LR_FIND);
    }

    @Override
    public void beforeStep(Batch batch) {
      batch.fit().ranks().sum(flat(batch), "gradients");
    }

    @SuppressWarnings("ReferenceEquality") // of the very set of parameters
    private NDArray flat(Batch batch) {
      Gradients gradients = batch.gradients();
      NDArray known = flat;
      if (known == null || gradients != of) {
        close();
        NDManager owner = batch.fit().learner().manager().newSubManager();
        manager = owner;
        known = gradients.flatten(owner);
        of = gradients;
        flat = known;
      }
      return known;
    }

    private void close() {
      NDManager owner = manager;
      if (owner != null) {
        owner.close();
      }
      manager = null;
      of = null;
      flat = null;
    }

    @Override
    public void cleanupFit(Fit fit) {
      close();
    }
  }
}
