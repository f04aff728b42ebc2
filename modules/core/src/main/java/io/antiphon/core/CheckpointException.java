package io.antiphon.core;

import java.nio.file.Path;

/// A checkpoint that is damaged, cut off, foreign, of a newer program, or of another learner. The
/// message is one sentence that names it.
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CheckpointException(Path place, String what) {
    super("%s: %s".formatted(place, what));
  }

  CheckpointException(Path place, String what, Throwable cause) {
    super("%s: %s".formatted(place, what), cause);
  }
}
