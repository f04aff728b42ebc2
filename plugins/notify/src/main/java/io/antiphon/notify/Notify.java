package io.antiphon.notify;

import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Epoch;
import io.antiphon.core.Fit;
import io.antiphon.core.Learner;
import io.antiphon.core.Observer;
import io.antiphon.core.Outcome;
import io.antiphon.core.Row;
import io.antiphon.core.RowReader;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.outbox.Outbox;
import io.antiphon.outbox.Patience;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Tells people when a run begins, how it ended, that it failed, and its numbers every so many
/// epochs.
///
/// What is sent goes by a thread of its own: the run never waits for it but at its end, for 10
/// seconds at most, and goes on if it cannot be sent, which is told once. A server that fails or
/// has too much to do is asked again, less and less often.
///
/// Addresses of webhooks and tokens are secrets: they are read from the environment, when a run
/// begins, and are in no log, report, checkpoint or plan.
public final class Notify implements Observer, RowReader {
  private static final String TELEGRAM = "https://api.telegram.org";
  private static final String CHAT = "TELEGRAM_CHAT_ID";
  private static final String TOKEN = "[0-9]+:[A-Za-z0-9_-]+";

  /// Discord takes 2000 characters, Telegram 4096.
  private static final int LONGEST = 1900;

  private final Options options;
  private final Template template;
  private final UnaryOperator<@Nullable String> environment;
  private final String telegram;
  private final Patience patience;
  private @Nullable Outbox outbox;
  private @Nullable Row last;

