package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.cli.Main;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.ExperimentFile;
import java.io.File;
import java.io.IOException;
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

/// The Java of the documents, which compiles; what is a whole program runs. Their experiments,
/// whose components and options are there. Their commands, which are understood.
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
          "((///|@(Id|Summary)).*\n *)*(public )?static (final class|record) (?s:.*}$)");

  /// What the documents use without saying where it is from.
  private static final String GIVEN =
      """
      import ai.djl.Model;
      import ai.djl.inference.*;
      import ai.djl.ndarray.*;
      import ai.djl.ndarray.types.*;
      import ai.djl.nn.*;
      import ai.djl.repository.zoo.*;
      import io.antiphon.core.*;
      import io.antiphon.core.options.*;
      import io.antiphon.core.spi.*;
      import io.antiphon.core.spi.DataProvider.Data;
      import io.antiphon.csv.*;
      import io.antiphon.data.*;
      import io.antiphon.experiment.*;
      import io.antiphon.losses.*;
      import io.antiphon.metrics.*;
      import io.antiphon.mixup.*;
      import io.antiphon.models.*;
      import io.antiphon.mpi.*;
      import io.antiphon.optim.*;
      import io.antiphon.parallel.*;
      import io.antiphon.progress.*;
      import io.antiphon.report.*;
      import io.antiphon.schedule.*;
      import io.antiphon.testkit.*;
      import io.antiphon.torch.*;
      import io.antiphon.training.*;
      import io.antiphon.vision.*;
      import java.io.*;
      import java.nio.ByteBuffer;
      import java.nio.file.*;
      import java.util.*;
      import java.util.random.RandomGenerator;
      import org.junit.jupiter.api.Test;
      """;

  /// Things that they use without making them.
  private static final String HAD =
      """
        static Block model, block, generator, discriminator;
        static DataLoader train, valid;
        static Learner learner;
        static Fit fit;
        static NDManager manager;
        static Path folder;
        static Data wine;
        static long seed;
        static List<Path> files;
        static List<Long> speakers;
      """;

  /// What the reader has of a type that a document tells.
  private static final String HOUSES =
      "static List<House> houses; static float[] prices(List<House> some) { return null; }";

  @TempDir Path folder;

  @Test
  void theirJavaCompiles() throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-d",
                folder.resolve("classes").toString(),
                "-cp",
                classPath()));
    var programs = new ArrayList<String>();
    for (Path document : documents()) {
      var before = new StringBuilder(); // types that the document has told
      for (MatchResult found : SNIPPET.matcher(Files.readString(document)).results().toList()) {
        String type = "S" + command.size();
        Path file = folder.resolve(type + ".java");
        String code = completed(found.group(1));
        if (code.startsWith("import ")) {
          programs.add(type);
        }
        Files.writeString(
            file, code.startsWith("import ") ? code : source(type, before.toString(), code));
        command.add(file.toString());
        if (TYPE.matcher(code).lookingAt()) {
          before.append(code).append(code.contains("record House") ? HOUSES : "").append('\n');
        }
      }
    }
    assertThat(command).hasSizeGreaterThan(20);
    Checkout.Result result = Checkout.run(folder, Map.of(), command);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(programs).hasSizeGreaterThan(2);
    for (String program : programs) {
      run(program);
    }
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

  private void run(String program) throws IOException, InterruptedException {
    Checkout.Result result =
        Checkout.run(
            folder,
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-DPYTORCH_LIBRARY_PATH=" + Checkout.built().resolve("image/lib/pytorch"),
                "-cp",
                folder.resolve("classes") + File.pathSeparator + classPath(),
                program));
    assertThat(result.code()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).containsPattern("(?i)accuracy");
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

  /// {@return a snippet as a file: types and tests as members, statements in a method}
  private static String source(String type, String before, String code) {
    boolean isMember = TYPE.matcher(code).lookingAt() || code.startsWith("@Test");
    return GIVEN
        + "abstract class %s {\n".formatted(type)
        + HAD
        + before
        + (isMember ? code : "void run() throws Exception {\n" + code + "\n}")
        + "\n}\n";
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
