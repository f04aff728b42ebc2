package io.antiphon.core;

import java.nio.file.Path;

/// A callback that saves [Checkpoint]s, from which an interrupted run goes on.
public interface Checkpointing extends Callback {
  /// {@return the folder that they are in}
  Path checkpoints();
}
