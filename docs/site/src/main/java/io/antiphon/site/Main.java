package io.antiphon.site;

import java.io.IOException;
import java.nio.file.Path;

/// Makes the site: the root of the repository, then the folder to write.
public final class Main {
  private Main() {}

  /// The program.
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[1]);
    int pages = new Site(Path.of(args[0])).write(folder);
    System.out.printf("%d pages in %s%n", pages, folder.resolve("index.html"));
  }
}
