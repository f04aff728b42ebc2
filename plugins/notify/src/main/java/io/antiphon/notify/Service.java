package io.antiphon.notify;

import java.util.Locale;

/// Whom a message goes to.
public enum Service {
  /// Any address that takes a JSON text.
  WEBHOOK("WEBHOOK_URL", "{\"event\": \"{{event}}\", \"text\": \"{{text}}\"}"),
  /// A bot of Telegram, which writes into a chat.
  TELEGRAM("TELEGRAM_BOT_TOKEN", "{\"chat_id\": \"{{chat}}\", \"text\": \"{{text}}\"}"),
  /// An incoming webhook of Slack.
  SLACK("SLACK_WEBHOOK_URL", "{\"text\": \"{{text}}\"}"),
  /// A webhook of a Discord channel.
  DISCORD(
      "DISCORD_WEBHOOK_URL",
      "{\"content\": \"{{text}}\", \"allowed_mentions\": {\"parse\": []}}"); // a run calls nobody

  private final String variable;
  private final String template;

  Service(String variable, String template) {
    this.variable = variable;
    this.template = template;
  }

  /// {@return the environment variable that holds its secret, if none is named}
  String variable() {
    return variable;
  }

  /// {@return what is sent, if nothing else is wanted}
  String template() {
    return template;
  }

  /// {@return a text as it is written to it: Slack reads links and mentions in angle brackets}
  String written(String text) {
    return this == SLACK
        ? text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        : text;
  }

  /// {@return its name in files}
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
