package io.antiphon.outbox;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Sends requests one after the other, each several times if need be.
public final class Sender {
  private static final int TOO_MANY = 429;
  private static final int MOST_SECONDS = 3600;
  private static final BodyHandler<String> TEXT =
      BodyHandlers.limiting(BodyHandlers.ofString(), 16 << 20);

  private final HttpClient client;
  private final Patience patience;

  Sender(Patience patience) {
    this.patience = patience;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience.answer())
            .followRedirects(HttpClient.Redirect.NEVER) // a token is for whom it is for
            .build();
  }

  /// Whether what was asked for is done, though no answer told so.
  @FunctionalInterface
  public interface Done {
    /// {@return whether it is}
    ///
    /// @throws SendException if nobody knows
    /// @throws InterruptedException if the run has ended, and waited long enough
    boolean isDone() throws SendException, InterruptedException;
  }

  /// {@return the answer to a request, one of 200 to 299}
  ///
  /// A server that cannot be reached, says that it is too much for it (429, which may say how long
  /// to wait) or fails (500 and above) is asked again; so is one whose answer is not there in time,
  /// whole and not longer than 16 MiB.
  ///
  /// @throws SendException if it does not come; the message tells why and names the host alone, for
  ///   an address may hold a secret
  /// @throws InterruptedException if the run has ended, and waited long enough
  public HttpResponse<String> send(HttpRequest.Builder request)
      throws SendException, InterruptedException {
    return send(request, () -> false, TEXT).orElseThrow();
  }

  /// The same for what must not be done twice: before a server is asked again, it is looked whether
  /// it did what it was asked for, and then there is no answer.
  ///
  /// @param done looks
  /// @return the answer; empty if it is done without one
  /// @throws SendException if neither comes
  /// @throws InterruptedException if the run has ended, and waited long enough
  public Optional<HttpResponse<String>> sendOnce(HttpRequest.Builder request, Done done)
      throws SendException, InterruptedException {
    return send(request, done, TEXT);
  }

  /// The same where nobody asks what a server says but that it takes something: the rest of its
  /// answer is not waited for.
  ///
  /// @throws SendException if it does not take it
  /// @throws InterruptedException if the run has ended, and waited long enough
  public void tell(HttpRequest.Builder request) throws SendException, InterruptedException {
    close(send(request, () -> false, BodyHandlers.ofInputStream()).orElseThrow());
  }

  private <T> Optional<HttpResponse<T>> send(
      HttpRequest.Builder request, Done done, BodyHandler<T> reader)
      throws SendException, InterruptedException {
    HttpRequest built = request.timeout(patience.answer()).build();
    for (int tried = 1; ; tried++) {
      Duration pause = patience.pause(tried);
      String why;
      try {
        HttpResponse<T> answer = answer(built, reader);
        int status = answer.statusCode();
        if (status / 100 == 2) {
          return Optional.of(answer);
        }
        close(answer);
        why =
            "answers "
                + status
                + (status / 100 == 3 ? " and leads elsewhere, which nobody follows" : "");
        if (status != TOO_MANY && status < 500) {
          throw new SendException(host(built.uri()) + " " + why, status);
        }
        pause = wanted(answer, pause);
      } catch (IOException e) {
        why = "cannot be reached (%s)".formatted(e.getClass().getSimpleName());
      }
      if (tried >= patience.tries()) {
        throw new SendException(
            "%s %s, after %d %s"
                .formatted(host(built.uri()), why, tried, tried == 1 ? "try" : "tries"),
            0);
      }
      Thread.sleep(pause);
      if (done.isDone()) {
        return Optional.empty();
      }
    }
  }

  /// The client's own limit of time ends with an answer's headers; this one with the answer.
  private <T> HttpResponse<T> answer(HttpRequest request, BodyHandler<T> reader)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> coming = client.sendAsync(request, reader);
    try {
      return coming.get(patience.answer().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no whole answer in time");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } finally {
      boolean _ = coming.cancel(true);
    }
  }

  private static void close(HttpResponse<?> answer) {
    if (answer.body() instanceof Closeable body) {
      try {
        body.close();
      } catch (IOException e) {
        // what it would have said matters to nobody
      }
    }
  }

  /// {@return how long a server asks to wait}
  private Duration wanted(HttpResponse<?> answer, Duration otherwise) {
    return answer
        .headers()
        .firstValue("Retry-After")
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(text -> Duration.ofSeconds(Math.min(MOST_SECONDS, Integer.parseInt(text))))
        .map(patience::shorter)
        .filter(asked -> asked.compareTo(otherwise) > 0)
        .orElse(otherwise);
  }

  /// Ends what is left of connections.
  void end() {
    client.shutdownNow();
  }

  private static String host(URI address) {
    String host = address.getHost();
    return host == null ? "the server" : host;
  }
}
