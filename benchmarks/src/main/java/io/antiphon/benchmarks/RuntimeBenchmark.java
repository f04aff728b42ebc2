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
import io.antiphon.models.Activation;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.optim.AdamW;
import io.antiphon.precision.MixedPrecision;
import io.antiphon.torch.Threads;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// What the process's settings do to training and to work in Java. Every row of a table runs in a
/// process of its own, in turns; prints medians and quartiles over rounds of each process's median.
///
/// Options: which table, and the number of rounds (5).
///
/// * `flags`: flags of the JVM and of OpenMP; an epoch of an MLP (Java's overhead rules), an epoch
///   of a small conv net (libtorch rules), drawing 2,000 glyphs, and ranking 500,000 scores, each
///   in milliseconds once warm, and the whole process in seconds.
/// * `threads`: an epoch of nets of different size with one thread and with as many as there are,
///   and what `threads: auto` chooses, as a ratio to the best of its row.
/// * `crowded`: an epoch alone, and beside one busy process for each core, with the flags of an
///   image and with those that a program gets without doing anything, in float32 and in mixed
///   precision.
public final class RuntimeBenchmark {
  private static final String C1 = "-XX:TieredStopAtLevel=1";
  private static final List<String> NETS = List.of("mlp", "wide-mlp", "cnn", "large-cnn");

  private RuntimeBenchmark() {}

