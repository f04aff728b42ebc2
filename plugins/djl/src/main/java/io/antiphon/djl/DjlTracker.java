package io.antiphon.djl;

import ai.djl.training.tracker.Tracker;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Hyper;
import io.antiphon.core.Order;
import io.antiphon.core.Purpose;
import io.antiphon.core.Replacement;
import java.util.EnumSet;
import java.util.Set;

/// Sets a hyper-parameter of every group by one of DJL's trackers, in each training batch from the
/// number of batches before it in the fit.
///
/// It resumes exactly if the tracker is a function of that number, as DJL's fixed, factor, cosine,
/// cyclical and warm-up ones are; `MultiFactorTracker` remembers what it was asked before.
public final class DjlTracker implements Callback {
  private final Hyper hyper;
  private final Tracker tracker;

  /// @param hyper what is set
  /// @param tracker what it is set to
  public DjlTracker(Hyper hyper, Tracker tracker) {
    this.hyper = hyper;
    this.tracker = tracker;
  }

  /// Sets the learning rate.
  public DjlTracker(Tracker tracker) {
    this(Hyper.LEARNING_RATE, tracker);
  }

  @Override
  public Order order() {
    return Order.SCHEDULE;
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.FIT);
  }

  @Override
  public Set<Replacement> replaces() {
    return Set.of(Replacement.hyper(hyper));
  }

  @Override
  public void beforeBatch(Batch batch) {
    if (batch.isTraining()) {
      int updates = Math.toIntExact(Math.min(Integer.MAX_VALUE, batch.fit().trainIter()));
      batch.fit().set(hyper, tracker.getNewValue(updates));
    }
  }
}
