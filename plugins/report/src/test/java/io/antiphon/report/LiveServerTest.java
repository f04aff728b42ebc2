package io.antiphon.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.antiphon.core.Learner;
import io.antiphon.core.RefusedException;
import io.antiphon.testkit.TinyTask;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server as a browser, a stranger and a slow reader meet it.
class LiveServerTest {
  @TempDir Path temporary;

  private static LiveServer server(String address, String token) throws IOException {
    return new LiveServer(Address.of(address), "<p>the page", token);
  }

  private static int port(LiveServer server) {
    return URI.create(server.url()).getPort();
  }

  private static LiveServer.Picture picture(String state, String summary) {
    var data = new JsonObject();
    data.addProperty("padding", "x".repeat(100_000));
    var sections = new LinkedHashMap<>(new TreeMap<>(Map.of("plan", "P", "summary", summary)));
    return new LiveServer.Picture(state, "head", sections, data);
  }

  /// A client that writes what it likes.
  private record Client(Socket socket, BufferedReader in) implements AutoCloseable {
    static Client of(int port, String... lines) throws IOException {
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(60_000);
      String request = String.join("\r\n", lines) + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new Client(
          socket,
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
    }

    /// {@return the head of the answer}
    List<String> head() throws IOException {
      var lines = new ArrayList<String>();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        lines.add(line);
      }
      return lines;
    }

    /// {@return what the next event says}
    String event() throws IOException {
      String line = in.readLine();
      while (line != null && !line.startsWith("data: ")) {
        line = in.readLine();
      }
      return String.valueOf(line);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static List<String> ask(int port, String... lines) throws IOException {
    try (Client client = Client.of(port, lines)) {
      return client.head();
    }
  }

  @Test
  void onThisMachineEveryoneReadsAndNobodyWrites() throws IOException {
    try (LiveServer server = server("auto", null)) {
      int port = port(server);
      String own = "Host: 127.0.0.1:" + port;
      assertThat(server.url()).isEqualTo("http://127.0.0.1:%d/".formatted(port));
      assertThat(ask(port, "GET / HTTP/1.1", own))
          .contains("HTTP/1.1 200 OK", "X-content-type-options: nosniff")
          .contains("Cache-control: no-store", "Referrer-policy: no-referrer");
      assertThat(ask(port, "GET / HTTP/1.1", "Host: localhost")).contains("HTTP/1.1 200 OK");
      assertThat(ask(port, "GET /../../etc/passwd HTTP/1.1", own).getFirst()).contains(" 404 ");
      for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
        assertThat(ask(port, method + " / HTTP/1.1", own, "Content-Length: 0"))
            .contains("Allow: GET, HEAD")
            .first()
            .asString()
            .contains(" 405 ");
      }
    }
  }

  @Test
  void aStrangersNameThatLeadsHereIsRefused() throws IOException {
    try (LiveServer server = server("auto", null)) {
      for (String host : List.of("evil.example", "127.0.0.1.evil.example:80", "localhost.evil")) {
        for (String path : List.of("/", "/events")) {
          assertThat(ask(port(server), "GET " + path + " HTTP/1.1", "Host: " + host).getFirst())
              .contains(" 421 ");
        }
      }
      assertThat(ask(port(server), "GET / HTTP/1.0").getFirst()).contains(" 421 ");
    }
  }

  @Test
  void beyondThisMachineItWantsTheTokenOnce() throws IOException {
    try (LiveServer server = server("0.0.0.0:auto", null)) {
      int port = port(server);
      String query = URI.create(server.url()).getRawQuery();
      assertThat(query).matches("token=[0-9a-f]{32}");
      String host = "Host: somewhere:" + port;
      assertThat(ask(port, "GET / HTTP/1.1", host).getFirst()).contains(" 403 ");
      assertThat(ask(port, "GET /events HTTP/1.1", host).getFirst()).contains(" 403 ");
      assertThat(ask(port, "GET /?token=0123 HTTP/1.1", host).getFirst()).contains(" 403 ");
      List<String> let = ask(port, "GET /?" + query + " HTTP/1.1", host);
      assertThat(let).contains("Location: /").first().asString().contains(" 303 ");
      String cookie =
          let.stream().filter(line -> line.startsWith("Set-cookie: ")).findFirst().orElseThrow();
      assertThat(cookie)
          .contains("HttpOnly", "SameSite=Lax")
          .doesNotContain(query.substring("token=".length()));
      String told = "Cookie: other=1; " + cookie.substring(12, cookie.indexOf(';'));
      assertThat(ask(port, "GET / HTTP/1.1", host, told).getFirst()).contains(" 200 ");
      assertThat(ask(port, "GET / HTTP/1.1", host, told + "0").getFirst()).contains(" 403 ");
      String bearer = "Authorization: Bearer " + query.substring("token=".length());
      assertThat(ask(port, "GET / HTTP/1.1", host, bearer).getFirst()).contains(" 200 ");
    }
  }

