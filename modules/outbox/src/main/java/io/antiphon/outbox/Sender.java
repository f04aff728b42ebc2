package io.antiphon.outbox;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/// Sends requests one after the other, each several times if need be.
public final class Sender {
  private static final int TOO_MANY = 429;
  private static final int MOST_SECONDS = 3600;

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

  /// {@return the answer to a request, one of 200 to 299}
  ///
  /// A server that cannot be reached, says that it is too much for it (429, which may say how long
  /// to wait) or fails (500 and above) is asked again.
  ///
  /// @throws SendException if it does not come; the message tells why and names the host alone, for
  ///   an address may hold a secret
  /// @throws InterruptedException if the run has ended, and waited long enough
  public HttpResponse<String> send(HttpRequest.Builder request)
      throws SendException, InterruptedException {
    HttpRequest built = request.timeout(patience.answer()).build();
    for (int tried = 1; ; tried++) {
      Duration pause = patience.pause(tried);
      String why;
      try {
        HttpResponse<String> answer = client.send(built, BodyHandlers.ofString());
        int status = answer.statusCode();
        if (status / 100 == 2) {
          return answer;
        }
        why = "answers " + status;
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
    }
  }

  /// {@return how long a server asks to wait}
  private Duration wanted(HttpResponse<String> answer, Duration otherwise) {
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
