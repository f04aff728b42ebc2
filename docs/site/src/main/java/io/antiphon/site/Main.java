package io.antiphon.site;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/// Makes the site: the root of the repository, the folder to write, and the path of what the
/// published modules need beside the path of this program.
public final class Main {
  private Main() {}

  /// The program.
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    Path folder = Path.of(args[1]);
    Api.write(root, folder, System.getProperty("jdk.module.path") + File.pathSeparator + args[2]);
    int pages = new Site(root).write(folder);
    System.out.printf("%d pages in %s%n", pages, folder.resolve("index.html"));
  }
}
