package io.antiphon.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import com.sun.management.OperatingSystemMXBean;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.data.Glyphs;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.optim.AdamW;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// What flags of the JVM and of OpenMP do to training and to work in Java: an epoch of an MLP
/// (Java's overhead rules), an epoch of a small CNN (libtorch rules), drawing 2,000 glyphs, and
/// ranking 500,000 scores, each in milliseconds once warm, and the whole process in seconds.
///
/// Every combination runs in a process of its own, in turns. Prints medians and quartiles over
/// rounds of each process's median. Options: the number of rounds (5), and a text that the names of
/// the combinations to try contain (all).
public final class RuntimeBenchmark {
  private static final String C1 = "-XX:TieredStopAtLevel=1";
  private static final List<String> WORK = List.of("mlp", "cnn", "glyphs", "ranking", "process");

  private static final Map<String, List<String>> COMBINATIONS = new LinkedHashMap<>();

  static {
    COMBINATIONS.put("JVM defaults", List.of());
    COMBINATIONS.put(
        "Serial, C1, spin 1000", List.of("-XX:+UseSerialGC", C1, "GOMP_SPINCOUNT=1000"));
    COMBINATIONS.put("Serial, C2, spin 1000", List.of("-XX:+UseSerialGC", "GOMP_SPINCOUNT=1000"));
    COMBINATIONS.put("G1, C1, spin 1000", List.of("-XX:+UseG1GC", C1, "GOMP_SPINCOUNT=1000"));
    COMBINATIONS.put("G1, C2, spin 1000", List.of("-XX:+UseG1GC", "GOMP_SPINCOUNT=1000"));
    COMBINATIONS.put("Serial, C1, spin default", List.of("-XX:+UseSerialGC", C1));
    COMBINATIONS.put("Serial, C1, spin 0", List.of("-XX:+UseSerialGC", C1, "GOMP_SPINCOUNT=0"));
    COMBINATIONS.put("Serial, C1, 1 thread", List.of("-XX:+UseSerialGC", C1, "OMP_NUM_THREADS=1"));
    COMBINATIONS.put("Serial, C2, 1 thread", List.of("-XX:+UseSerialGC", "OMP_NUM_THREADS=1"));
  }

  private RuntimeBenchmark() {}

