package io.antiphon.techniques;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Recurrent;
import io.antiphon.core.Stateful;
import io.antiphon.core.TrainingStep;
import io.antiphon.core.Weights;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.Gradients;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Computes a batch in pieces where the device's memory does not hold it whole: in twice as many
/// whenever it runs out of memory, then with that many from there on.
///
/// All else sees the whole batch: one loss, of any kind, one step, events once. A batch in pieces
/// goes through the model twice, first for its predictions, without what gradients need, then piece
/// by piece for the gradients of the model from those of the predictions (as GradCache does, Gao et
/// al., 2021). So what the batch does to a loss is exact, and only norms see pieces; running
/// statistics count each once. Dropout draws the same in both passes, but other numbers than for a
/// whole batch; only in the one batch whose backward pass ran out of memory do they differ.
///
/// If memory runs out in the backward pass of a batch larger than any that went well, gradients of
/// batches before it, which accumulation keeps, are kept too.
public final class MicroBatches implements Callback, Stateful<MicroBatches.State> {
  // around what arranges inputs and widens predictions
  private static final Order ORDER = Order.at(-150);

  private static final System.Logger LOG = System.getLogger(MicroBatches.class.getName());

  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def alias(arrays: List[Tensor]) -> List[Tensor]:
            same = annotate(List[Tensor], [])
            for x in arrays:
              same.append(torch.detach(x))
            return same
          def piece(arrays: List[Tensor], start: int, length: int) -> List[Tensor]:
            rows = annotate(List[Tensor], [])
            for x in arrays:
              rows.append(torch.narrow(x, 0, start, length))
            return rows
          def joined(pieces: List[Tensor]) -> Tensor:
            return torch.cat(pieces, 0)
          def product(outputs: List[Tensor], gradients: List[Tensor], start: int) -> Tensor:
            sum = torch.sum(torch.mul(outputs[0], torch.narrow(gradients[0], 0, start, torch.size(outputs[0], 0))))
            for i in range(1, torch.len(outputs)):
              rows = torch.narrow(gradients[i], 0, start, torch.size(outputs[i], 0))
              sum = torch.add(sum, torch.sum(torch.mul(outputs[i], rows)))
            return sum
          """);

  private final int first;
  private int pieces;
  private int proven; // the most samples at once whose backward pass went well

  /// In how many pieces to begin with.
  @Id("micro-batches")
  @Summary("computes batches in pieces where memory runs out, with the gradients of whole ones")
  public record Options(
      @Summary("in how many pieces batches are computed to begin with, at least 1") int pieces)
      implements CallbackProvider {
    public Options {
      Check.atLeast("pieces", pieces, 1);
    }

    /// Whole, until memory runs out.
    public Options() {
      this(1);
    }

    @Override
    public Callback create() {
      return new MicroBatches(pieces);
    }
  }

  /// What the callback remembers in a fit.
  ///
  /// @param pieces in how many pieces batches are computed
  public record State(int pieces) {}

  /// @param pieces in how many pieces batches are computed to begin with, at least 1
  public MicroBatches(int pieces) {
    first = Check.atLeast("pieces", pieces, 1);
    this.pieces = first;
  }

  /// {@return in how many pieces batches are computed, in the run that goes on or in the last one}
  public int pieces() {
    return pieces;
  }

  @Override
  public Order order() {
    return ORDER;
  }

  /// {@return every kind of run}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public void check(Learner learner) {
    if (Recurrent.isIn(learner.model())) {
      throw new IllegalStateException(
          "micro-batches would run a model that remembers something from batch to batch, as a"
              + " recurrent one does, several times for each; leave it out, and take smaller batches");
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    check(fit.learner());
    if (!fit.isResumed()) {
      pieces = first;
    }
    proven = 0;
    fit.wrapStep(inner -> new Step(inner, this));
  }

  @Override
  public State state(NDManager owner) {
    return new State(pieces);
  }

  @Override
  public void restore(State state) {
    pieces = Check.atLeast("pieces", state.pieces(), 1);
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  private boolean more(Throwable failure, int samples) {
    if (!isOutOfMemory(failure) || pieces >= samples) {
      return false;
    }
    pieces = Math.min(samples, 2 * pieces);
    LOG.log(
        System.Logger.Level.INFO,
        "micro-batches: out of memory; batches are computed in %d pieces from here on"
            .formatted(pieces));
    return true;
  }

  private static boolean isOutOfMemory(@Nullable Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      String message = String.valueOf(each.getMessage()).toLowerCase(Locale.ROOT);
      if (each instanceof EngineException
          && (message.contains("out of memory")
              || message.contains("not enough memory")
              || message.contains("can't allocate memory"))) {
        return true;
      }
    }
    return false;
  }

  private static final class Step implements TrainingStep.Wrapper {
    private final TrainingStep inner;
    private final MicroBatches callback;
    private @Nullable Cut cut;

    Step(TrainingStep inner, MicroBatches callback) {
      this.inner = inner;
      this.callback = callback;
    }

    @Override
    public TrainingStep inner() {
      return inner;
    }

    /// Predictions that the loss depends on, cut off from the model that they come from.
    ///
    /// @param owner of all that is made of the model for the batch
    /// @param whole the same with the model's graph; null if there is none
    /// @param statistics as they were before
    /// @param again draws what the predictions drew
    private record Cut(
        NDManager owner,
        NDList inputs,
        NDList predictions,
        @Nullable NDList whole,
        NDList statistics,
        Runnable again) {}

    @Override
    public NDList predict(Batch batch, NDList inputs) {
      cut = null;
      int samples = (int) inputs.head().getShape().get(0);
      Runnable again = RandomStream.again();
      NDList statistics = Copies.of(Weights.statistics(batch.fit().model()), batch.manager());
      while (true) {
        NDManager owner = batch.manager().newSubManager();
        try {
          if (callback.pieces == 1) {
            NDList whole = inner.predict(batch, SCRIPT.call(owner, "alias", inputs));
            return batch.isTraining()
                ? cut(batch, new Cut(owner, inputs, whole, whole, statistics, again))
                : whole;
          }
          NDList joined = inPieces(batch, inputs, samples, owner);
          return batch.isTraining()
              ? cut(batch, new Cut(owner, inputs, joined, null, statistics, again))
              : joined;
        } catch (RuntimeException e) {
          owner.close();
          if (!callback.more(e, samples)) {
            throw e;
          }
          Copies.write(statistics, Weights.statistics(batch.fit().model()));
          again.run();
        }
      }
    }

    private NDList cut(Batch batch, Cut of) {
      NDList leaves = SCRIPT.call(batch.manager(), "alias", of.predictions);
      for (NDArray leaf : leaves) {
        leaf.setRequiresGradient(true);
      }
      cut = new Cut(of.owner, of.inputs, leaves, of.whole, of.statistics, of.again);
      return leaves;
    }

    private NDList inPieces(Batch batch, NDList inputs, int samples, NDManager owner) {
      int count = Math.min(callback.pieces, samples);
      var columns = new ArrayList<NDList>();
      try (var _ = Autograd.off();
          NDManager kept = owner.newSubManager()) {
        for (int i = 0; i < count; i++) {
          try (NDManager scratch = owner.newSubManager()) {
            NDList outputs = inner.predict(batch, piece(inputs, i, count, samples, scratch));
            for (int j = 0; j < outputs.size(); j++) {
              if (columns.size() == j) {
                columns.add(new NDList());
              }
              columns.get(j).addAll(Copies.of(new NDList(outputs.get(j)), kept));
            }
          }
        }
        var joined = new NDList();
        columns.forEach(column -> joined.addAll(SCRIPT.call(owner, "joined", column)));
        return joined;
      }
    }

    private static NDList piece(NDList inputs, int index, int count, int samples, NDManager owner) {
      int start = (int) ((long) samples * index / count);
      int end = (int) ((long) samples * (index + 1) / count);
      return SCRIPT.call(owner, "piece", inputs, start, end - start);
    }

    @Override
    public void differentiate(Batch batch, NDArray objective, boolean keepGraph) {
      Cut current = cut;
      if (current == null) {
        inner.differentiate(batch, objective, keepGraph);
        return;
      }
      try (NDManager scratch = batch.manager().newSubManager();
          var leaves = new Gradients(current.predictions)) {
        inner.differentiate(batch, objective, keepGraph);
        NDList gradients = Copies.of(leaves.arrays(scratch), scratch);
        leaves.zero();
        onwards(batch, current, gradients, keepGraph, scratch);
      }
    }

    /// Goes back through the model from the gradients of its predictions.
    private void onwards(
        Batch batch, Cut from, NDList gradients, boolean keepGraph, NDManager scratch) {
      int samples = (int) from.inputs.head().getShape().get(0);
      NDList before = null;
      while (true) {
        int atOnce = Math.ceilDiv(samples, callback.pieces);
        if (before == null && atOnce > callback.proven) {
          before = Copies.of(batch.gradients().arrays(scratch), scratch);
        }
        NDList whole = from.whole;
        try {
          if (callback.pieces == 1 && whole != null) {
            Autograd.backward(product(whole, gradients, 0), keepGraph);
          } else {
            againInPieces(batch, from, gradients, samples);
          }
          callback.proven = Math.max(callback.proven, atOnce);
          return;
        } catch (RuntimeException e) {
          if (before == null || !callback.more(e, samples)) {
            throw e;
          }
          from.owner.close(); // the graph
          from =
              new Cut(
                  batch.manager().newSubManager(),
                  from.inputs,
                  from.predictions,
                  null,
                  from.statistics,
                  from.again);
          Copies.write(before, batch.gradients().arrays(scratch));
        }
      }
    }

    private void againInPieces(Batch batch, Cut from, NDList gradients, int samples) {
      int count = Math.min(callback.pieces, samples);
      Copies.write(from.statistics, Weights.statistics(batch.fit().model()));
      from.again.run();
      int row = 0;
      for (int i = 0; i < count; i++) {
        try (NDManager piece = from.owner.newSubManager()) {
          NDList outputs = inner.predict(batch, piece(from.inputs, i, count, samples, piece));
          int rows = (int) outputs.head().getShape().get(0);
          Autograd.backward(product(outputs, gradients, row), false);
          row += rows;
        }
      }
    }

    private static NDArray product(NDList outputs, NDList gradients, int row) {
      return SCRIPT.call(outputs.head().getManager(), "product", outputs, gradients, row).head();
    }
  }
}
