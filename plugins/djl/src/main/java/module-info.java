import org.jspecify.annotations.NullMarked;

/// Parts of a training written for DJL's trainer, in this loop: optimizers, trackers, listeners.
@NullMarked
module io.antiphon.djl {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;

  exports io.antiphon.djl;
}