  /// Who is told what.
  @Id("notify")
  @Summary("tells Telegram, Slack, Discord or a webhook of the start, epochs, the end and failures")
  public record Options(
      @Summary("webhook, telegram, slack or discord") Service to,
      @Summary("the numbers of each how many-th epoch are told; 0 for none") int every,
      @Summary("the environment variable of the address, or of Telegram's token")
          Optional<String> variable,
      @Summary("Telegram's chat; by default what TELEGRAM_CHAT_ID says") Optional<String> chat,
      @Summary("what is sent, JSON with {{text}}, {{event}}, {{run}}, {{epoch}}, {{numbers}} …")
          Optional<String> template)
      implements CallbackProvider {
    public Options {
      Check.atLeast("every", every, 0);
      if (variable.filter(name -> !name.matches("[A-Za-z_][A-Za-z0-9_]*")).isPresent()) {
        throw Check.refused( // and it may be the secret itself, which is not repeated
            "variable", "no name of a variable", "the name of one, as " + to.variable());
      }
      template.ifPresent(Template::new);
    }

    /// Start, end and failures, to a webhook.
    public Options() {
      this(Service.WEBHOOK);
    }

    /// Start, end and failures.
    public Options(Service to) {
      this(to, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// {@return the same to another service}
    public Options to(Service to) {
      return new Options(to, every, variable, chat, template);
    }

    /// {@return the same with the numbers of some epochs}
    public Options every(int every) {
      return new Options(to, every, variable, chat, template);
    }

    /// {@return the same with the secret in another environment variable}
    public Options variable(String variable) {
      return new Options(to, every, Optional.of(variable), chat, template);
    }

    /// {@return the same to a chat of Telegram}
    public Options chat(String chat) {
      return new Options(to, every, variable, Optional.of(chat), template);
    }

    /// {@return the same with another text}
    public Options template(String template) {
      return new Options(to, every, variable, chat, Optional.of(template));
    }

    @Override
    public Callback create() {
      return new Notify(this);
    }
  }

  public Notify(Options options) {
    this(options, System::getenv, TELEGRAM, Patience.USUAL);
  }

  /// With secrets from elsewhere than the environment, such as a vault.
  ///
  /// @param secrets from the name of an environment variable to what would be in it, null if
  ///   nothing is
  public Notify(Options options, UnaryOperator<@Nullable String> secrets) {
    this(options, secrets, TELEGRAM, Patience.USUAL);
  }

  /// @param environment its variables by name
  /// @param telegram where Telegram's interface is
  Notify(
      Options options,
      UnaryOperator<@Nullable String> environment,
      String telegram,
      Patience patience) {
    this.options = options;
    this.environment = environment;
    this.telegram = telegram;
    this.patience = patience;
    template = new Template(options.template().orElse(options.to().template()));
  }

  @Override
  public void check(Learner learner) {
    address();
    chat();
  }

  private String variable() {
    return options.variable().orElse(options.to().variable());
  }

  /// {@return where messages go, which is a secret}
  private URI address() {
    String value = environment.apply(variable());
    boolean isToken = options.to() == Service.TELEGRAM;
    String what = isToken ? "token of a bot" : "address that begins with https:// or http://";
    if (value == null || value.isBlank()) {
      throw new IllegalStateException(
          "the environment variable %s is not set; it holds the %s, and no file does"
              .formatted(variable(), isToken ? what : "address of the webhook"));
    }
    String stripped = value.strip();
    String address = isToken ? telegram + "/bot" + stripped + "/sendMessage" : stripped;
    try {
      URI uri = new URI(address);
      boolean isRight =
          isToken
              ? stripped.matches(TOKEN)
              : ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                  && uri.getHost() != null;
      if (isRight) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // whose message has the secret in it
    }
    throw new IllegalStateException(
        "the environment variable %s does not hold %s %s"
            .formatted(variable(), isToken ? "the" : "an", what));
  }

  private String chat() {
    if (options.to() != Service.TELEGRAM) {
      return options.chat().orElse("");
    }
    return options
        .chat()
        .or(() -> Optional.ofNullable(environment.apply(CHAT)))
        .filter(chat -> !chat.isBlank())
        .orElseThrow(() ->
            new IllegalStateException(
                "Telegram needs a chat to write into: name it by 'chat', or set the environment"
                    + " variable "
                    + CHAT));
  }

  @Override
  public void beforeFit(Fit fit) {
    if (outbox != null && !fit.isFirst()) {
      return; // the training began with another fit
    }
    if (outbox != null) {
      outbox.close();
    }
    outbox = new Outbox(name() + " to " + options.to(), patience);
    last = null;
    String epochs = fit.epochs() == 1 ? "1 epoch" : fit.epochs() + " epochs";
    String how = fit.isResumed() ? "goes on, in all " : "begins, ";
    send(fit, "start", how + epochs + (fit.isLast() ? "" : " and more"), "");
  }

  @Override
  public void row(Epoch epoch, Row row) {
    last = row;
    if (options.every() > 0 && !row.partial() && (row.number() + 1) % options.every() == 0) {
      String which = "epoch %d of %d".formatted(epoch.index() + 1, epoch.fit().epochs());
      send(epoch.fit(), "epoch", which, "");
    }
  }

  @Override
  public void cleanupFit(Fit fit) {
    Outbox open = outbox;
    if (open == null || !fit.isLast()) {
      return;
    }
    switch (fit.outcome()) {
      case Outcome.Finished _ -> send(fit, "end", "finished", "");
      case Outcome.Stopped stopped -> send(fit, "end", "stopped", stopped.why());
      case Outcome.Cancelled cancelled ->
          send(fit, "end", "cancelled by " + cancelled.who(), cancelled.why());
      case Outcome.Running _ ->
          send(fit, "failure", "failed in epoch %d".formatted(fit.epochIndex() + 1), "");
    }
    open.close();
    outbox = null;
  }

  private void send(Fit fit, String event, String what, String why) {
    String run = fit.learner().settings().getOrDefault("name", "training");
    String numbers = last == null ? "" : numbers(last);
    String text = run + ": " + what + (why.isEmpty() ? "" : ": " + why);
    text += numbers.isEmpty() || event.equals("start") ? "" : "; " + numbers;
    var values = new HashMap<String, String>();
    values.put("event", event);
    values.put("run", run);
    values.put("epoch", last == null ? "" : Integer.toString(last.index() + 1));
    values.put("epochs", Integer.toString(fit.epochs()));
    values.put("numbers", numbers);
    values.put("why", why);
    values.put("text", text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
    values.put("chat", chat());
    values.replaceAll((_, value) -> options.to().written(value));
    post(values);
  }

  private void post(Map<String, String> values) {
    URI address = address();
    String body = template.fill(values);
    Outbox open = outbox;
    if (open != null) {
      open.add(sender ->
          sender.tell(
              HttpRequest.newBuilder(address)
                  .header("Content-Type", "application/json; charset=utf-8")
                  .POST(BodyPublishers.ofString(body))));
    }
  }

  private static String numbers(Row row) {
    return row.numbers().entrySet().stream()
        .filter(each -> Double.isFinite(each.getValue()))
        .map(each -> String.format(Locale.ROOT, "%s %.4g", each.getKey(), each.getValue()))
        .collect(Collectors.joining(", "));
  }

  @Override
  public String explain(Learner learner) {
    return "tells %s, whose secret is in the environment variable %s\n"
        .formatted(options.to(), variable());
  }
}
