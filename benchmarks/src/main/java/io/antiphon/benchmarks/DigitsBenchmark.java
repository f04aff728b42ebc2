package io.antiphon.benchmarks;

import io.antiphon.torch.environment.Environment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Seconds per epoch, training and validation, on 8,000 and 2,000 digits in batches of 64 with
/// Adam, of an MLP 784-50-10 and of a small conv net: Antiphon's learner beside a loop written by
/// hand on DJL, DJL's EasyTrain, and Python's eager PyTorch, each version that `python3` and
/// `/usr/bin/python3` have; the conv net by the learner also with `channels-last`. Where Antiphon
/// limits oneDNN to kernels that are right, Python runs with the same limit, too.
///
/// Each contestant runs in a process of its own, in turns, under the image's JVM flags and under
/// the JVM's defaults, with as many threads as it takes by itself and with fewer. Prints medians of
/// the warm epochs, their spread, and ratios. Options: a folder with the IDX files of MNIST
/// (built-in glyphs without one, or with `-`), then the number of rounds (3).
public final class DigitsBenchmark {
  /// The nets: how many epochs a process trains, and how many of them warm it up.
  enum Net {
    MLP(25, 10),
    CNN(7, 3);

    final int epochs;
    final int warm;

    Net(int epochs, int warm) {
      this.epochs = epochs;
      this.warm = warm;
    }
  }

  private static final String BY_ITSELF = "";

  private DigitsBenchmark() {}

  /// Runs the contestants in turns and prints a table for each net.
  public static void main(String[] args) throws Exception {
    String folder = args.length > 0 && !args[0].equals("-") ? args[0] : "";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    Map<String, String> pythons = pythons();
    if (pythons.isEmpty()) {
      System.out.println("Python is left out: neither python3 nor /usr/bin/python3 has torch");
    }
    Optional<String> limit =
        Optional.ofNullable(Environment.prepare().get(Environment.INSTRUCTIONS));
    for (Net net : Net.values()) {
      Map<String, List<String>> contestants = new LinkedHashMap<>();
      for (String name : List.of("learner", "hand-written", "easytrain")) {
        contestants.put(name + ", image flags", java(JavaCommand.IMAGE_FLAGS, name, net, folder));
        contestants.put(name + ", JVM defaults", java(List.of(), name, net, folder));
      }
      if (net == Net.CNN) {
        contestants.put(
            "channels-last, image flags",
            java(JavaCommand.IMAGE_FLAGS, "channels-last", net, folder));
      }
      pythons.forEach((version, name) -> {
        String label = "PyTorch " + version;
        contestants.put(label, python(List.of(name), net, folder));
        limit.ifPresent(it ->
            contestants.put(
                label + ", " + it,
                python(List.of("env", Environment.INSTRUCTIONS + "=" + it, name), net, folder)));
      });
      Map<String, Map<String, List<Double>>> seconds = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (var contestant : contestants.entrySet()) {
          for (String threads : threads()) {
            seconds
                .computeIfAbsent(contestant.getKey(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(threads, _ -> new ArrayList<>())
                .addAll(run(contestant.getValue(), contestant.getKey(), net, threads));
          }
        }
      }
      print(net, seconds);
    }
  }

  /// {@return how many threads each may have: as many as it takes by itself, then powers of two
  /// below the number of cores}
  private static List<String> threads() {
    var counts = new ArrayList<>(List.of(BY_ITSELF));
    for (int count = 1; count < Runtime.getRuntime().availableProcessors(); count *= 2) {
      counts.add(Integer.toString(count));
    }
    return counts;
  }

  private static List<String> java(List<String> flags, String name, Net net, String folder) {
    return JavaCommand.of(Contestants.class, flags, List.of(name, net.name(), folder));
  }

  /// {@return the Pythons that have torch, by its version}
  private static Map<String, String> pythons() throws Exception {
    var pythons = new LinkedHashMap<String, String>();
    for (String name : List.of("python3", "/usr/bin/python3")) {
      try {
        Process process =
            new ProcessBuilder(name, "-c", "import torch; print(torch.__version__)")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String version;
        try (var lines = process.inputReader()) {
          version = lines.readLine();
        }
        if (process.waitFor() == 0) {
          pythons.putIfAbsent(version, name);
        }
      } catch (IOException e) {
        // there is none of that name
      }
    }
    return pythons;
  }

  private static List<String> python(List<String> interpreter, Net net, String folder) {
    try (var script = DigitsBenchmark.class.getResourceAsStream("digits.py")) {
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      var command = new ArrayList<>(interpreter);
      command.addAll(List.of("-c", text, folder, net.name(), Integer.toString(net.epochs)));
      return command;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return the seconds of the warm epochs}
  private static List<Double> run(List<String> command, String name, Net net, String threads)
      throws Exception {
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    if (!threads.equals(BY_ITSELF)) {
      builder.environment().put("OMP_NUM_THREADS", threads);
    }
    Process process = builder.start();
    var seconds = new ArrayList<Double>();
    String accuracy = "";
    try (var lines = process.inputReader()) {
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.startsWith("epoch ")) {
          seconds.add(Double.parseDouble(line.substring("epoch ".length())));
        } else {
          accuracy = line;
        }
      }
    }
    if (process.waitFor() != 0 || seconds.size() < net.epochs) {
      throw new IllegalStateException(name + " failed");
    }
    System.out.printf("%-28s %s%n", name, accuracy);
    return seconds.subList(net.warm, seconds.size());
  }

  private static void print(Net net, Map<String, Map<String, List<Double>>> seconds) {
    double reference = median(seconds.get("learner, image flags").get(BY_ITSELF));
    System.out.printf(
        "%n%-28s %10s %10s %10s %15s %10s %12s%n",
        net + ", seconds per epoch", "median", "least", "most", "learner is", "best", "threads");
    seconds.forEach((name, byThreads) -> {
      List<Double> values = byThreads.get(BY_ITSELF);
      String best =
          byThreads.keySet().stream()
              .min(Comparator.comparing(threads -> median(byThreads.get(threads))))
              .orElseThrow();
      System.out.printf(
          "%-28s %10.4f %10.4f %10.4f %10.2f of it %10.4f %12s%n",
          name,
          median(values),
          Collections.min(values),
          Collections.max(values),
          reference / median(values),
          median(byThreads.get(best)),
          best.equals(BY_ITSELF) ? "by itself" : best);
    });
    System.out.println();
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
