package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.antiphon.cli.Main;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.ExperimentFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the documents show runs, on real networks: their Java, their experiments, their commands.
class DocumentsTest {
  private static final Pattern SNIPPET = Pattern.compile("(?ms)^ *```java\n(.*?)^ *```$");

  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```$");

  /// Of any language, else the end of one would be the beginning of the next.
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(\\w*)\n(.*?)^ *```$");

  private static final Pattern COMMAND =
      Pattern.compile(
          "\\s*(?:cat (?<input>\\S+) \\| )?(?:mpirun .*? )?(?:\\./)?antiphon (?<words>.*)");

  /// Needs what is not in a folder: another machine, a plug-in, data to be fetched, several
  /// processes. Tests of their own run the like.
  private static final Pattern ELSEWHERE =
      Pattern.compile("gpu|--plugins|digit-images|cluster|dataset|^(image|ablate|sweep) ");

  private static final Pattern WORD = Pattern.compile("(?:[^\\s']|'[^']*')+");

  private static final Pattern TYPE =
      Pattern.compile(
          "((///|@(Id|Summary)).*\n *)*(public )?static (final class|record) (\\w+)(?s:.*}$)");

  /// Of drawn digits.
  private static final List<String> FEW =
      List.of("--set", "data.train=280", "--set", "data.valid=32", "--set", "data.batch-size=4");

  private static final String EXAMPLES = Checkout.root().resolve("examples") + "/";

  /// What a reader writes otherwise.
  private static final Map<String, String> OURS =
      Map.of(
          "FILE", "digits.yaml",
          "RUN", "runs/wine",
          "FILES", "new.csv",
          "data.file=/path/to/shakespeare.txt", "data.file=shakespeare.txt");

  private static final Path MPIRUN = Path.of("/usr/bin/mpirun.mpich");

  /// What the documents use without saying where it is from.
  private static final String IMPORTS =
      Stream.of(
              "ai.djl.Model",
              "ai.djl.inference.*",
              "ai.djl.ndarray.*",
              "ai.djl.ndarray.types.*",
              "ai.djl.nn.*",
              "ai.djl.repository.zoo.*",
              "io.antiphon.core.*",
              "io.antiphon.core.options.*",
              "io.antiphon.core.spi.*",
              "io.antiphon.core.spi.DataProvider.Data",
              "io.antiphon.csv.*",
              "io.antiphon.data.*",
              "io.antiphon.experiment.*",
              "io.antiphon.losses.*",
              "io.antiphon.metrics.*",
              "io.antiphon.mixup.*",
              "io.antiphon.models.*",
              "io.antiphon.mpi.*",
              "io.antiphon.optim.*",
              "io.antiphon.parallel.*",
              "io.antiphon.progress.*",
              "io.antiphon.report.*",
              "io.antiphon.schedule.*",
              "io.antiphon.testkit.*",
              "io.antiphon.torch.*",
              "io.antiphon.training.*",
              "io.antiphon.vision.*",
              "java.io.*",
              "java.nio.ByteBuffer",
              "java.nio.file.*",
              "java.util.*",
              "java.util.random.RandomGenerator",
              "org.junit.jupiter.api.Test")
          .map(each -> "import " + each + ";\n")
          .collect(Collectors.joining());

  /// What is done with the types that they tell, by name. Houses are the reader's: what is read
  /// from them is told with the type.
  private static final Map<String, String> USES =
      Map.ofEntries(
          Map.entry("SkipOutliers", "learner.fit(1, new SkipOutliers());"),
          Map.entry("GradientNoise", "learner.fit(1, new GradientNoise(0.01));"),
          Map.entry("Options", "learner.fit(1, new Options().create());"),
          Map.entry("GoodEnough", "learner.fit(1, new GoodEnough());"),
          Map.entry("HardestBatch", "learner.fit(1, new HardestBatch());"),
          Map.entry(
              "Recordings", "tell(PrefetchLoader.of(new Recordings()).batchSize(2).shuffled());"),
          Map.entry("Weighted", "trainWeighted(step(), new Weighted(new CrossEntropy()), adam());"),
          Map.entry("House", "new House(new float[] {1, 2}, 3);"),
          Map.entry(
              "FusedLion",
              "trainDigits(step(), new CrossEntropy(), groups -> new FusedLion(new Lion(), groups));"),
          Map.entry("Denoising", "trainWeighted(new Denoising(), new CrossEntropy(), adam());"),
          Map.entry(
              "Distillation",
              "trainDigits(new Distillation(block, 2), new CrossEntropy(), adam());"),
          Map.entry("Gan", "new Gan(new Networks());"));

  private static final String HOUSES =
      """
      List<House> houses = List.of(new House(new float[] {1, 2}, 3), new House(new float[] {4, 5}, 6));

      float[] prices(List<House> some) {
        return new float[some.size()];
      }
      """;

  @TempDir Path folder;

