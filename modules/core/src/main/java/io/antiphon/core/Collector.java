package io.antiphon.core;

import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Keeps the predictions of a pass, all of them or none.
final class Collector implements Callback, AutoCloseable {
  private final NDManager owner;
  private final List<NDList> collected = new ArrayList<>();
  private String missing = "";

  Collector(NDManager owner) {
    this.owner = owner;
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
    var kept = new NDList(batch.predictions());
    kept.attach(owner);
    collected.add(kept);
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

  NDList joined() {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(missing + "; predictions would be missing");
    }
    var joined = new NDList();
    if (collected.isEmpty()) {
      return joined;
    }
    for (int i = 0; i < collected.getFirst().size(); i++) {
      var column = new NDList();
      for (NDList batch : collected) {
        column.add(batch.get(i));
      }
      joined.add(NDArrays.concat(column));
    }
    joined.attach(owner);
    return joined;
  }

  @Override
  public void close() {
    collected.forEach(NDList::close);
  }
}