  /// Runs the combinations in turns and prints the table; `work` alone does the work.
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("work")) {
      work();
      return;
    }
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    if (args.length > 1) {
      COMBINATIONS.keySet().removeIf(name -> !name.contains(args[1]));
    }
    Map<String, Map<String, List<Double>>> times = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (var combination : COMBINATIONS.entrySet()) {
        var of = times.computeIfAbsent(combination.getKey(), _ -> new LinkedHashMap<>());
        run(combination.getValue())
            .forEach((work, time) -> of.computeIfAbsent(work, _ -> new ArrayList<>()).add(time));
      }
    }
    System.out.printf(
        "%d cores, %d rounds; process in s, else ms%n",
        Runtime.getRuntime().availableProcessors(), rounds);
    print("time: best median [quartiles]", times, "");
    print("processor time: best median [quartiles]", times, " cpu");
  }

  private static void print(
      String title, Map<String, Map<String, List<Double>>> times, String suffix) {
    System.out.printf("%n%s%n%-26s", title, "");
    WORK.forEach(work -> System.out.printf(" %20s", work));
    System.out.println();
    times.forEach((name, of) -> {
      System.out.printf("%-26s", name);
      WORK.forEach(work -> System.out.printf(" %20s", summary(of.get(work + suffix))));
      System.out.println();
    });
  }

  private static String summary(List<Double> times) {
    return "%s %s [%s %s]"
        .formatted(at(times, 0), at(times, 0.5), at(times, 0.25), at(times, 0.75));
  }

  private static String at(List<Double> times, double quantile) {
    var sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    double value = sorted.get((int) Math.round(quantile * (sorted.size() - 1)));
    return value < 10 ? "%.1f".formatted(value) : "%.0f".formatted(value);
  }

  private static Map<String, Double> run(List<String> flags) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("GOMP_SPINCOUNT");
    for (String flag : flags) {
      if (flag.startsWith("-")) {
        command.add(flag);
      } else {
        builder.environment().put(flag.split("=")[0], flag.split("=")[1]);
      }
    }
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.util.logging.config.file="
                + System.getProperty("java.util.logging.config.file", ""),
            "-cp",
            System.getProperty("java.class.path"),
            RuntimeBenchmark.class.getName(),
            "work"));
    long start = System.nanoTime();
    Process process = builder.start();
    Map<String, Double> times = new LinkedHashMap<>();
    try (var lines = process.inputReader()) {
      lines
          .lines()
          .map(line -> line.split(" "))
          .forEach(words -> {
            times.put(words[0], Double.parseDouble(words[1]));
            times.put(words[0] + " cpu", Double.parseDouble(words[2]));
          });
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException("failed: " + command);
    }
    times.put("process", (System.nanoTime() - start) / 1e9);
    return times;
  }

  private static void work() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      report(
          "glyphs",
          10,
          () -> Clock.of(() -> Glyphs.train(1).loader(manager, 2000, Glyphs.STANDARDIZATION)));
      TensorLoader data =
          Glyphs.train(1).loader(manager, 8000, Glyphs.STANDARDIZATION).batchSize(64).shuffled();
      epochs("mlp", Mlp.of(new Mlp.Options(), 10), data, 20);
      epochs("cnn", Cnn.of(new Cnn.Options(), 10), data.part(0, 2000), 10);
    }
    var random = new SplittableRandom(1);
    var scores = random.doubles(500_000).toArray();
    report("ranking", 12, () -> Clock.of(() -> rank(scores)));
    System.out.println("process 0 " + Clock.cpu() / 1e9);
  }

  private static void epochs(String name, Block model, TensorLoader data, int epochs) {
    var times = new ArrayList<Clock>();
    var stopwatch =
        new Callback() {
          private Clock start = Clock.now();

          @Override
          public void beforeEpoch(Epoch epoch) {
            start = Clock.now();
          }

          @Override
          public void afterEpoch(Epoch epoch) {
            times.add(Clock.now().minus(start));
          }
        };
    try (Learner learner =
        Learner.builder()
            .model(model)
            .loss(new CrossEntropy())
            .optimizer(AdamW.of(1e-3))
            .train(data)
            .device(Device.cpu())
            .metrics(new Accuracy())
            .callbacks(stopwatch)
            .build()) {
      learner.fit(epochs);
    }
    var left = times.iterator();
    report(name, epochs, left::next);
  }

  // The later half counts: the earlier one warms up.
  private static void report(String name, int times, Supplier<Clock> each) {
    var warm = new ArrayList<Clock>();
    for (int i = 0; i < times; i++) {
      Clock time = each.get();
      if (i >= times / 2) {
        warm.add(time);
      }
    }
    System.out.printf(
        "%s %s %s%n", name, median(warm, Clock::wall) / 1e6, median(warm, Clock::used) / 1e6);
  }

  private static long median(List<Clock> times, ToLongFunction<Clock> part) {
    return times.stream().mapToLong(part).sorted().skip(times.size() / 2).findFirst().orElseThrow();
  }

  /// Time on the wall and processor time of all threads, in ns.
  private record Clock(long wall, long used) {
    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static Clock now() {
      return new Clock(System.nanoTime(), cpu());
    }

    static long cpu() {
      return SYSTEM.getProcessCpuTime();
    }

    static Clock of(Runnable work) {
      Clock start = now();
      work.run();
      return now().minus(start);
    }

    Clock minus(Clock other) {
      return new Clock(wall - other.wall, used - other.used);
    }
  }

  /// The area under the ROC curve by ranks, as a metric computes it: boxed indices in a comparison
  /// sort.
  private static double rank(double[] scores) {
    var order = new Integer[scores.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(scores[a], scores[b]));
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      if (order[i] % 2 == 0) {
        sum += i + 1;
      }
    }
    double half = scores.length / 2.0;
    return (sum - half * (half + 1) / 2) / (half * half);
  }
}
