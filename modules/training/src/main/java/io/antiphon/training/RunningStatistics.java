package io.antiphon.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Purpose;
import io.antiphon.core.Recurrent;
import io.antiphon.core.Weights;
import io.antiphon.torch.Copies;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.EnumSet;
import java.util.Set;

/// Computes running statistics anew, as PyTorch's `update_bn`: the mean, over the batches of the
/// training data, of what the norms compute of each.
///
/// A norm does not say how much of a batch it takes over. So the first batch goes through the model
/// twice, from statistics of 0 and of their own size, which tells it. What the training leaves as
/// it was stays, and such norms compute with it.
final class RunningStatistics implements Callback {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def zero(arrays: List[Tensor]) -> List[Tensor]:
            for x in arrays:
              torch.zero_(x)
            return arrays
          def sizes(arrays: List[Tensor], of: List[Tensor]) -> List[Tensor]:
            sizes = annotate(List[Tensor], [])
            for i in range(torch.len(of)):
              size = torch.clamp(torch.max(torch.abs(of[i])), 1.0)
              sizes.append(size)
              torch.fill_(arrays[i], size)
            return sizes
          def kept(others: List[Tensor], zeros: List[Tensor], sizes: List[Tensor]) -> List[Tensor]:
            shares = annotate(List[Tensor], [])
            for i in range(torch.len(others)):
              moved = torch.div(torch.mean(torch.sub(others[i], zeros[i])), sizes[i])
              shares.append(torch.rsub(moved, 1.0))
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
  private final Set<NDArray> staying;
  private NDList shares = new NDList();
  private Runnable again = () -> {};
  private Runnable remembering = () -> {};
  private int batches;

  private RunningStatistics(NDList statistics, Set<NDArray> staying, NDManager manager) {
    this.statistics = statistics;
    this.staying = staying;
    this.manager = manager;
  }

  /// @param staying statistics that are left as they are
  static void renew(Learner learner, Set<NDArray> staying) {
    var statistics = new NDList(Weights.statistics(learner.model()));
    statistics.removeIf(staying::contains);
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
                .threads(learner.threads())
                .build()) {
      NDList before = Copies.of(statistics, manager);
      var renewal = new RunningStatistics(statistics, staying, manager);
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
    fit.hook(this::stays, (batch, block, inputs, training, inner) -> inner.run(inputs, false));
  }

  private boolean stays(Block block) {
    return block.getChildren().isEmpty()
        && block.getParameters().values().stream()
            .anyMatch(each -> staying.contains(each.getArray()));
  }

  @Override
  public void beforeBatch(Batch batch) {
    SCRIPT.run("zero", statistics);
    if (batches == 0) {
      again = RandomStream.again();
      remembering = Recurrent.again(batch.fit().model(), manager);
    }
  }

  @Override
  public void afterPred(Batch batch) {
    if (batches == 0) {
      means = Copies.of(statistics, manager);
      NDList sizes = SCRIPT.call(manager, "sizes", statistics, means);
      remembering.run();
      again.run();
      batch.forward(batch.inputs());
      shares = SCRIPT.call(manager, "kept", statistics, means, sizes);
    } else {
      Copies.follow(means, statistics, 1.0 / (batches + 1));
    }
    batches++;
  }
}