  @Test
  void theirJavaCompilesAndRuns() throws IOException, InterruptedException {
    var sources = new ArrayList<>(List.of(resource("Folder.java"), resource("Given.java")));
    var programs = new ArrayList<String>();
    var pieces = new ArrayList<>(List.of("Given"));
    var ranks = new ArrayList<>(List.of("Given"));
    for (Path document : documents()) {
      var before = new StringBuilder(); // types that the document has told
      String text = Files.readString(document);
      for (MatchResult found : SNIPPET.matcher(text).results().toList()) {
        String type = "S" + sources.size();
        Path file = folder.resolve(type + ".java");
        String code = completed(found.group(1));
        boolean isProgram = code.startsWith("import ");
        Files.writeString(file, isProgram ? code : source(type, before.toString(), code));
        sources.add(file);
        if (TYPE.matcher(code).lookingAt()) {
          before.append(code).append('\n');
        }
        long line = text.substring(0, found.start()).lines().count() + 1;
        if (isProgram) {
          programs.add(type);
        } else {
          List<String> some = code.contains("MpiRanks") ? ranks : pieces;
          some.add("%s=%s:%d".formatted(type, document.getFileName(), line));
        }
      }
    }
    compile(sources);
    assertThat(programs).hasSizeGreaterThan(2);
    for (String program : programs) {
      assertThat(java(List.of(program))).containsPattern("(?i)accuracy");
    }
    assertThat(pieces).hasSizeGreaterThan(30);
    assertThat(java(pieces)).contains((pieces.size() - 1) + " pieces ran");
    assertThat(ranks).hasSize(2);
    if (Files.isExecutable(MPIRUN)) {
      assertThat(run(List.of(MPIRUN.toString(), "-n", "1"), ranks)).contains("1 pieces ran");
    } else {
      System.out.println("There is no " + MPIRUN + ": what it starts is not run");
    }
  }

  @Test
  void theirExperimentsAreUnderstoodAndTrain() throws IOException, InterruptedException {
    var told = new ArrayList<String>();
    var lines = new ArrayList<String>();
    int experiments = 0;
    for (Path document : documents()) {
      for (MatchResult found : YAML.matcher(Files.readString(document)).results().toList()) {
        String yaml = found.group(1).replaceAll(",? …", "");
        if (yaml.startsWith("  - ")) {
          yaml = "callbacks:\n" + yaml;
        }
        for (String form : yaml.split("(?m)(?=^data: )", -1)) { // of two, the reader takes one
          if (ELSEWHERE.matcher(form).find()) {
            try {
              var place = new Place(document.getFileName().toString(), 0, 0, folder);
              ExperimentFile.parse(form, place).resolve(Catalog.boot());
            } catch (RuntimeException refused) {
              told.add(refused.getMessage() + "\n" + form);
            }
          } else {
            String file = "document-%d.yaml".formatted(experiments);
            Files.writeString(folder.resolve(file), form);
            var words = new ArrayList<>(List.of("train", file, "--set", "fit.epochs=1"));
            if (!form.contains("data: ") || form.contains("glyphs")) {
              words.addAll(FEW);
            }
            lines.add(line(document, "", words));
          }
          experiments++;
        }
      }
    }
    assertThat(told).isEmpty();
    assertThat(experiments).isGreaterThan(15);
    type(lines);
  }

  @Test
  void theirCommandsRun() throws IOException, InterruptedException {
    var told = new ArrayList<String>();
    var lines = new ArrayList<String>();
    var before = new HashSet<List<String>>();
    for (Path document : documents()) {
      for (MatchResult found : BLOCK.matcher(Files.readString(document)).results().toList()) {
        if (!found.group(1).isEmpty()) {
          continue;
        }
        for (String line : found.group(2).replaceAll("\\\\\n *", "").split("\n", -1)) {
          Matcher command = COMMAND.matcher(line);
          if (!command.matches()) {
            continue;
          }
          List<String> words = words(command.group("words"));
          List<String> ours = small(words);
          if (ELSEWHERE.matcher(command.group("words")).find()) {
            // images are made by a checkout alone
            if (!words.getFirst().equals("image") && !isUnderstood(words)) {
              told.add(document.getFileName() + ": " + line.strip());
            }
          } else if (before.add(ours)) {
            String input = command.group("input");
            lines.add(line(document, input == null ? "" : input, ours));
          }
        }
      }
    }
    assertThat(told).isEmpty();
    assertThat(lines).hasSizeGreaterThan(25);
    type(lines);
  }

  /// Runs commands where all is that the documents name.
  private void type(List<String> lines) throws IOException, InterruptedException {
    Files.write(folder.resolve("lines"), lines);
    compile(List.of(resource("Folder.java"), resource("Typed.java")));
    assertThat(java(List.of("Typed", "lines"))).contains(lines.size() + " commands ran");
  }

  private static String line(Path document, String input, List<String> words) {
    return "%s\t%s\t%s".formatted(document.getFileName(), input, String.join("\t", words));
  }

