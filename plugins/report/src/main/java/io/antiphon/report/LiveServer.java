package io.antiphon.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Shows a report while its run goes on: a page, and a stream of server-sent events that tells what
/// is new. Nothing can be changed by it.
///
/// Each client is served by a thread of its own and gets the newest picture when it has taken the
/// one before: a slow one lacks some, and nobody waits for it.
final class LiveServer implements AutoCloseable {
  private static final int MOST_CLIENTS = 32;
  private static final long QUIET_SECONDS = 15;
  private static final long END_SECONDS = 2;
  private static final int OK = 200;
  private static final int SEE_OTHER = 303;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int BUSY = 503;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Guard guard;
  private final byte[] page;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Picture newest;
  private long version;
  private int clients;
  private boolean over;

  /// A report at one moment.
  ///
  /// @param state how the run is
  /// @param head what stands below the title, in HTML
  /// @param sections the parts of the page by their ids, in their order, in HTML
  /// @param data what the charts show
  record Picture(
      String state, String head, SequencedMap<String, String> sections, JsonObject data) {}

  /// Opens one.
  ///
  /// @param page what a browser gets, which then asks for events
  /// @param token of whoever looks, from the environment; null if there is none
  /// @throws IOException if the address cannot be had
  LiveServer(Address address, String page, @Nullable String token) throws IOException {
    this.page = page.getBytes(StandardCharsets.UTF_8);
    server = listening(address.places());
    guard = Guard.of(server.getAddress(), token);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  private static HttpServer listening(InetSocketAddress... places) throws IOException {
    IOException failure = new IOException("there is no address");
    for (InetSocketAddress place : places) {
      try {
        return HttpServer.create(place, 0);
      } catch (IOException e) {
        failure = new IOException("%s cannot be had: %s".formatted(place, e.getMessage()), e);
      }
    }
    throw failure;
  }

  /// {@return where people find it, with the token if it was drawn for them}
  String url() {
    InetSocketAddress at = server.getAddress();
    return "http://" + host(at.getAddress()) + ":" + at.getPort() + "/" + guard.query();
  }

  private static String host(InetAddress address) {
    if (address.isAnyLocalAddress()) {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (IOException e) {
        return "localhost";
      }
    }
    String host = address.getHostAddress();
    return address instanceof Inet6Address ? "[" + host + "]" : host;
  }

  /// {@return whether somebody looks}
  boolean isWatched() {
    lock.lock();
    try {
      return clients > 0;
    } finally {
      lock.unlock();
    }
  }

  /// Shows a picture.
  void show(Picture picture) {
    lock.lock();
    try {
      newest = picture;
      version++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Cache-Control", "no-store");
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
      headers.set("Content-Security-Policy", "frame-ancestors 'none'");
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        headers.set("Allow", "GET, HEAD");
        say(exchange, NOT_ALLOWED, "A report is read, and nothing else.");
        return;
      }
      Guard.Verdict verdict = guard.judge(exchange);
      if (!verdict.why().isEmpty()) {
        say(exchange, verdict.status(), verdict.why());
      } else if (verdict.status() == SEE_OTHER) {
        headers.set("Location", "/"); // without the token, which nobody shall see or keep
        exchange.sendResponseHeaders(SEE_OTHER, -1);
      } else {
        switch (exchange.getRequestURI().getPath()) {
          case "/" -> send(exchange, OK, "text/html; charset=utf-8", page);
          case "/events" -> events(exchange, method.equals("HEAD"));
          default -> say(exchange, NOT_FOUND, "There is nothing here but the report at /.");
        }
      }
    }
  }

  private static void say(HttpExchange exchange, int status, String what) throws IOException {
    byte[] bytes = (what + "\n").getBytes(StandardCharsets.UTF_8);
    send(exchange, status, "text/plain; charset=utf-8", bytes);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] bytes)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, isHead ? -1 : bytes.length);
    if (!isHead) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private void events(HttpExchange exchange, boolean isHead) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
    if (isHead) {
      exchange.sendResponseHeaders(OK, -1);
      return;
    }
    if (!join()) {
      say(exchange, BUSY, "Too many look at this report.");
      return;
    }
    try {
      exchange.sendResponseHeaders(OK, 0);
      try (OutputStream out = exchange.getResponseBody()) { // ended before the server may end
        var client = new Client();
        String event = "retry: 2000\n\n";
        while (!event.isEmpty()) {
          out.write(event.getBytes(StandardCharsets.UTF_8));
          out.flush();
          event = client.next();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server ends
    } finally {
      leave();
    }
  }

  private boolean join() {
    lock.lock();
    try {
      if (over || clients >= MOST_CLIENTS) {
        return false;
      }
      clients++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      clients--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// What a client has got.
  private final class Client {
    private final Map<String, String> sections = new HashMap<>();
    private long seen;

    /// {@return the next event, when there is something to tell; empty after the last}
    String next() throws InterruptedException {
      Picture picture;
      lock.lock();
      try {
        long left = TimeUnit.SECONDS.toNanos(QUIET_SECONDS);
        while (version == seen && !over && left > 0) {
          left = changed.awaitNanos(left);
        }
        if (version == seen) {
          return over ? "" : ": nothing new\n\n"; // so that a connection that is gone is noticed
        }
        seen = version;
        picture = newest;
      } finally {
        lock.unlock();
      }
      return picture == null ? ": nothing yet\n\n" : "data: " + json(picture) + "\n\n";
    }

    private String json(Picture picture) {
      var order = new JsonArray();
      var fresh = new JsonObject();
      picture
          .sections()
          .forEach((id, html) -> {
            order.add(id);
            if (!html.equals(sections.put(id, html))) {
              fresh.addProperty(id, html);
            }
          });
      sections.keySet().retainAll(picture.sections().keySet());
      var json = new JsonObject();
      json.addProperty("state", picture.state());
      json.addProperty("head", picture.head());
      json.add("order", order);
      json.add("sections", fresh);
      json.add("data", picture.data());
      return json.toString();
    }
  }

  /// Ends, when all clients have the last picture, or after two seconds.
  @Override
  public void close() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
      long left = TimeUnit.SECONDS.toNanos(END_SECONDS);
      while (clients > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    threads.shutdownNow();
    server.stop(0);
  }
}
