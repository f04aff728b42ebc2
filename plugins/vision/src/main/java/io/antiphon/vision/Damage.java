package io.antiphon.vision;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.IIOException;

/// What becomes of images that cannot be read.
public enum Damage {
  /// The run ends with the first one that it comes to.
  REFUSE,
  /// They are left out, and named. All images are read once before the run, to know them.
  SKIP;

  /// {@return the indices of images that cannot be read, and why}
  static Map<Integer, String> find(List<Path> files) {
    var found = new ConcurrentHashMap<Integer, String>();
    IntStream.range(0, files.size())
        .parallel()
        .forEach(i -> {
          try {
            var _ = Pixels.read(files.get(i));
          } catch (IOException e) {
            found.put(i, reason(e));
          }
        });
    return new TreeMap<>(found);
  }

  static String reason(IOException e) {
    boolean tells = e.getClass() == IOException.class || e instanceof IIOException;
    return tells && e.getMessage() != null ? e.getMessage() : e.toString();
  }

  static String told(List<Path> files, Map<Integer, String> found) {
    String some =
        found.entrySet().stream()
            .limit(5)
            .map(each -> "'%s' (%s)".formatted(files.get(each.getKey()), each.getValue()))
            .collect(Collectors.joining(", "));
    return "left out %d damaged image%s: %s%s"
        .formatted(found.size(), found.size() == 1 ? "" : "s", some, found.size() > 5 ? ", …" : "");
  }
}
