package io.antiphon.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Purpose;
import io.antiphon.core.Weights;
import io.antiphon.torch.Copies;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.Set;

/// Computes running statistics anew, as PyTorch's `update_bn`: the mean, over the batches of the
/// training data, of what the norms compute of each.
///
/// A norm does not say how much of a batch it takes over. So the first batch goes through the model
/// twice, from statistics of 0 and of 1, which tells it.
final class RunningStatistics implements Callback {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def fill(arrays: List[Tensor], value: float) -> List[Tensor]:
            for x in arrays:
              torch.fill_(x, value)
            return arrays
          def kept(ones: List[Tensor], zeros: List[Tensor]) -> List[Tensor]:
            shares = annotate(List[Tensor], [])
            for i in range(torch.len(ones)):
              shares.append(torch.sub(1.0, torch.mean(torch.sub(ones[i], zeros[i]))))
            return shares
          def give(statistics: List[Tensor], means: List[Tensor], shares: List[Tensor], before: List[Tensor]) -> List[Tensor]:
            for i in range(torch.len(statistics)):
              moves = torch.gt(shares[i], 1e-06)
              torch.copy_(statistics[i], torch.where(moves, torch.div(means[i], shares[i]), before[i]))
            return statistics
          """);

  private final NDList statistics;
  private final NDManager manager;
  private NDList means = new NDList();
  private NDList shares = new NDList();
  private int batches;

  private RunningStatistics(NDList statistics, NDManager manager) {
    this.statistics = statistics;
    this.manager = manager;
  }

  static void renew(Learner learner) {
    NDList statistics = Weights.statistics(learner.model());
    if (statistics.isEmpty()) {
      return;
    }
    // a learner of its own: this one is in the middle of a run
    try (NDManager manager = NDManager.newBaseManager(learner.device());
        Learner passing =
            Learner.builder()
                .model(learner.model())
                .device(learner.device())
                .seed(learner.seed())
                .build()) {
      NDList before = Copies.of(statistics, manager);
      var renewal = new RunningStatistics(statistics, manager);
      boolean done = false;
      try {
        passing.predictions(learner.trainData(), _ -> {}, renewal);
        done = true;
      } finally {
        if (!done || renewal.batches == 0) {
          Copies.write(before, statistics);
        }
      }
      if (renewal.batches > 0) {
        SCRIPT.run("give", statistics, renewal.means, renewal.shares, before);
      }
    }
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.PREDICT);
  }

  @Override
  public void beforeFit(Fit fit) {
    fit.trainingMode(true);
  }

  @Override
  public void beforeBatch(Batch batch) {
    SCRIPT.run("fill", statistics, 0.0);
  }

  @Override
  public void afterPred(Batch batch) {
    if (batches == 0) {
      means = Copies.of(statistics, manager);
      SCRIPT.run("fill", statistics, 1.0);
      batch.forward(batch.inputs());
      shares = SCRIPT.call(manager, "kept", statistics, means);
    } else {
      Copies.follow(means, statistics, 1.0 / (batches + 1));
    }
    batches++;
  }
}