  /// {@return a command of which a reader's words are ours, and which takes no minutes}
  private static List<String> small(List<String> words) {
    var small = new ArrayList<String>();
    for (String word : words) {
      small.add(OURS.getOrDefault(word, word.replaceFirst("^examples/", EXAMPLES)));
    }
    boolean builtIn = small.size() == 1 || small.get(1).equals("--set");
    if (builtIn && small.getFirst().matches("train|explain|data|lr-find")) {
      small.addAll(FEW);
    }
    return small;
  }

  /// Asks for the help of a command with all its options, which is told only if there are such.
  private static boolean isUnderstood(List<String> words) {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    var all = new ArrayList<>(words);
    all.add("--help");
    return Main.run(nowhere, nowhere, all.toArray(String[]::new)) == 0;
  }

  /// {@return what a shell makes of a line, without its remark}
  private static List<String> words(String line) {
    return WORD.matcher(line.replaceFirst("(^| )#.*", "").replaceFirst(" (&&|>) .*", ""))
        .results()
        .map(word -> word.group().replaceAll("^'|'$", ""))
        .toList();
  }

  private void compile(List<Path> sources) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-d",
                folder.resolve("classes").toString(),
                "-cp",
                classPath()));
    sources.forEach(source -> command.add(source.toString()));
    Checkout.Result result = Checkout.run(folder, Map.of(), command);
    assertThat(result.code()).as(result.err()).isZero();
  }

  /// {@return what a program says}
  private String java(List<String> program) throws IOException, InterruptedException {
    return run(List.of(), program);
  }

  /// {@return what a program says that a launcher starts}
  private String run(List<String> launcher, List<String> program)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(launcher);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ai.djl.pytorch_engine,io.antiphon.torch",
            "-Dai.djl.offline=true",
            "-DOPT_OUT_TRACKING=true",
            "-DPYTORCH_LIBRARY_PATH=" + Checkout.built().resolve("image/lib/pytorch"),
            "--module-path=" + Checkout.built().resolve("modules"),
            "--add-modules=" + modules(),
            "-cp",
            folder.resolve("classes") + File.pathSeparator + classPath()));
    command.addAll(program);
    HttpServer service = service();
    String address = "http://127.0.0.1:" + service.getAddress().getPort();
    Checkout.Result result =
        Checkout.run(
            folder,
            Map.of(
                "MLFLOW_TRACKING_URI",
                address,
                "SLACK_WEBHOOK_URL",
                address,
                "WEBHOOK_URL",
                address),
            command);
    service.stop(0);
    assertThat(result.code()).as(result.out() + result.err()).isZero();
    return result.out();
  }

  /// {@return what stands in for all services that runs tell of themselves}
  private static HttpServer service() throws IOException {
    var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(here, 0);
    byte[] answer =
        """
        {"experiment": {"experiment_id": "1"}, "run": {"info": {"run_id": "a", "experiment_id": "1"}}}\
        """
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Path resource(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = DocumentsTest.class.getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return file;
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.list(Checkout.root().resolve("docs"))) {
      return Stream.concat(Stream.of(Checkout.root().resolve("README.md")), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  /// {@return a snippet of which nothing is left out}
  private static String completed(String snippet) {
    String code =
        snippet
            .replace("…", "")
            .strip()
            .replaceFirst("(?m)^(public )?(?=final class|record )", "static ");
    return code.endsWith("}") || code.endsWith(";") ? code : code + ";";
  }

  /// {@return a snippet as a file: types and tests as members, which are used, and statements}
  private static String source(String type, String before, String code) {
    Matcher told = TYPE.matcher(code);
    String member = "";
    String run = code;
    if (told.lookingAt()) {
      String name = told.group(6);
      assertThat(USES).as("what is done with the types that documents tell").containsKey(name);
      member = code;
      run = USES.get(name);
    } else if (code.startsWith("@Test")) {
      member = code;
      run = code.replaceFirst("(?s).*?void (\\w+\\(\\)).*", "$1;");
    }
    String houses = (before + code).contains("record House") ? HOUSES : "";
    return IMPORTS
        + "class %s extends Given {\n%s%s%s\n".formatted(type, before, member, houses)
        + "@Override void run() throws Exception {\n%s\n}\n}\n".formatted(run);
  }

  /// {@return Antiphon's modules, by names}
  private static String modules() {
    return Checkout.modules().findAll().stream()
        .map(module -> module.descriptor().name())
        .filter(name -> name.startsWith("io.antiphon."))
        .collect(Collectors.joining(","));
  }

  private static String classPath() throws IOException {
    try (Stream<Path> modules = Files.list(Checkout.built().resolve("modules"))) {
      return Stream.concat(
              modules.map(Path::toString),
              Stream.of(
                  System.getProperty("jdk.module.path"), System.getProperty("java.class.path")))
          .collect(Collectors.joining(File.pathSeparator));
    }
  }
}