  @Test
  void aTokenOfTheEnvironmentIsWantedHereTooAndIsNotTold() throws IOException {
    try (LiveServer server = server("auto", "sesame & open")) {
      int port = port(server);
      assertThat(server.url()).doesNotContain("sesame").doesNotContain("token");
      assertThat(ask(port, "GET / HTTP/1.1", "Host: localhost").getFirst()).contains(" 403 ");
      assertThat(ask(port, "GET /?token=sesame%20%26%20open HTTP/1.1", "Host: x").getFirst())
          .contains(" 303 ");
    }
  }

  @Test
  void eventsTellWhatIsNewAndTheLastPictureComes() throws IOException {
    var server = server("auto", null);
    try (Client client = Client.of(port(server), "GET /events HTTP/1.1", "Host: localhost")) {
      assertThat(client.head()).contains("Content-type: text/event-stream; charset=utf-8");
      server.show(picture("running", "one"));
      assertThat(client.event()).contains("\"plan\":\"P\"", "\"summary\":\"one\"");
      server.show(picture("running", "two"));
      assertThat(client.event()).contains("\"summary\":\"two\"").doesNotContain("\"plan\":\"P\"");
      server.show(picture("finished", "two"));
      server.close();
      assertThat(client.event()).contains("\"state\":\"finished\"", "\"order\":[\"plan\",");
      assertThat(client.event()).isEqualTo("null");
    }
  }

  @Test
  void aClientThatDoesNotReadNeitherSlowsTheRunNorKeepsItsEnd() throws IOException {
    var server = server("auto", null);
    try (Client lazy = Client.of(port(server), "GET /events HTTP/1.1", "Host: localhost");
        Client eager = Client.of(port(server), "GET /events HTTP/1.1", "Host: localhost")) {
      assertThat(lazy.head()).isNotEmpty();
      assertThat(eager.head()).isNotEmpty();
      for (int i = 0; i < 500; i++) { // 50 MB, more than any socket holds
        server.show(picture("running", "picture " + i));
      }
      server.show(picture("finished", "last"));
      String event = eager.event();
      while (!event.contains("\"finished\"")) {
        event = eager.event();
      }
      assertThat(event).contains("\"summary\":\"last\"");
      Instant before = Instant.now();
      server.close();
      assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void moreThanEnoughClientsAreRefused() throws IOException {
    var all = new ArrayList<Client>();
    try (LiveServer server = server("auto", null)) {
      try {
        String answer = "";
        for (int i = 0; i < 40 && !answer.contains(" 503 "); i++) {
          Client client = Client.of(port(server), "GET /events HTTP/1.1", "Host: localhost");
          all.add(client);
          answer = client.head().getFirst();
        }
        assertThat(answer).contains(" 503 ");
        assertThat(all).hasSize(33);
      } finally {
        for (Client client : all) {
          client.close();
        }
      }
    }
  }

  @Test
  void anAddressIsCheckedBeforeTheRun() throws IOException {
    for (String bad : List.of("", "0", "65536", "here", "a:b", "host:", ":80", "http://x:80")) {
      assertThatThrownBy(() -> new Report.Options().serve(bad))
          .as(bad)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("a port from 1 to 65535, HOST:PORT, or auto");
    }
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Learner learner = TinyTask.learner().build()) {
      String port = Integer.toString(taken.getLocalPort());
      var report = new Report(new Report.Options(temporary.resolve("r.html")).serve(port));
      assertThatThrownBy(() -> report.check(learner))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("127.0.0.1:%s cannot be had".formatted(port));
      assertThat(learner.fit(1, report).outcome().isFinished())
          .as("and one that is taken later ends no run")
          .isTrue();
    }
  }
}
