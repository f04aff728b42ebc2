package io.antiphon.report;

import io.antiphon.core.Check;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a report is shown live.
///
/// @param host a name or a number; `127.0.0.1` unless told otherwise
/// @param port 1 to 65535; 0 for the usual one, or a free one if that is taken
record Address(String host, int port) {
  static final String AUTO = "auto";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int USUAL = 8642;
  private static final int LARGEST = 65535;
  private static final Pattern FORM =
      Pattern.compile("(?:(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9.-]+):)?([0-9]{1,5}|" + AUTO + ")");

  /// {@return what an option says: `auto`, `PORT` or `HOST:PORT`}
  ///
  /// @throws io.antiphon.core.RefusedException if it is none
  static Address of(String text) {
    Matcher form = FORM.matcher(text);
    if (form.matches()) {
      String host = form.group(1) == null ? LOOPBACK : form.group(1);
      int port = form.group(2).equals(AUTO) ? 0 : Integer.parseInt(form.group(2));
      if (port <= LARGEST && (port > 0 || form.group(2).equals(AUTO))) {
        return new Address(host, port);
      }
    }
    throw Check.refused(
        "serve", text, "a port from 1 to %d, HOST:PORT, or %s".formatted(LARGEST, AUTO));
  }

  /// {@return the address of the machine's own interface}
  ///
  /// @throws IOException if the host is unknown
  InetAddress address() throws IOException {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IOException("there is no host " + host, e);
    }
  }

  /// Refuses an address that cannot be had now.
  void check() throws IOException {
    try (var _ = new ServerSocket(port, 1, address())) {
      // it is free
    } catch (IOException e) {
      throw new IOException("%s cannot be had: %s".formatted(this, e.getMessage()), e);
    }
  }

  /// {@return places to listen at, the best first}
  InetSocketAddress[] places() throws IOException {
    InetAddress address = address();
    return port == 0
        ? new InetSocketAddress[] {
          new InetSocketAddress(address, USUAL), new InetSocketAddress(address, 0)
        }
        : new InetSocketAddress[] {new InetSocketAddress(address, port)};
  }

  @Override
  public String toString() {
    return host + ":" + (port == 0 ? AUTO : port);
  }
}
