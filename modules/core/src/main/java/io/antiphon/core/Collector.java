package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.torch.Autograd;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands on the predictions of a pass, all of them or none.
final class Collector implements Callback {
  private final Consumer<Predictions> reader;
  private final boolean withLosses;
  private long seen;
  private String missing = "";
  private @Nullable RuntimeException failure;

  /// @param withLosses whether the loss of each sample is wanted
  Collector(boolean withLosses, Consumer<Predictions> reader) {
    this.withLosses = withLosses;
    this.reader = reader;
  }

  /// {@return arrays batch by batch, `[B, …]` each, as one of all samples}
  static NDList joined(List<NDList> batches, NDManager owner) {
    var joined = new NDList();
    int columns = batches.isEmpty() ? 0 : batches.getFirst().size();
    for (int i = 0; i < columns; i++) {
      var column = new NDList();
      for (NDList batch : batches) {
        column.add(batch.get(i));
      }
      joined.add(NDArrays.concat(column));
    }
    joined.attach(owner);
    return joined;
  }

  @Override
  public String name() {
    return "predictions";
  }

  @Override
  public Order order() {
    return Order.at(Integer.MAX_VALUE);
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.PREDICT);
  }

  @Override
  public void afterBatch(Batch batch) {
    if (batch.outcome() instanceof Outcome.Cancelled) {
      miss("batch " + batch.index(), batch);
      return;
    }
    try (var _ = Autograd.off()) {
      var predictions =
          new Predictions(
              seen,
              batch.size(),
              batch.inputs(),
              batch.targets(),
              batch.predictions(),
              losses(batch));
      seen += batch.size();
      reader.accept(predictions);
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  private Optional<NDArray> losses(Batch batch) {
    LossFunction loss = batch.fit().lossFunction();
    return withLosses && !batch.targets().isEmpty() && loss.hasPerSample()
        ? Optional.of(loss.perSample(batch.predictions(), batch.targets()))
        : Optional.empty();
  }

  @Override
  public void afterValidate(Pass pass) {
    miss("the pass", pass);
  }

  @Override
  public void afterEpoch(Epoch epoch) {
    miss("the pass", epoch);
  }

  @Override
  public void afterFit(Fit fit) {
    miss("the run", fit);
  }

  private void miss(String what, Scope scope) {
    String how =
        switch (scope.outcome()) {
          case Outcome.Cancelled(String who, String why) ->
              "%s was cancelled by '%s': %s".formatted(what, who, why);
          case Outcome.Stopped(String who, String why) ->
              "%s was stopped by '%s': %s".formatted(what, who, why);
          default -> missing;
        };
    missing = missing.isEmpty() ? how : missing;
  }

  /// {@return what the reader threw, if that is why a run failed; else why it did}
  RuntimeException failure(CallbackException why) {
    return failure != null && why.getCause() == failure ? failure : why;
  }

  /// @throws IllegalStateException if a callback stopped or cancelled a part
  void check() {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(missing + "; predictions would be missing");
    }
  }
}
