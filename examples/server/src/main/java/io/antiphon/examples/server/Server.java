package io.antiphon.examples.server;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.antiphon.experiment.FinishedModelFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Answers what a model says of the samples in the body of a POST, in JSON, one object on a line
/// for each. Only this machine is served.
final class Server implements AutoCloseable {
  private static final int LARGEST = 16 << 20;

  private final ZooModel<Input, Output> model;
  private final HttpServer http;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  /// @param folder a run's, or a copy of the folder `model` in it
  /// @param port 0 for any that is free
  Server(Path folder, int port) throws IOException {
    try {
      model = FinishedModelFactory.criteria(folder, Input.class, Output.class).build().loadModel();
    } catch (ModelNotFoundException | MalformedModelException e) {
      throw new IOException(e);
    }
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    http.setExecutor(threads);
    http.createContext("/", this::answer);
    http.start();
  }

  int port() {
    return http.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("POST")) {
        send(
            exchange,
            405,
            "post samples: curl --data-binary @FILE http://localhost:%d/\n".formatted(port()));
        return;
      }
      byte[] body = exchange.getRequestBody().readNBytes(LARGEST + 1);
      if (body.length > LARGEST) {
        send(exchange, 413, "more than %d bytes; send them in parts\n".formatted(LARGEST));
        return;
      }
      var input = new Input();
      input.add(body);
      try (Predictor<Input, Output> predictor = model.newPredictor()) {
        Output output = predictor.predict(input);
        exchange.getResponseHeaders().set("Content-Type", "application/jsonlines");
        send(exchange, 200, output.getData().getAsString());
      } catch (TranslateException e) {
        boolean theirs = e.getCause() instanceof IllegalArgumentException;
        send(exchange, theirs ? 400 : 500, e.getCause().getMessage() + "\n");
      }
    }
  }

  private static void send(HttpExchange exchange, int code, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    http.stop(0);
    threads.close();
    model.close();
  }
}
