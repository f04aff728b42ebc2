package io.antiphon.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Serves a finished model: `server FOLDER [PORT]`, the folder of a run or a copy of its `model`.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 1 || arguments.length > 2) {
      System.err.println("usage: server FOLDER [PORT]");
      System.exit(2);
    }
    Path folder = Path.of(arguments[0]);
    if (!Files.isDirectory(folder)) {
      System.err.printf("there is no folder '%s'; train a model first, with --out %1$s%n", folder);
      System.exit(2);
    }
    int port = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 8080;
    try (var server = new Server(folder, port)) {
      System.out.printf("%s at http://localhost:%d/%n", folder, server.port());
      Thread.currentThread().join(); // until Ctrl-C
    }
  }
}
