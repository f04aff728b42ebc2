import org.jspecify.annotations.NullMarked;

/// Contract tests for the authors of plug-ins.
@NullMarked
module io.antiphon.testkit {
  requires transitive io.antiphon.core;

  exports io.antiphon.testkit;
}
