import org.jspecify.annotations.NullMarked;

/// Tells people how a run goes: on Telegram, Slack, Discord or by any webhook.
///
/// @provides io.antiphon.core.spi.CallbackProvider `notify`
@NullMarked
module io.antiphon.notify {
  requires transitive io.antiphon.core;
  requires io.antiphon.outbox;
  requires com.google.gson;

  exports io.antiphon.notify;

  opens io.antiphon.notify to
      io.antiphon.core;

  provides io.antiphon.core.spi.CallbackProvider with
      io.antiphon.notify.Notify.Options;
}
