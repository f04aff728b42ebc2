import org.jspecify.annotations.NullMarked;

/// The samples of a validation that a model is most wrong about, for those who show them.
@NullMarked
module io.antiphon.worst {
  requires transitive io.antiphon.core;

  exports io.antiphon.worst;
}
