package io.antiphon.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Seconds per epoch, training and validation, of an MLP 784-50-10 with Adam on 8,000 and 2,000
/// digits in batches of 64: Antiphon's learner beside a loop written by hand on DJL, DJL's
/// EasyTrain, and Python's eager PyTorch where `python3` has it.
///
/// Each contestant runs in a process of its own, in turns, under the image's JVM flags and under
/// the JVM's defaults. Prints medians of the warm epochs, their spread, and ratios. Options: a
/// folder with the IDX files of MNIST (built-in glyphs without one), then the number of rounds (3).
public final class DigitsBenchmark {
  static final int EPOCHS = 25;
  static final int WARM = 10;

  private static final List<String> IMAGE_FLAGS =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private DigitsBenchmark() {}

  /// Runs the contestants in turns and prints the table.
  public static void main(String[] args) throws Exception {
    String folder = args.length > 0 ? args[0] : "";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    Map<String, List<String>> contestants = new LinkedHashMap<>();
    for (String name : List.of("learner", "hand-written", "easytrain")) {
      contestants.put(name + ", image flags", java(IMAGE_FLAGS, name, folder));
      contestants.put(name + ", JVM defaults", java(List.of(), name, folder));
    }
    if (succeeds("python3", "-c", "import torch")) {
      contestants.put("Python eager", python(folder));
    } else {
      System.out.println("Python is left out: python3 has no torch");
    }
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (var contestant : contestants.entrySet()) {
        seconds
            .computeIfAbsent(contestant.getKey(), _ -> new ArrayList<>())
            .addAll(run(contestant.getValue(), contestant.getKey()));
      }
    }
    print(seconds);
  }

  private static List<String> java(List<String> flags, String name, String folder) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.util.logging.config.file="
                + System.getProperty("java.util.logging.config.file", ""),
            "-cp",
            System.getProperty("java.class.path"),
            Contestants.class.getName(),
            name,
            folder));
    return command;
  }

  private static List<String> python(String folder) throws IOException {
    try (var script = DigitsBenchmark.class.getResourceAsStream("digits.py")) {
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      return List.of("python3", "-c", text, folder, Integer.toString(EPOCHS));
    }
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /// {@return the seconds of the warm epochs}
  private static List<Double> run(List<String> command, String name) throws Exception {
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
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
    if (process.waitFor() != 0 || seconds.size() < EPOCHS) {
      throw new IllegalStateException(name + " failed");
    }
    System.out.printf("%-28s %s%n", name, accuracy);
    return seconds.subList(WARM, seconds.size());
  }

  private static void print(Map<String, List<Double>> seconds) {
    double reference = median(seconds.get("learner, image flags"));
    System.out.printf(
        "%n%-28s %10s %10s %10s %18s%n",
        "seconds per epoch", "median", "least", "most", "learner is");
    seconds.forEach((name, values) -> {
      double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      System.out.printf(
          "%-28s %10.4f %10.4f %10.4f %13.2f of it%n",
          name, median(values), sorted[0], sorted[sorted.length - 1], reference / median(values));
    });
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
