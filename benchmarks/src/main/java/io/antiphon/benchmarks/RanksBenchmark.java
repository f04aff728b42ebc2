package io.antiphon.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Learner;
import io.antiphon.core.Ranks;
import io.antiphon.data.Glyphs;
import io.antiphon.data.TensorLoader;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.mpi.MpiRanks;
import io.antiphon.optim.AdamW;
import io.antiphon.parallel.DataParallel;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What processes that train together cost and gain, on one machine, started by Open MPI's
/// `mpirun`.
///
/// First a sum over two processes, in µs for each size, by [MpiRanks] and by a C program that calls
/// the same library with the same chunks, where there is `mpicc`. Then an epoch of nets in ms: of
/// one process with one thread and with two, of two processes and of four with one thread each, and
/// how much of it rank 0 spends in sums, waiting included. In turns; medians over the rounds, an
/// option (3).
public final class RanksBenchmark {
  private static final List<String> NETS = List.of("wide-mlp", "cnn", "large-cnn");
  private static final int[] BYTES = {1 << 12, 1 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 26};
  private static final int EPOCHS = 6;

  /// A row of the table of epochs.
  private record Processes(int count, int threads) {
    @Override
    public String toString() {
      return "%d process%s, %d thread%s each"
          .formatted(count, count == 1 ? "" : "es", threads, threads == 1 ? "" : "s");
    }
  }

  private RanksBenchmark() {}

  /// Runs jobs in turns and prints the tables; `sums` and `train` are what it calls itself.
  public static void main(String[] args) throws Exception {
    switch (args.length == 0 ? "" : args[0]) {
      case "sums" -> sums();
      case "train" -> train(args[1]);
      default -> compare(args.length == 0 ? 3 : Integer.parseInt(args[0]));
    }
  }

  private static void compare(int rounds) throws Exception {
    Optional<Path> c = compiled();
    List<String> java = JavaCommand.of(RanksBenchmark.class, JavaCommand.IMAGE_FLAGS, List.of());
    Map<String, List<Double>> sums = new LinkedHashMap<>();
    Map<String, List<Double>> epochs = new LinkedHashMap<>();
    List<Processes> rows =
        List.of(new Processes(1, 1), new Processes(1, 2), new Processes(2, 1), new Processes(4, 1));
    for (int round = 0; round < rounds; round++) {
      add(sums, "Java ", run(2, 1, and(java, "sums")));
      if (c.isPresent()) {
        add(sums, "C ", run(2, 1, List.of(c.get().toString())));
      }
      for (Processes row : rows) {
        for (String net : NETS) {
          add(
              epochs,
              row + " " + net + " ",
              run(row.count(), row.threads(), and(java, "train", net)));
        }
      }
    }
    System.out.printf("%n%-12s %12s %12s %12s%n", "µs per sum", "Java", "C", "Java / C");
    for (int bytes : BYTES) {
      double ours = median(sums.get("Java " + bytes));
      double theirs = c.isPresent() ? median(sums.get("C " + bytes)) : Double.NaN;
      System.out.printf("%-12s %12.1f %12.1f %12.2f%n", size(bytes), ours, theirs, ours / theirs);
    }
    System.out.printf("%n%-30s", "ms per epoch (as fast, in sums)");
    NETS.forEach(net -> System.out.printf(" %24s", net));
    System.out.println();
    for (Processes row : rows) {
      System.out.printf("%-30s", row);
      for (String net : NETS) {
        double one = median(epochs.get(rows.getFirst() + " " + net + " epoch"));
        double time = median(epochs.get(row + " " + net + " epoch"));
        double waiting = median(epochs.get(row + " " + net + " sums"));
        System.out.printf(" %9.0f (%4.2f ×, %3.0f %%)", time, one / time, 100 * waiting / time);
      }
      System.out.println();
    }
  }

  private static String size(int bytes) {
    return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }

  private static List<String> and(List<String> command, String... more) {
    var all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return all;
  }

  private static void add(
      Map<String, List<Double>> all, String prefix, Map<String, Double> values) {
    values.forEach(
        (name, value) -> all.computeIfAbsent(prefix + name, _ -> new ArrayList<>()).add(value));
  }

