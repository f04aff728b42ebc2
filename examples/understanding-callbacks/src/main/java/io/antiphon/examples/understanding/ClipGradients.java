package io.antiphon.examples.understanding;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;

/// Limits the norm of the gradients (v1: `on_backward_end`).
record ClipGradients(double norm) implements Callback {
  @Override
  public void afterBackward(Batch batch) {
    batch.gradients().clipNorm(batch.manager(), norm, 2);
  }
}