  /// Runs a table's rows in turns and prints it; `work` and `spin` are what it calls itself.
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 1 && !args[0].equals("work") ? Integer.parseInt(args[1]) : 5;
    switch (args.length == 0 ? "flags" : args[0]) {
      case "work" -> work(List.of(args).subList(1, args.length));
      case "spin" -> spin();
      case "threads" -> threads(rounds);
      case "crowded" -> crowded(rounds);
      default -> flags(rounds);
    }
  }

  private static void flags(int rounds) throws Exception {
    List<String> work = List.of("glyphs", "mlp", "cnn", "ranking");
    Map<String, List<String>> rows = new LinkedHashMap<>();
    rows.put("JVM defaults", List.of("GOMP_SPINCOUNT=300000"));
    rows.put("Serial, C1, spin 1000", List.of("-XX:+UseSerialGC", C1));
    rows.put("Serial, C2, spin 1000", List.of("-XX:+UseSerialGC"));
    rows.put("G1, C1, spin 1000", List.of("-XX:+UseG1GC", C1));
    rows.put("G1, C2, spin 1000", List.of("-XX:+UseG1GC"));
    rows.put("Serial, C1, spin 300000", List.of("-XX:+UseSerialGC", C1, "GOMP_SPINCOUNT=300000"));
    rows.put("Serial, C1, spin 0", List.of("-XX:+UseSerialGC", C1, "GOMP_SPINCOUNT=0"));
    rows.put("Serial, C1, 1 thread", List.of("-XX:+UseSerialGC", C1, "OMP_NUM_THREADS=1"));
    rows.put("Serial, C2, 1 thread", List.of("-XX:+UseSerialGC", "OMP_NUM_THREADS=1"));
    var columns = new ArrayList<>(work);
    columns.add("process");
    Map<String, Map<String, List<Double>>> times = turns(rows, work, rounds);
    print("ms, process in s: best median [quartiles]", columns, times);
    print("processor time", columns.stream().map(each -> each + " cpu").toList(), times);
  }

  private static void threads(int rounds) throws Exception {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (int count = 1; count <= Threads.available(); count *= 2) {
      rows.put(count == 1 ? "1 thread" : count + " threads", with(count));
    }
    rows.put("auto", with(0));
    Map<String, Map<String, List<Double>>> times = turns(rows, NETS, rounds);
    print("ms per epoch: best median [quartiles]", NETS, times);
    System.out.printf("%n%-26s", "auto chooses");
    NETS.forEach(
        net -> System.out.printf(" %20.0f", at(times.get("auto").get(net + " threads"), 0)));
    System.out.printf("%n%-26s", "of the best it takes");
    for (String net : NETS) {
      double best =
          times.values().stream().mapToDouble(of -> at(of.get(net), 0.5)).min().orElseThrow();
      System.out.printf(" %20.2f", at(times.get("auto").get(net), 0.5) / best);
    }
    System.out.println();
  }

  private static List<String> with(int threads) {
    var flags = new ArrayList<>(JavaCommand.IMAGE_FLAGS);
    flags.add("-Dthreads=" + threads);
    return flags;
  }

  // The conv net comes first: while it trains, the JVM compiles what the others then run.
  private static void crowded(int rounds) throws Exception {
    List<String> nets = List.of("cnn", "mlp", "cnn mixed", "mlp mixed");
    Map<String, List<String>> rows =
        Map.of("image's flags", JavaCommand.IMAGE_FLAGS, "JVM defaults", List.of());
    Map<String, Map<String, List<Double>>> times = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      turns(rows, nets, 1).forEach((flags, of) -> add(times, flags + ", alone", of));
      var others = new ArrayList<Process>();
      try {
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
          others.add(start(List.of(), List.of("spin")));
        }
        turns(rows, nets, 1).forEach((flags, of) -> add(times, flags + ", beside busy", of));
      } finally {
        others.forEach(Process::destroyForcibly);
      }
    }
    print("ms per epoch: best median [quartiles]", nets, times);
    for (String flags : rows.keySet()) {
      System.out.printf("%n%-26s", flags + ", ratio");
      for (String net : nets) {
        System.out.printf(
            " %20.2f",
            at(times.get(flags + ", beside busy").get(net), 0.5)
                / at(times.get(flags + ", alone").get(net), 0.5));
      }
    }
    System.out.println();
  }

  private static void add(
      Map<String, Map<String, List<Double>>> times, String row, Map<String, List<Double>> more) {
    var of = times.computeIfAbsent(row, _ -> new LinkedHashMap<>());
    more.forEach((what, each) -> of.computeIfAbsent(what, _ -> new ArrayList<>()).addAll(each));
  }

  private static Map<String, Map<String, List<Double>>> turns(
      Map<String, List<String>> rows, List<String> work, int rounds) throws Exception {
    Map<String, Map<String, List<Double>>> times = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (var row : rows.entrySet()) {
        add(times, row.getKey(), run(row.getValue(), work));
      }
    }
    return times;
  }

  private static void print(
      String title, List<String> columns, Map<String, Map<String, List<Double>>> times) {
    System.out.printf("%n%s%n%-26s", title, "");
    columns.forEach(column -> System.out.printf(" %20s", column));
    System.out.println();
    times.forEach((name, of) -> {
      System.out.printf("%-26s", name);
      columns.forEach(column -> System.out.printf(" %20s", summary(of.get(column))));
      System.out.println();
    });
  }

  private static String summary(List<Double> times) {
    return "%s %s [%s %s]"
        .formatted(
            text(at(times, 0)), text(at(times, 0.5)), text(at(times, 0.25)), text(at(times, 0.75)));
  }

  private static String text(double time) {
    return time < 10 ? "%.1f".formatted(time) : "%.0f".formatted(time);
  }

  static double at(List<Double> times, double quantile) {
    var sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    return sorted.get((int) Math.round(quantile * (sorted.size() - 1)));
  }

  /// Starts this program in a process of its own, without the launcher's settings of OpenMP.
  private static Process start(List<String> flags, List<String> args) throws IOException {
    List<String> ofJvm = flags.stream().filter(flag -> flag.startsWith("-")).toList();
    var builder =
        new ProcessBuilder(JavaCommand.of(RuntimeBenchmark.class, ofJvm, args))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("GOMP_SPINCOUNT");
    for (String flag : flags) {
      if (!flag.startsWith("-")) {
        builder.environment().put(flag.split("=")[0], flag.split("=")[1]);
      }
    }
    return builder.start();
  }

  private static Map<String, List<Double>> run(List<String> flags, List<String> work)
      throws Exception {
    var args = new ArrayList<>(List.of("work"));
    args.addAll(work);
    long start = System.nanoTime();
    Process process = start(flags, args);
    Map<String, List<Double>> times = new LinkedHashMap<>();
    try (var lines = process.inputReader()) {
      lines
          .lines()
          .map(line -> line.split("\t"))
          .forEach(words -> times.put(words[0], List.of(Double.parseDouble(words[1]))));
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException("failed with " + flags);
    }
    times.put("process", List.of((System.nanoTime() - start) / 1e9));
    return times;
  }

  // Computes, since a loop that only waits tells the processor so.
  private static void spin() {
    var random = new SplittableRandom(1);
    for (long sum = 0; sum != 1; sum = random.nextLong() | 2) {}
  }

  private static void work(List<String> names) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      TensorLoader data =
          Glyphs.train(1).loader(manager, 8000, Glyphs.STANDARDIZATION).batchSize(64).shuffled();
      for (String name : names) {
        switch (name) {
          case "glyphs" ->
              report(
                  name,
                  10,
                  () ->
                      Clock.of(
                          () -> Glyphs.train(1).loader(manager, 2000, Glyphs.STANDARDIZATION)));
          case "ranking" -> {
            var scores = new SplittableRandom(1).doubles(500_000).toArray();
            report(name, 12, () -> Clock.of(() -> rank(scores)));
          }
          case "mlp" -> epochs(name, data, 20);
          case "wide-mlp", "cnn" -> epochs(name, data.part(0, samples(name)), 10);
          case "large-cnn" -> epochs(name, data.part(0, samples(name)), 6);
          case "mlp mixed" -> epochs(name, data, 20, new MixedPrecision());
          case "cnn mixed" -> epochs(name, data.part(0, samples("cnn")), 10, new MixedPrecision());
          default -> throw new IllegalArgumentException(name);
        }
      }
    }
    print("process cpu", Clock.cpu() / 1e9);
  }

  /// {@return a net for glyphs: an MLP with 50 or 512 hidden units, a conv net of 8 to 64 or of 32
  /// to 256 channels}
  static Block net(String name) {
    return switch (name) {
      case "mlp" -> Mlp.of(new Mlp.Options(), 10);
      case "wide-mlp" -> Mlp.of(new Mlp.Options(List.of(512), Activation.RELU), 10);
      case "cnn" -> Cnn.of(new Cnn.Options(), 10);
      case "large-cnn" -> Cnn.of(new Cnn.Options(List.of(32, 64, 128, 256)), 10);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /// {@return how many glyphs an epoch of a net has}
  static int samples(String name) {
    return switch (name) {
      case "cnn" -> 2000;
      case "large-cnn" -> 1000;
      default -> 8000;
    };
  }

  private static void epochs(String name, TensorLoader data, int epochs, Callback... more) {
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
            .model(net(name.split(" ")[0]))
            .loss(new CrossEntropy())
            .optimizer(AdamW.of(1e-3))
            .train(data)
            .device(Device.cpu())
            .threads(Integer.getInteger("threads", 0))
            .metrics(new Accuracy())
            .callbacks(stopwatch)
            .build()) {
      learner.fit(epochs, more);
      print(name + " threads", learner.threads());
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
    print(name, median(warm, Clock::wall) / 1e6);
    print(name + " cpu", median(warm, Clock::used) / 1e6);
  }

  private static void print(String what, double value) {
    System.out.printf("%s\t%s%n", what, value);
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