  /// {@return what rank 0 printed: names and numbers}
  private static Map<String, Double> run(int count, int threads, List<String> program)
      throws Exception {
    var command =
        new ArrayList<>(
            List.of("mpirun", "--oversubscribe", "--bind-to", count == 2 ? "core" : "none", "-n"));
    command.add(Integer.toString(count));
    // by a shell: Open MPI changes the class path of what is called java
    command.addAll(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\""));
    command.addAll(program);
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder
        .environment()
        .putAll(
            Map.of(
                "OMP_NUM_THREADS", Integer.toString(threads),
                "OMPI_ALLOW_RUN_AS_ROOT", "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"));
    Process process = builder.start();
    Map<String, Double> values = new LinkedHashMap<>();
    try (var lines = process.inputReader()) {
      lines
          .lines()
          .map(line -> line.split("\t"))
          .forEach(words -> values.put(words[0], Double.parseDouble(words[1])));
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " failed");
    }
    return values;
  }

  private static Optional<Path> compiled() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sums");
    Path source = folder.resolve("sums.c");
    try (var text = RanksBenchmark.class.getResourceAsStream("sums.c")) {
      Files.copy(text, source);
    }
    Path program = folder.resolve("sums");
    try {
      int code =
          new ProcessBuilder("mpicc.openmpi", "-O2", "-o", program.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code == 0) {
        return Optional.of(program);
      }
    } catch (IOException e) {
      // as where it fails
    }
    System.out.println("C is left out: there is no mpicc.openmpi (Debian: libopenmpi-dev)");
    return Optional.empty();
  }

  private static void sums() {
    try (Ranks ranks = new MpiRanks.Options().create();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      for (int bytes : BYTES) {
        NDArray array = manager.zeros(new Shape(bytes / 4));
        int times = bytes <= 1 << 16 ? 1000 : bytes <= 1 << 22 ? 200 : 30;
        var each = new ArrayList<Double>();
        for (int i = -times / 2; i < times; i++) {
          long start = System.nanoTime();
          ranks.sum(array, "numbers");
          if (i >= 0) {
            each.add((System.nanoTime() - start) / 1e3);
          }
        }
        print(ranks, Integer.toString(bytes), median(each));
      }
    }
  }

  private static void train(String net) {
    try (Ranks ranks = new MpiRanks.Options().create();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      TensorLoader data =
          Glyphs.train(1)
              .loader(manager, RuntimeBenchmark.samples(net), Glyphs.STANDARDIZATION)
              .batchSize(64)
              .shuffled();
      var sums = new Sums(ranks);
      var watch = new Watch(sums);
      try (Learner learner =
          Learner.builder()
              .model(RuntimeBenchmark.net(net))
              .loss(new CrossEntropy())
              .optimizer(AdamW.of(1e-3))
              .train(data)
              .device(Device.cpu())
              .threads(Integer.parseInt(System.getenv("OMP_NUM_THREADS")))
              .ranks(sums.timed())
              .callbacks(new DataParallel(), watch)
              .build()) {
        learner.fit(EPOCHS);
      }
      print(ranks, "epoch", median(watch.epochs));
      print(ranks, "sums", median(watch.sums));
    }
  }

  private static void print(Ranks ranks, String name, double value) {
    if (ranks.leads()) {
      System.out.printf("%s\t%s%n", name, value);
    }
  }

  private static double median(List<Double> values) {
    return RuntimeBenchmark.at(values, 0.5);
  }

  /// Ranks whose sums are timed.
  private static final class Sums implements InvocationHandler {
    private final Ranks ranks;
    private long nanos;

    Sums(Ranks ranks) {
      this.ranks = ranks;
    }

    Ranks timed() {
      return (Ranks)
          Proxy.newProxyInstance(Ranks.class.getClassLoader(), new Class<?>[] {Ranks.class}, this);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      long start = System.nanoTime();
      try {
        return method.invoke(ranks, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      } finally {
        if (method.getName().equals("sum") || method.getName().equals("meet")) {
          nanos += System.nanoTime() - start;
        }
      }
    }
  }

  /// Times epochs but the first, and the sums in them, in ms.
  private static final class Watch implements Callback {
    private final Sums of;
    final List<Double> epochs = new ArrayList<>();
    final List<Double> sums = new ArrayList<>();
    private long start;
    private long before;

    Watch(Sums of) {
      this.of = of;
    }

    @Override
    public void beforeEpoch(Epoch epoch) {
      start = System.nanoTime();
      before = of.nanos;
    }

    @Override
    public void afterEpoch(Epoch epoch) {
      if (epoch.number() > 0) {
        epochs.add((System.nanoTime() - start) / 1e6);
        sums.add((of.nanos - before) / 1e6);
      }
    }
  }
}
