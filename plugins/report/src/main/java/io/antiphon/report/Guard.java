package io.antiphon.report;

import com.sun.net.httpserver.HttpExchange;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Who may look at a live report: everyone on this machine; beyond it, whoever has the token, and
/// so on this machine if there is one.
///
/// A page that a stranger's name leads here (DNS rebinding) would be of this machine, too, so a
/// request without a token must call it by one of its own names.
///
/// @param token what must be known; empty for nothing
/// @param isDrawn whether the token was drawn here, so that people must be told
/// @param port where it is, which a cookie's name has in it: cookies do not tell ports apart
record Guard(String token, boolean isDrawn, int port) {
  private static final int OK = 200;
  private static final int SEE_OTHER = 303;
  private static final int FORBIDDEN = 403;
  private static final int MISDIRECTED = 421;
  private static final String QUERY = "token=";

  /// What becomes of a request.
  ///
  /// @param status as HTTP has it
  /// @param why it is refused; empty if it is not
  record Verdict(int status, String why) {}

  /// {@return the guard of a server}
  ///
  /// @param given the token, if there is one
  static Guard of(InetSocketAddress at, @Nullable String given) {
    if (given != null && !given.isBlank()) {
      return new Guard(given.strip(), false, at.getPort());
    }
    boolean isOpen = at.getAddress().isLoopbackAddress();
    return new Guard(isOpen ? "" : drawn(), !isOpen, at.getPort());
  }

  private static String drawn() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// {@return what people add to the address}
  String query() {
    return isDrawn ? "?" + QUERY + token : "";
  }

  Verdict judge(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (token.isEmpty()) {
      return isOwn(host)
          ? new Verdict(OK, "")
          : new Verdict(MISDIRECTED, "This report is at localhost, and has no other name.");
    }
    String query = exchange.getRequestURI().getQuery();
    if (query != null && query.startsWith(QUERY) && isRight(query.substring(QUERY.length()))) {
      String cookie = cookie() + "; HttpOnly; SameSite=Lax; Path=/";
      exchange.getResponseHeaders().set("Set-Cookie", cookie);
      return new Verdict(SEE_OTHER, "");
    }
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    boolean knows =
        (authorization != null
                && authorization.startsWith("Bearer ")
                && isRight(authorization.substring("Bearer ".length())))
            || hasCookie(exchange);
    return knows
        ? new Verdict(OK, "")
        : new Verdict(FORBIDDEN, "This report wants its token: its address ends with ?token=…");
  }

  private static boolean isOwn(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.matches("127(\\.[0-9]{1,3}){3}")
        || name.equals("[::1]");
  }

  /// {@return a cookie's name and value, of which nobody learns the token}
  private String cookie() {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes("antiphon " + token));
      return "antiphon-report-" + port + "=" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  private boolean hasCookie(HttpExchange exchange) {
    byte[] right = bytes(cookie());
    return exchange.getRequestHeaders().getOrDefault("Cookie", List.of()).stream()
        .flatMap(line -> Arrays.stream(line.split(";\\s*")))
        .anyMatch(each -> MessageDigest.isEqual(bytes(each), right));
  }

  private boolean isRight(String said) {
    return MessageDigest.isEqual(bytes(said), bytes(token));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return token.isEmpty() ? "everyone on this machine" : "whoever has the token";
  }
}
