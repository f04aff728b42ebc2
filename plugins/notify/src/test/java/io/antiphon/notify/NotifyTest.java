package io.antiphon.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.CallbackException;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.OptionException;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.outbox.Patience;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real trainings that tell a server of this test how they go.
class NotifyTest {
  private static final String SECRET = "T000-XXXX";
  private static final Patience SOON =
      new Patience(
          2,
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  @TempDir Path temporary;

  private record Message(String path, JsonObject body) {
    String text(String name) {
      return body.get(name).getAsString();
    }
  }

  private final List<Message> received = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, String> environment = new HashMap<>();
  private final CountDownLatch free = new CountDownLatch(1);
  private volatile boolean hangs;
  private volatile int status = 200;
  private HttpServer server;
  private String host;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
    host = "http://127.0.0.1:" + server.getAddress().getPort();
    for (String variable : List.of("WEBHOOK_URL", "SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL")) {
      environment.put(variable, host + "/" + SECRET);
    }
  }

  @AfterEach
  void close() {
    free.countDown();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(
        new Message(
            exchange.getRequestURI().getPath(), JsonParser.parseString(text).getAsJsonObject()));
    if (hangs) {
      try {
        free.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private Notify notify(Notify.Options options) {
    return notify(options, SOON);
  }

  private Notify notify(Notify.Options options, Patience patience) {
    return new Notify(options, environment::get, host, patience);
  }

  private List<String> texts(String name) {
    return received.stream().map(message -> message.text(name)).toList();
  }

  @Test
  void slackHearsOfTheStartSomeEpochsAndTheEnd() {
    try (Learner learner = TinyTask.learner().settings(Map.of("name", "digits")).build()) {
      learner.fit(5, notify(new Notify.Options(Service.SLACK).every(2)));
    }
    assertThat(texts("text"))
        .satisfiesExactly(
            text -> assertThat(text).isEqualTo("digits: begins, 5 epochs"),
            text -> assertThat(text).startsWith("digits: epoch 2 of 5; train_loss 0."),
            text -> assertThat(text).startsWith("digits: epoch 4 of 5; train_loss 0."),
            text -> assertThat(text).matches("digits: finished; train_loss \\S+, valid_loss \\S+"));
    assertThat(received).allMatch(message -> message.path().equals("/" + SECRET));
  }

  @Test
  void fitsThatAreOneTrainingHaveOneStartAndOneEnd() {
    Notify notify = notify(new Notify.Options(Service.SLACK));
    var fails =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            throw new IllegalStateException("a bug");
          }
        };
    try (Learner learner = TinyTask.learner().callbacks(notify).build()) {
      learner.together(
          2,
          () -> {
            learner.fit(1);
            return learner.fit(2);
          });
      assertThat(texts("text")).hasSize(2);
      assertThat(texts("text").getFirst()).isEqualTo("training: begins, 1 epoch and more");
      assertThat(texts("text").getLast()).startsWith("training: finished; train_loss");
      received.clear();
      assertThatThrownBy(() -> learner.together(2, () -> learner.fit(1, fails)))
          .isInstanceOf(CallbackException.class);
      assertThat(texts("text")).hasSize(2).last().asString().startsWith("training: failed");
    }
  }

  @Test
  void discordHearsOfAFailure() {
    var fails =
        new Callback() {
          @Override
          public void afterLoss(Batch batch) {
            if (batch.fit().epochIndex() == 1) {
              throw new IllegalStateException("a bug");
            }
          }
        };
    try (Learner learner = TinyTask.learner().build()) {
      assertThatThrownBy(() -> learner.fit(3, fails, notify(new Notify.Options(Service.DISCORD))))
          .isInstanceOf(CallbackException.class);
    }
    assertThat(texts("content"))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("training: failed in epoch 2; train_loss");
  }

  @Test
  void telegramHearsByItsBotInItsChat() {
    environment.put("TELEGRAM_BOT_TOKEN", "12345:AbC-d_e");
    environment.put("TELEGRAM_CHAT_ID", "-100777");
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, notify(new Notify.Options(Service.TELEGRAM)));
      learner.fit(1, notify(new Notify.Options(Service.TELEGRAM).chat("@team")));
    }
    assertThat(received)
        .allMatch(message -> message.path().equals("/bot12345:AbC-d_e/sendMessage"));
    assertThat(texts("chat_id")).containsExactly("-100777", "-100777", "@team", "@team");
  }

  @Test
  void aTemplateIsFilledWithinItsStrings() {
    var stops =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            batch.fit().stopAfter(Level.BATCH, "a \"quoted\"\nline\\");
          }
        };
    String template = "{\"kind\": \"{{event}}\", \"about\": [\"{{run}}\"], \"why\": \"{{why}}\"}";
    try (Learner learner = TinyTask.learner().build()) {
      learner.fit(1, stops, notify(new Notify.Options().template(template)));
    }
    assertThat(texts("kind")).containsExactly("start", "end");
    assertThat(received.getLast().text("why")).isEqualTo("a \"quoted\"\nline\\");
    assertThatThrownBy(() -> new Notify.Options().template("{\"x\": \"{{loss}}\"}"))
        .hasMessageContaining("template")
        .hasMessageContaining("{{loss}}");
    assertThatThrownBy(() -> new Notify.Options().template("{\"x\": {{text}"))
        .hasMessageContaining("no JSON");
    assertThatThrownBy(() -> new Notify.Options().template("{\"epoch\": {{epoch}}}"))
        .hasMessageContaining("places in its strings");
    assertThatThrownBy(() -> new Notify.Options().template("{{text}}"))
        .hasMessageContaining("places in its strings");
  }

  @Test
  void slackShowsTheNameOfARunAsItIsAndDiscordCallsNobody() {
    try (Learner learner = TinyTask.learner().settings(Map.of("name", "<!channel> & co")).build()) {
      learner.fit(1, notify(new Notify.Options(Service.SLACK)));
      assertThat(texts("text").getFirst()).startsWith("&lt;!channel&gt; &amp; co: begins");
      received.clear();
      learner.fit(1, notify(new Notify.Options(Service.DISCORD)));
    }
    assertThat(texts("content").getFirst()).startsWith("<!channel> & co: begins");
    assertThat(received.getFirst().body().get("allowed_mentions")).hasToString("{\"parse\":[]}");
  }

  @Test
  void aServerThatFailsOrHangsOrIsNotThereEndsNoRun() {
    var impatient =
        new Patience(
            1,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofHours(1),
            Duration.ofMillis(20));
    try (Learner learner = TinyTask.learner().build()) {
      status = 500;
      assertThat(learner.fit(1, notify(new Notify.Options())).outcome().isFinished()).isTrue();
      assertThat(received).as("start and end, each twice").hasSize(4);
      hangs = true;
      assertThat(learner.fit(3, notify(new Notify.Options().every(1), impatient)).outcome())
          .matches(outcome -> outcome.isFinished());
      server.stop(0);
      assertThat(learner.fit(1, notify(new Notify.Options())).outcome().isFinished()).isTrue();
    }
  }

  @Test
  void whatIsNotSetIsRefusedBeforeTheRunAndNoSecretIsRepeated() {
    try (Learner learner = TinyTask.learner().build()) {
      environment.remove("WEBHOOK_URL");
      assertThatThrownBy(() -> notify(new Notify.Options()).check(learner))
          .hasMessage(
              "the environment variable WEBHOOK_URL is not set; it holds the address of the webhook,"
                  + " and no file does");
      environment.put("MINE", "hooks.example.org/" + SECRET + " x");
      assertThatThrownBy(() -> notify(new Notify.Options().variable("MINE")).check(learner))
          .hasMessageContaining("MINE does not hold an address that begins with https://")
          .hasMessageNotContaining(SECRET);
      environment.put("TELEGRAM_BOT_TOKEN", "12345:AbC");
      assertThatThrownBy(() -> notify(new Notify.Options(Service.TELEGRAM)).check(learner))
          .hasMessageContaining("TELEGRAM_CHAT_ID")
          .hasMessageNotContaining("12345");
      assertThatThrownBy(() -> new Notify.Options().variable("https://hooks/" + SECRET))
          .hasMessageContaining("variable")
          .hasMessageNotContaining(SECRET);
    }
  }

  @Test
  void thePlanNamesTheVariableAndNotWhatItHolds() {
    try (Learner learner =
        TinyTask.learner().callbacks(notify(new Notify.Options(Service.SLACK))).build()) {
      assertThat(learner.explain())
          .contains("tells slack", "SLACK_WEBHOOK_URL")
          .doesNotContain(SECRET, host);
    }
  }

  @Test
  void anExperimentNamesItAndWithoutItsVariableIsRefused() {
    List<String> settings =
        List.of(
            "data={use: glyphs, train: 64, valid: 32}",
            "callbacks=[{ notify: { to: slack, variable: NOT_SET_ANYWHERE, every: 2 } }]");
    var experiment = ExperimentFile.builtIn().with(settings, temporary).resolve(Catalog.boot());
    assertThatThrownBy(() -> experiment.prepare(temporary.resolve("run")))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("NOT_SET_ANYWHERE is not set");
  }

  @Test
  void keepsTheContractOfAllCallbacks() {
    CallbackContract.of(() -> notify(new Notify.Options().every(1))).verify();
  }
}
