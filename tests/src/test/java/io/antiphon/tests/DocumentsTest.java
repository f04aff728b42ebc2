package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.cli.Main;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.ExperimentFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java of the documents, which compiles and runs, on real networks. Their experiments, whose
/// components and options are there. Their commands, which are understood.
class DocumentsTest {
  private static final Pattern SNIPPET = Pattern.compile("(?ms)^```java\n(.*?)^```$");

  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```$");

  /// Of any language, else the end of one would be the beginning of the next.
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(\\w*)\n(.*?)^ *```$");

  private static final Pattern COMMAND =
      Pattern.compile("\\s*(?:mpirun .*? )?(?:\\./)?antiphon (.*)");

  private static final Pattern WORD = Pattern.compile("(?:[^\\s']|'[^']*')+");

  private static final Pattern TYPE =
      Pattern.compile(
          "((///|@(Id|Summary)).*\n *)*(public )?static (final class|record) (\\w+)(?s:.*}$)");

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
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-d",
                folder.resolve("classes").toString(),
                "-cp",
                classPath(),
                resource("Given.java").toString()));
    var programs = new ArrayList<String>();
    var pieces = new ArrayList<String>();
    for (Path document : documents()) {
      var before = new StringBuilder(); // types that the document has told
      String text = Files.readString(document);
      for (MatchResult found : SNIPPET.matcher(text).results().toList()) {
        String type = "S" + command.size();
        Path file = folder.resolve(type + ".java");
        String code = completed(found.group(1));
        boolean isProgram = code.startsWith("import ");
        Files.writeString(file, isProgram ? code : source(type, before.toString(), code));
        command.add(file.toString());
        if (TYPE.matcher(code).lookingAt()) {
          before.append(code).append('\n');
        }
        long line = text.substring(0, found.start()).lines().count() + 1;
        if (isProgram) {
          programs.add(type);
        } else if (!code.contains("MpiRanks")) { // which mpirun starts; RanksTest runs the like
          pieces.add("%s=%s:%d".formatted(type, document.getFileName(), line));
        }
      }
    }
    Checkout.Result result = Checkout.run(folder, Map.of(), command);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(programs).hasSizeGreaterThan(2);
    for (String program : programs) {
      assertThat(java(List.of(program))).containsPattern("(?i)accuracy");
    }
    assertThat(pieces).hasSizeGreaterThan(30);
    pieces.addFirst("Given");
    assertThat(java(pieces)).contains((pieces.size() - 1) + " pieces ran");
  }

  @Test
  void theirExperimentsAreUnderstood() throws IOException {
    var told = new ArrayList<String>();
    int experiments = 0;
    for (Path document : documents()) {
      for (MatchResult found : YAML.matcher(Files.readString(document)).results().toList()) {
        // the run that a model may be from is the reader's
        String yaml = found.group(1).replaceAll(",? …|(?m)^model: \\{ from: .*", "");
        if (yaml.startsWith("  - ")) {
          yaml = "callbacks:\n" + yaml;
        }
        for (String form : yaml.split("(?m)(?=^data: )", -1)) { // of two, the reader takes one
          try {
            var place = new Place(document.getFileName().toString(), 0, 0, folder);
            ExperimentFile.parse(form, place).resolve(Catalog.boot());
          } catch (RuntimeException refused) {
            told.add(refused.getMessage() + "\n" + form);
          }
        }
        experiments++;
      }
    }
    assertThat(told).isEmpty();
    assertThat(experiments).isGreaterThan(15);
  }

  @Test
  void theirCommandsAreUnderstood() throws IOException {
    var told = new ArrayList<String>();
    int commands = 0;
    for (Path document : documents()) {
      for (MatchResult found : BLOCK.matcher(Files.readString(document)).results().toList()) {
        if (!found.group(1).isEmpty()) {
          continue;
        }
        for (String line : found.group(2).replaceAll("\\\\\n *", "").split("\n", -1)) {
          Matcher command = COMMAND.matcher(line);
          // images are made by a checkout alone, and have tests of their own
          if (command.matches() && !command.group(1).startsWith("image ")) {
            if (!isUnderstood(words(command.group(1)))) {
              told.add(document.getFileName() + ": " + line.strip());
            }
            commands++;
          }
        }
      }
    }
    assertThat(told).isEmpty();
    assertThat(commands).isGreaterThan(40);
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

  /// {@return what a program says}
  private String java(List<String> program) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
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
    Checkout.Result result = Checkout.run(folder, Map.of(), command);
    assertThat(result.code()).as(result.out() + result.err()).isZero();
    return result.out();
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
