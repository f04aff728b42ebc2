package io.antiphon.examples.trainingprocess;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelException;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Cancels something at the third batch of a part, and hears which event comes of it.
final class Cancelling implements Callback {
  private final boolean inTraining;
  private final Function<String, CancelException> cancel;
  private final List<String> heard = new ArrayList<>();
  private int steps;

  /// @param inTraining in which part
  /// @param cancel from a reason to what is thrown
  Cancelling(boolean inTraining, Function<String, CancelException> cancel) {
    this.inTraining = inTraining;
    this.cancel = cancel;
  }

  List<String> heard() {
    return heard;
  }

  /// {@return how many steps were made all the same}
  int steps() {
    return steps;
  }

  @Override
  public void afterStep(Batch batch) {
    steps++;
  }

  @Override
  public void afterLoss(Batch batch) {
    if (batch.isTraining() == inTraining && batch.index() == 2) {
      throw cancel.apply("the third batch");
    }
  }

  @Override
  public void afterCancelBatch(Batch batch) {
    heard.add("AFTER_CANCEL_BATCH");
  }

  @Override
  public void afterCancelTrain(Pass pass) {
    heard.add("AFTER_CANCEL_TRAIN");
  }

  @Override
  public void afterCancelValidate(Pass pass) {
    heard.add("AFTER_CANCEL_VALIDATE");
  }

  @Override
  public void afterCancelEpoch(Epoch epoch) {
    heard.add("AFTER_CANCEL_EPOCH");
  }

  @Override
  public void afterCancelFit(Fit fit) {
    heard.add("AFTER_CANCEL_FIT");
  }
}
