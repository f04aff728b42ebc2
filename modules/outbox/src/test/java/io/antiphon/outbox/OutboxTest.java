package io.antiphon.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a server of its own, which fails and dawdles as it is told.
class OutboxTest {
  private static final Patience SOON =
      new Patience(
          3,
          Duration.ofMillis(1),
          Duration.ofMillis(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  private final List<String> received = Collections.synchronizedList(new ArrayList<>());
  private final List<String> logged = Collections.synchronizedList(new ArrayList<>());
  private final List<Integer> answers = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch free = new CountDownLatch(1);
  private volatile boolean hangs;
  private volatile boolean endless;
  private HttpServer server;
  private URI address;
  private final Handler reader =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          logged.add(new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
    address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/a-secret");
    Logger.getLogger(Outbox.class.getName()).addHandler(reader);
  }

  @AfterEach
  void close() {
    free.countDown();
    Logger.getLogger(Outbox.class.getName()).removeHandler(reader);
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    if (hangs) {
      try {
        free.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    int status = answers.isEmpty() ? 200 : answers.removeFirst();
    exchange.getResponseHeaders().add("Retry-After", "0");
    if (status == 302) {
      exchange.getResponseHeaders().add("Location", "/elsewhere");
    }
    if (endless && status == 200) {
      exchange.sendResponseHeaders(status, 0);
      exchange.getResponseBody().write("so far".getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
      try {
        free.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private Outbox.Letter letter(String text) {
    return sender ->
        sender.send(HttpRequest.newBuilder(address).POST(BodyPublishers.ofString(text)));
  }

  @Test
  void whatIsAddedArrivesInOrder() {
    var expected = new ArrayList<String>();
    try (var outbox = new Outbox("test", SOON)) {
      for (int i = 0; i < 50; i++) {
        expected.add("letter " + i);
        outbox.add(letter("letter " + i));
      }
    }
    assertThat(received).isEqualTo(expected);
    assertThat(logged).isEmpty();
  }

  @Test
  void aServerThatFailsIsAskedAgain() {
    answers.addAll(List.of(503, 429, 200));
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(letter("important"));
    }
    assertThat(received).containsExactly("important", "important", "important");
    assertThat(logged).isEmpty();
  }

  @Test
  void whatAServerRefusesIsGivenUpAtOnceAndToldOnceWithoutTheAddress() {
    answers.addAll(List.of(404, 403, 200));
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(letter("one"));
      outbox.add(letter("two"));
      outbox.add(letter("three"));
    }
    assertThat(received).containsExactly("one", "two", "three");
    assertThat(logged).containsExactly("test: 127.0.0.1 answers 404; the training goes on");
  }

  @Test
  void nobodyFollowsWhereAServerLeads() {
    answers.add(302);
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(letter("with a token"));
    }
    assertThat(received).containsExactly("with a token");
    assertThat(logged)
        .containsExactly(
            "test: 127.0.0.1 answers 302 and leads elsewhere, which nobody follows; the training"
                + " goes on");
  }

  @Test
  void theRestOfAnAnswerThatNobodyReadsHoldsNothingUp() {
    endless = true;
    try (var outbox = new Outbox("test", SOON)) {
      for (String text : List.of("one", "two")) {
        outbox.add(sender ->
            sender.tell(HttpRequest.newBuilder(address).POST(BodyPublishers.ofString(text))));
      }
    }
    assertThat(received).containsExactly("one", "two");
    assertThat(logged).isEmpty();
  }

  @Test
  void anAnswerThatDoesNotEndIsGivenUp() {
    endless = true;
    var hurried =
        new Patience(
            2,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofMillis(300),
            Duration.ofSeconds(20));
    try (var outbox = new Outbox("test", hurried)) {
      outbox.add(letter("one"));
    }
    assertThat(received).containsExactly("one", "one");
    assertThat(logged)
        .containsExactly(
            "test: 127.0.0.1 cannot be reached (HttpTimeoutException), after 2 tries; the training"
                + " goes on");
  }

  @Test
  void whatIsDoneThoughNoAnswerSaidSoIsNotDoneAgain() {
    answers.addAll(List.of(502, 502));
    var given = new ArrayList<Boolean>();
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(sender -> {
        var request = HttpRequest.newBuilder(address).POST(BodyPublishers.ofString("once"));
        given.add(sender.sendOnce(request, () -> received.size() == 2).isPresent());
      });
    }
    assertThat(received).containsExactly("once", "once");
    assertThat(given).containsExactly(false);
    assertThat(logged).isEmpty();
  }

  @Test
  void aServerThatIsNotThereIsToldWithoutTheAddress() {
    server.stop(0);
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(letter("one"));
    }
    assertThat(logged)
        .singleElement()
        .asString()
        .startsWith("test: 127.0.0.1 cannot be reached (ConnectException), after 3 tries")
        .doesNotContain("secret");
  }

  @Test
  void aServerThatHangsLetsNobodyWaitLongerThanTheEndAllows() {
    hangs = true;
    var impatient =
        new Patience(
            3,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofHours(1),
            Duration.ofMillis(50));
    try (var outbox = new Outbox("test", impatient)) {
      for (int i = 0; i < 1000; i++) {
        outbox.add(letter("letter " + i)); // which returns, though nothing is sent
      }
    }
    assertThat(received).hasSizeLessThanOrEqualTo(1);
    assertThat(logged)
        .first()
        .asString()
        .contains("there is more to send than can be sent, and some of it is dropped");
    assertThat(logged).last().asString().contains("things are not sent in time");
  }

  @Test
  void aLetterThatFailsForAnotherReasonHoldsUpNoOther() {
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(_ -> {
        throw new IllegalStateException("the token is a-secret");
      });
      outbox.add(letter("after it"));
    }
    assertThat(received).containsExactly("after it");
    assertThat(logged).containsExactly("test: IllegalStateException; the training goes on");
  }

  @Test
  void itsThreadHoldsNoProcess() {
    var thread = new AtomicReference<Thread>();
    try (var outbox = new Outbox("test", SOON)) {
      outbox.add(_ -> thread.set(Thread.currentThread()));
    }
    assertThat(thread.get().isDaemon()).isTrue();
    assertThat(thread.get().isAlive()).isFalse();
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    assertThat(List.of(1, 2, 3, 4, 5, 6, 70))
        .extracting(tried -> Patience.USUAL.pause(tried).toSeconds())
        .containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);
  }
}
