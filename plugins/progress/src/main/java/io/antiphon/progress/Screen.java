package io.antiphon.progress;

import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Where lines go, with at most one line at the end that is drawn over and over. What others print
/// to standard output meanwhile stands above it.
final class Screen {
  private static final int USUAL_WIDTH = 80;
  private static final String ERASE = "\r\u001b[K";
  private static final String CLIP = "\u001b[?7l"; // a line that is too long shall not go on below
  private static final String WRAP = "\u001b[?7h";
  private static final Path TERMINAL = Path.of("/dev/tty");

  private final PrintStream out;
  private final boolean live;
  private final int width;
  private final boolean blocks;
  private final PrintStream others;
  private boolean drawn;
  private boolean midLine;

  /// @param live whether there may be such a line
  /// @param width the width of a line, in characters
  Screen(PrintStream out, boolean live, int width) {
    this.out = out;
    this.live = live;
    this.width = width;
    this.blocks = out.charset().newEncoder().canEncode(ProgressBar.FULL);
    this.others = new PrintStream(new Above(), true, out.charset());
  }

  static Screen of(PrintStream out, boolean live) {
    return new Screen(out, live, width(live ? columns() : null));
  }

  /// {@return what is known of the terminal's width; no JDK tells it}
  private static @Nullable String columns() {
    String set = System.getenv("COLUMNS"); // which shells have, and seldom hand on
    if (set != null || !Files.isReadable(TERMINAL)) {
      return set;
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(TERMINAL.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        if (!stty.waitFor(1, TimeUnit.SECONDS)) {
          return null;
        }
        String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return size.strip().replaceFirst("^\\d+ ", ""); // rows and columns
      } finally {
        stty.destroy();
      }
    } catch (IOException e) {
      return null; // there is no such program
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /// {@return whether standard output is a terminal that can erase a line}
  static boolean isTerminal() {
    // JDKs differ in whether there is a console without a terminal
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return terminal && !"dumb".equals(System.getenv("TERM"));
  }

  static int width(@Nullable String columns) {
    boolean isNumber = columns != null && columns.matches("[1-9][0-9]{1,3}");
    return isNumber ? Integer.parseInt(columns) : USUAL_WIDTH;
  }

  boolean isLive() {
    return live;
  }

  /// Draws the line at the end anew.
  void draw(ProgressBar bar) {
    if (live) {
      if (System.out == out) {
        System.setOut(others);
      }
      out.print((midLine ? "\n" : ERASE) + CLIP + bar.line(width - 1, blocks) + WRAP);
      out.flush();
      drawn = true;
      midLine = false;
    }
  }

  /// Takes the line at the end away.
  void erase() {
    if (drawn) {
      out.print(ERASE);
      out.flush();
      drawn = false;
    }
  }

  /// Takes the line at the end away for good.
  void close() {
    erase();
    if (System.out == others) {
      System.setOut(out);
    }
  }

  /// Prints a line that stays.
  void print(String line) {
    erase();
    out.println(line);
    out.flush();
  }

  /// Standard output for others, who need not know of the line at the end.
  private final class Above extends OutputStream {
    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (length > 0) {
        erase();
        out.write(bytes, offset, length);
        midLine = bytes[offset + length - 1] != '\n';
      }
    }

    @Override
    public void flush() {
      out.flush();
    }
  }
}
