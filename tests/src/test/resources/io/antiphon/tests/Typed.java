import io.antiphon.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

/// Runs commands as if they were typed in the folder of [Folder]: `Typed FILE`. A line of the file
/// has a place, a file for standard input or nothing, and the words of a command, with tabs between.
final class Typed {
  public static void main(String[] arguments) throws IOException {
    Folder.fill();
    int failed = 0;
    int ran = 0;
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] parts = line.split("\t");
      String[] words = Arrays.copyOfRange(parts, 2, parts.length);
      if (!runs(parts[0], parts[1], words)) {
        failed++;
      }
      ran++;
    }
    System.out.println(ran + " commands ran, " + failed + " of them failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static boolean runs(String place, String input, String[] words) throws IOException {
    var said = new ByteArrayOutputStream();
    var terminal = new PrintStream(said, true, StandardCharsets.UTF_8);
    for (int i = 0; i < words.length; i++) {
      if (i > 0 && words[i - 1].equals("--out")) {
        delete(Path.of(words[i]));
      }
    }
    long begin = System.nanoTime();
    InputStream before = System.in;
    if (!input.isEmpty()) {
      System.setIn(Files.newInputStream(Path.of(input)));
    }
    int code = Main.run(terminal, terminal, words);
    System.setIn(before);
    System.out.printf("%s: %s: %d, %.1f s%n", place, String.join(" ", words), code, (System.nanoTime() - begin) / 1e9);
    if (code != 0) {
      System.out.println(said.toString(StandardCharsets.UTF_8));
    }
    return code == 0;
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
