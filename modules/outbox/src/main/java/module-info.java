import org.jspecify.annotations.NullMarked;

/// Sends what a run tells to others, by HTTP, without letting the run wait.
@NullMarked
module io.antiphon.outbox {
  requires transitive java.net.http;
  requires static org.jspecify;

  exports io.antiphon.outbox;
}
