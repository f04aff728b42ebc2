package io.antiphon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The commands, with a third party's plug-in module in a folder.
class MainTest {
  @TempDir private static Path toys;

  @TempDir Path temporary;

  private record Result(int code, String out, String err) {
    String lastLine() {
      return out.lines().toList().getLast();
    }
  }

  @BeforeAll
  static void compileToys() {
    javac(
        "--module-path",
        System.getProperty("jdk.module.path"),
        "-d",
        toys.resolve("toys").toString(),
        "src/test/toys/module-info.java",
        "src/test/toys/toys/Toys.java");
  }

  private static Result antiphon(String... arguments) {
    return antiphon(false, arguments);
  }

  /// @param watched whether output goes to a terminal
  private static Result antiphon(boolean watched, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            watched,
            false);
    int code = Main.run(terminal, arguments);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Result withToys(String command, String... more) {
    return antiphon(arguments(command, more));
  }

  private String[] arguments(String command, String... more) {
    var all = new ArrayList<>(List.of(command, "--plugins", toys.toString()));
    if (command.equals("train")) {
      all.addAll(List.of("--out", temporary.resolve("run").toString()));
    }
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  @Test
  void theVersionIsTold() {
    Result result = antiphon("--version");
    assertThat(result.code()).isZero();
    assertThat(result.out()).startsWith("antiphon ").contains("Java 25");
  }

  @Test
  void helpNamesTheCommandsAndExitCodes() {
    Result result = antiphon("--help");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("train", "explain", "list", "a run failed");
    assertThat(antiphon("train", "--help").out()).contains("--set", "--out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          trian          | antiphon: there is no command 'trian'; did you mean 'train'? There are train, validate, predict, top-losses, export, replay, runs, compare, explain, data, lr-find, list, doctor
          ablate         | antiphon: there is no command 'ablate' here: module io.antiphon.study has it; './antiphon image FILE --add-modules io.antiphon.study -o DIR', in a checkout of Antiphon, makes an image that has both
          list losss     | antiphon: there is no kind of components and no component 'losss'; did you mean 'loss'? Kinds are data, tokenizer, model, splitter, loss, optimizer, policy, metric, callback, cluster
          list loss more | antiphon list: 'more' is one argument too many
          train --st a=b | antiphon train: there is no option '--st'; did you mean '--set'?
          train none.yaml| antiphon: none.yaml: there is no such file
          lr-find --start 0       | antiphon: --start is 0.0; a rate to probe must be in [1.0E-20, 1000000.0]
          lr-find --end NaN       | antiphon: --end is NaN; a rate to probe must be in [1.0E-20, 1000000.0]
          lr-find --end 1e300     | antiphon: --end is 1.0E300; a rate to probe must be in [1.0E-20, 1000000.0]
          lr-find --start 1 --end 0.1 | antiphon: rates to probe go from 1 to 0.1; they must grow
          lr-find --iterations 2000000000 | antiphon: --iterations is 2000000000; it must be in [6, 1,000,000]
          lr-find --iterations x  | antiphon lr-find: Invalid value for option '--iterations': 'x' is no whole number
          lr-find --start x       | antiphon lr-find: Invalid value for option '--start': 'x' is no number
          lr-find --svg nowhere/x.svg | antiphon: --svg: there is no folder '
          explain --values 1000000000 | antiphon: --values is 1000000000; it must be in [1, 10,000]
          runs nowhere            | antiphon: nowhere: there is no such folder
          compare one             | antiphon: compare takes the folders of 2 to 26 runs, not 1
          compare one two         | antiphon: one: there is no such folder of a run
          train --plugins nowhere | antiphon: there is no folder 'nowhere' of plug-ins
          """)
  void wrongUsageIsOneSentenceAndCodeTwo(String line, String message) {
    Result result = antiphon(line.split(" "));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).startsWith(message);
    assertThat(result.err().lines()).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void withoutACommandItAsksForOne() {
    Result result = antiphon();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .startsWith(
            "antiphon: what to do? There are train, validate, predict, top-losses, export, replay, runs, compare, explain, data, lr-find, list, doctor");
  }

  @Test
  void runsAreListedAndComparedByTheirFolders() {
    for (String rate : List.of("0.5", "0.25")) {
      Path out = temporary.resolve("runs/by-" + rate);
      Result trained =
          antiphon(
              "train",
              "--plugins",
              toys.toString(),
              "--out",
              out.toString(),
              "--set",
              "fit.epochs=3",
              "--set",
              "optimizer.lr=" + rate);
      assertThat(trained.code()).as(trained.err()).isZero();
    }
    Result runs = antiphon("runs", "--plugins", toys.toString(), temporary.toString());
    assertThat(runs.code()).as(runs.err()).isZero();
    assertThat(runs.out().lines().toList())
        .hasSize(3)
        .satisfies(lines ->
            assertThat(lines.getFirst())
                .matches("run +begun +state +epochs +train_loss +valid_loss +accuracy"))
        .satisfies(lines ->
            assertThat(lines.get(1)).matches("runs/by-0.5 +[0-9-]+ [0-9:]+ +finished +3 +\\S+.*"));

    Result compared =
        antiphon(
            "compare",
            "--plugins",
            toys.toString(),
            temporary.resolve("runs/by-0.5").toString(),
            temporary.resolve("runs/by-0.25").toString());
    assertThat(compared.code()).as(compared.err()).isZero();
    assertThat(compared.out())
        .containsPattern("(?m)^ +a {2}by-0\\.5 +b {2}by-0\\.25$")
        .containsPattern("(?m)^ {2}optimizer\\.lr +0\\.5 +0\\.25$")
        .contains("train_loss by step\n")
        .containsPattern("\\|.*b");
  }

  @Test
  void doctorTellsWhatTheProcessComputesWithAndWhetherRightly() {
    Result result = withToys("doctor");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .containsPattern("(?m)^antiphon    ")
        .containsPattern("(?m)^Java        25")
        .containsPattern("(?m)^processor   .*core")
        .containsPattern("(?m)^libtorch    2\\.7\\.1.*, in /")
        .containsPattern("(?m)^threads     \\d+ for one operation")
        .containsPattern("(?m)^self-check  .* ms$")
        .containsPattern("(?m)^cpu         trains in .*float32")
        .containsPattern("(?m)^components  \\d+")
        .contains("\nwarning: metric provider toys.Toys$Anonymous of module toys is broken");
    assertThat(antiphon("doctor", "now").code()).isEqualTo(2);
  }

  @Test
  void listShowsComponentsWithTheirModulesAndOptionsAndWhatIsBroken() {
    Result result = withToys("list");
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .containsPattern("(?m)^data\n  glyphs  noise in four columns  toys$")
        .containsPattern("(?m)^      train: 8 +integer  training samples$")
        .containsPattern("(?m)^policies\n  fine-tune  .*  io.antiphon.schedule$")
        .containsPattern("(?m)^  fit  .*  io.antiphon.experiment$")
        .contains(
            "broken\n  metric provider toys.Toys$Anonymous of module toys is broken: it has no @Id");
    String one = withToys("list", "policy").out();
    assertThat(one).startsWith("policies\n  fine-tune").doesNotContain("glyphs");
    assertThat(withToys("list", "policies").out()).isEqualTo(one);
    assertThat(withToys("list", "glyphs").out())
        .startsWith("data\n  glyphs  noise in four columns  toys\n      train: 8")
        .doesNotContain("policies");
    assertThat(withToys("list", "glyphs", "--markdown").out())
        .contains("\n## Data\n\n### `glyphs`\n")
        .containsOnlyOnce("###");
  }

  /// As in an experiment's image, whose launcher names its folder.
  private Path imageOf(String experiment, String components) throws IOException {
    Path conf = Files.createDirectories(temporary.resolve("image/conf"));
    Files.writeString(conf.resolve("experiment.yaml"), experiment);
    Files.writeString(
        conf.resolve("experiment.yaml.sha256"),
        ThisImage.sha256(experiment) + "  experiment.yaml\n");
    Files.writeString(conf.resolve("components"), components);
    return conf.getParent();
  }

  private Result inImage(Path home, String command, String... more) {
    System.setProperty("antiphon.home", home.toString());
    try {
      return withToys(command, more);
    } finally {
      System.clearProperty("antiphon.home");
    }
  }

  @Test
  void anImageRefusesItsExperimentOnceThatWasChanged() throws IOException {
    Path home = imageOf("fit: { epochs: 1 }\n", "");
    Path file = home.resolve("conf/experiment.yaml");
    assertThat(inImage(home, "explain").code()).isZero();

    Files.writeString(file, "fit: { epochs: 2 }\n");

    for (String command : List.of("train", "explain", "lr-find")) {
      Result changed = inImage(home, command);
      assertThat(changed.code()).isEqualTo(2);
      assertThat(changed.err())
          .startsWith(
              "antiphon: '" + file + "' was changed since the image was made; give the file")
          .hasLineCount(1);
    }
    assertThat(inImage(home, "list").code()).isZero();
    assertThat(inImage(home, "explain", file.toString()).out()).contains("2 epochs");
  }

  @Test
  void theCommandThatMakesALackingImageCanBeRun() throws Exception {
    Path home =
        imageOf(
            "fit: { epochs: 1 }\n",
            "callback absent some.where\ncallback plugged some.plug plug-in\n");
    String setting = "callbacks+={schedule: {of: lr, by: \"cosine(1,0)\", name: it's}}";

    String missing = inImage(home, "train", "--set", setting, "--set", "callbacks+=absent").err();

    assertThat(missing)
        .contains("lacks callback 'absent' of module some.where; in a checkout of Antiphon,")
        .hasLineCount(1);
    String command = missing.substring(missing.indexOf(": ./antiphon ") + 2).strip();
    assertThat(shellWords(command))
        .containsExactly(
            "./antiphon",
            "image",
            home.resolve("conf/experiment.yaml").toString(),
            "--set",
            setting,
            "--set",
            "callbacks+=absent",
            "--module-path",
            toys.toString(),
            "-o",
            "DIR");

    String plugged =
        inImage(home, "train", "--set", "callbacks+=plugged", "--set", "data=mnist").err();
    assertThat(plugged)
        .contains("with a JDK 25 and the jar of module some.plug at PATH, this makes")
        .contains(" --module-path " + toys + ":PATH -o DIR");
  }

  private static List<String> shellWords(String command) throws Exception {
    String script = "for word in " + command + "; do printf '%s\\n' \"$word\"; done";
    Process shell = new ProcessBuilder("/bin/sh", "-c", script).start();
    try (BufferedReader words = shell.inputReader(StandardCharsets.UTF_8)) {
      return words.lines().toList();
    }
  }

  @Test
  void whatATerminalWouldObeyIsShownEscapedAndNothingIsCut() {
    Result result = withToys("train", "--set", "data.dir=\u001b[2J\n[x");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("--set data.dir=\\u001b[2J\\n[x: this is not YAML: ")
        .doesNotContain("\u001b")
        .hasLineCount(1);
    Result unknown = antiphon("tra\u001bin\nx");
    assertThat(unknown.err()).startsWith("antiphon: there is no command 'tra\\u001bin\\nx'");
  }

  @Test
  void whatIsNoPathIsToldWithoutNamesOfClasses() {
    Result result = antiphon("train", "--out", "a\0b");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("antiphon train: Invalid value for option '--out': no path: Nul character")
        .doesNotContain("java.");
  }

  @Test
  void anArgumentWithAnAtIsNoFileOfArguments() throws IOException {
    Path arguments = Files.writeString(temporary.resolve("arguments"), "--version");
    Result result = antiphon("@" + arguments);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).startsWith("antiphon: there is no command '@" + arguments + "'");
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() throws IOException {
    var err = new ByteArrayOutputStream();
    try (var full = new PrintStream("/dev/full", StandardCharsets.UTF_8)) {
      int code =
          Main.run(
              full,
              new PrintStream(err, true, StandardCharsets.UTF_8),
              "list",
              "--plugins",
              toys.toString());
      assertThat(code).isEqualTo(1);
    }
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines("antiphon: standard output cannot be written\n");
  }

  @Test
  void aReaderThatWantsNoMoreIsNoFailure() throws IOException {
    var err = new ByteArrayOutputStream();
    try (var full = new PrintStream("/dev/full", StandardCharsets.UTF_8)) {
      var terminal =
          new Terminal(full, new PrintStream(err, true, StandardCharsets.UTF_8), false, true);
      assertThat(Main.run(terminal, "list", "--plugins", toys.toString())).isZero();
    }
    assertThat(err.size()).isZero();
  }

  @Test
  void servingTakesAnAddressOrNone() {
    for (String serve : List.of("--serve", "--serve=8080", "--serve=0.0.0.0:auto")) {
      assertThat(withToys("train", serve, temporary.resolve("none.yaml").toString()).err())
          .as(serve)
          .contains("none.yaml")
          .doesNotContain("Unmatched");
    }
    assertThat(withToys("train", "--serve", "--set", "data={use: glyphs}").err())
        .contains("callbacks+=report")
        .contains("report");
  }

  @Test
  void aDryRunSaysThatItWasOne() {
    Result result = withToys("train", "--dry-run", "--set", "data={use: glyphs}");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("\ndry run: one batch was trained, and everything is there\n")
        .doesNotContain("interrupted");
  }

  @Test
  @Timeout(60)
  void aDiskThatIsFullLosesNoRowThatWasWritten() throws Exception {
    // the shell's unit is 512 bytes; then a write ends in the middle of a line
    List<String> train =
        List.of(arguments("train", "-q", "--set", "fit.epochs=100", "--set", "data={use: glyphs}"));
    Process process =
        new ProcessBuilder(limited(java(train)))
            .redirectError(temporary.resolve("err.txt").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isEqualTo(1);

    assertThat(Files.readString(temporary.resolve("err.txt")))
        .contains("antiphon: the run's folder lacks the last ", "File too large")
        .doesNotContain("\tat ");
    String history = Files.readString(temporary.resolve("run/history.csv"));
    assertThat(history).endsWith("\n");
    assertThat(history.lines().skip(1))
        .isNotEmpty()
        .allMatch(row -> row.matches("\\d+(,[^,]+){4}"));
  }

  private static List<String> limited(List<String> command) {
    var all = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f 3; exec \"$0\" \"$@\""));
    all.addAll(command);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "image --help", "image e.yaml -o image"})
  void whereThereIsNoBuildImagesAreMadeElsewhere(String line) {
    Result result = antiphon(line.split(" "));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("run './antiphon image' in a checkout").hasLineCount(1);
  }

  @Test
  void filesThatCannotBeUsedAreToldInASentence() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");

    Result result = antiphon("train", "--plugins", toys.toString(), "--out", file + "/run");

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains(file.toString()).doesNotContain("Exception").hasLineCount(1);
  }

  @Test
  void aBadJarAmongPlugInsIsNamedAndLeftOut() throws IOException {
    Path plugins = Files.createDirectory(temporary.resolve("plugins"));
    Path garbage = Files.writeString(plugins.resolve("garbage.jar"), "no jar at all");

    Result list = antiphon("list", "data", "--plugins", toys.toString(), "--plugins", "" + plugins);
    assertThat(list.code()).as(list.err()).isZero();
    assertThat(list.out()).contains("noise in four columns");
    assertThat(list.err())
        .contains("antiphon: plug-in '" + garbage + "' is left out: it cannot be read as a jar: ");

    Result train =
        withToys("train", "--plugins", plugins.toString(), "--set", "callbacks+=from-garbage");
    assertThat(train.code()).isEqualTo(2);
    assertThat(train.err()).contains(garbage.toString(), "there is no callback 'from-garbage'");
  }

  @Test
  void aPlugInThatLacksAModuleDoesNotHideTheOthers() throws IOException {
    Path plugins = Files.createDirectory(temporary.resolve("plugins"));
    Path lonely =
        Files.writeString(
            Files.createDirectory(temporary.resolve("lonely")).resolve("module-info.java"),
            "module lonely { requires static java.desktop; requires some.library; }");
    Path library =
        Files.writeString(
            Files.createDirectory(temporary.resolve("library")).resolve("module-info.java"),
            "module some.library {}");
    javac("-d", temporary.resolve("classes/some.library").toString(), library.toString());
    javac(
        "--module-path",
        temporary.resolve("classes").toString(),
        "-d",
        plugins.resolve("lonely").toString(),
        lonely.toString());
    javac(
        "--module-path",
        System.getProperty("jdk.module.path"),
        "-d",
        plugins.resolve("toys").toString(),
        "src/test/toys/module-info.java",
        "src/test/toys/toys/Toys.java");

    Result list = antiphon("list", "data", "--plugins", plugins.toString());

    assertThat(list.code()).as(list.err()).isZero();
    assertThat(list.out()).as(list.err()).contains("noise in four columns");
    assertThat(list.err())
        .isEqualToNormalizingNewlines(
            "antiphon: plug-in '%s' is left out: Module some.library not found, required by lonely;"
                    .formatted(plugins.resolve("lonely"))
                + " put its jar into the same folder\n");
  }

  @Test
  void aPlugInThatThrowsAnErrorIsNamedWithItsModule() {
    for (String command : List.of("train", "explain")) {
      Result result = withToys(command, "--set", "callbacks+=explode");
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err())
          .isEqualToNormalizingNewlines(
              "antiphon: --set callbacks+=explode: callback 'explode' of module toys:"
                  + " NoClassDefFoundError: some/Library\n");
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  @Timeout(60)
  void whatIsNoPlugInIsToldAndPassedOver() throws Exception {
    Path plugins = Files.createDirectory(temporary.resolve("plugins"));
    Path pipe = plugins.resolve("pipe.jar");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path jar = Files.createSymbolicLink(plugins.resolve("gone.jar"), Path.of("nowhere"));
    Path folder = Files.createSymbolicLink(plugins.resolve("gone"), Path.of("nowhere"));

    Result list = withToys("list", "data", "--plugins", plugins.toString());

    assertThat(list.code()).isZero();
    assertThat(list.out()).contains("noise in four columns");
    assertThat(list.err().lines())
        .containsExactlyInAnyOrder(
            "antiphon: plug-in '" + pipe + "' is left out: it is neither a file nor a folder",
            "antiphon: plug-in '" + jar + "' is left out: it is a link to what is not there",
            "antiphon: '" + folder + "' among the plug-ins is a link to what is not there");
  }

  @Test
  void aFolderThatMayNotBeReadIsToldAndPassedOver() throws IOException {
    Path plugins = Files.createDirectory(temporary.resolve("plugins"));
    Path secret = Files.createDirectory(plugins.resolve("secret"));
    Files.setPosixFilePermissions(secret, Set.of());
    Assumptions.assumeFalse(Files.isReadable(secret), "this user may read everything");

    Result list = withToys("list", "data", "--plugins", plugins.toString());

    assertThat(list.code()).isZero();
    assertThat(list.err())
        .isEqualToNormalizingNewlines(
            "antiphon: the folder '%s' of plug-ins is passed over: it may not be read by this user\n"
                .formatted(secret));
  }

  @Test
  void ofTwoPlugInsWithOnePackageTheFirstIsUsedAndBothAreNamed() throws IOException {
    Path plugins = Files.createDirectory(temporary.resolve("plugins"));
    for (String name : List.of("one", "two")) {
      Path sources = Files.createDirectory(temporary.resolve(name));
      Path info = Files.writeString(sources.resolve("module-info.java"), "module " + name + " {}");
      Path type = Files.writeString(sources.resolve("T.java"), "package shared; public class T {}");
      javac("-d", plugins.resolve(name).toString(), info.toString(), type.toString());
    }
    javac(
        "--module-path",
        System.getProperty("jdk.module.path"),
        "-d",
        plugins.resolve("toys").toString(),
        "src/test/toys/module-info.java",
        "src/test/toys/toys/Toys.java");

    Result list = antiphon("list", "data", "--plugins", plugins.toString());

    assertThat(list.out()).as(list.err()).contains("noise in four columns");
    assertThat(list.err())
        .startsWith("antiphon: plug-in '" + plugins.resolve("two") + "' is left out: ")
        .contains("shared", "one", "; put it into a folder of its own")
        .hasLineCount(1);
  }

  @Test
  void theRemedyForAModuleOfTheJdkIsAnImageThatHasIt() {
    assertThat(PluginModules.remedy("Module java.desktop not found, required by charts"))
        .isEqualTo(
            "; no jar brings it: './antiphon image FILE --add-modules java.desktop -o DIR', in a"
                + " checkout of Antiphon, makes an image that has it, of the experiment in FILE");
    assertThat(PluginModules.remedy("Module ai.djl.basicdataset not found, required by cities"))
        .isEqualTo("; put its jar into the same folder");
  }

  private static void javac(String... arguments) {
    int code = ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, arguments);
    assertThat(code).isZero();
  }

  @Test
  void explainTellsThePlanAndLeavesNothing() throws IOException {
    Result result = withToys("explain", "--set", "fit.epochs=5");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("use: glyphs", "5 epochs of 125 steps: 625 steps", "5 parameters", "BEFORE_FIT")
        .containsPattern(
            "(?m)^  convolutions are right.*, says the self-check$|wrong convolutions in");
    try (var files = Files.list(temporary)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void explainDrawsTheCurvesOfAPolicyAndOfSchedules() {
    Result result =
        withToys(
            "explain",
            "--set",
            "fit={policy: one-cycle, epochs: 4, lr: 0.01}",
            "--set",
            "callbacks+={schedule: {of: momentum, by: 'linear(0.9, 0)'}}");
    assertThat(result.err()).contains("no hyper-parameter 'momentum'; it has [lr]");
    result = withToys("explain", "--set", "fit={policy: one-cycle, epochs: 4, lr: 0.01}");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("  one-cycle: 4 epochs, 500 training batches\n")
        .contains("  lr by one-cycle(4.0E-4, 0.01, 1.0E-7, 0.25)\n        0.01 | ")
        .contains("***");
  }

  @Test
  void explainAndTrainRefuseTheSameInTheSameSentence() throws IOException {
    Path file = temporary.resolve("e.yaml");
    for (String[] each :
        new String[][] {
          {
            "fit: { policy: one-cycle }\ncallbacks: [{ schedule: { of: lr, by: 'linear(1, 0)' } }]",
            "2:15: callbacks 'schedule of lr' and 'one-cycle' both replace hyper-parameter 'lr'; leave"
                + " one of them out"
          },
          {
            "fit:\n  policy: one-cycle\n  lr: slice(1e-5, 1e-3)",
            "3:7: policy 'one-cycle': lr is slice(1.0E-5, 0.001), rates for several parts, but the"
                + " model is one part; split it, with 'parts: head' in the file or a splitter such as"
                + " Parts.head(1) in Java, or give one rate"
          },
          {
            "fit: { policy: flat-cos, lr: [1e-3, 1e-4] }",
            "1:30: policy 'flat-cos': lr is 0.001, 1.0E-4, rates for 2 parts, but the model is one part;"
                + " split it, with 'parts: head' in the file or a splitter such as Parts.head(1) in Java,"
                + " or give one rate"
          },
          {
            "fit:\n  policy: fine-tune\n  head: 100",
            "3:9: policy 'fine-tune': head is 100: the head is 100 layers of the model's 1, not 1 to 0"
          },
          {
            "parts:\n  names: { patterns: [nothing] }",
            "2:22: splitter 'names': patterns is [nothing]: no parameter's name has 'nothing' in it (or"
                + " an earlier pattern took it); there are [weight, bias]"
          },
          {
            "callbacks: [{ schedule: { of: lrr, by: 'linear(1, 0)' } }]",
            "1:15: callback 'schedule': this optimizer has no hyper-parameter 'lrr'; it has [lr]"
          },
          {
            "callbacks: [{ schedule: { of: mixup.alpha, by: 'linear(1, 0)' } }]",
            "1:15: callback 'schedule': there is no callback 'mixup' whose alpha a schedule could set;"
                + " no callback here offers a number"
          },
          {
            "callbacks: [{ schedule: { of: lr, by: 'linear(1, -2)' } }]",
            "1:15: callback 'schedule': lr by linear(1, -2) is -0.05 at progress 0.35, not 0 or more"
          },
          {
            "fit: { policy: sgdr, cycles: 1000000000, multiplier: 1 }",
            "1:30: policy 'sgdr': cycles is 1000000000; it must be in [1, 10,000]"
          },
          {
            "fit: { policy: one-cycle, epochs: 0.001 epochs }",
            "1:35: policy 'one-cycle': epochs is 0.001 epochs, which is no training step: an epoch has"
                + " 125; at least 1 step"
          },
        }) {
      Files.writeString(file, each[0]);
      for (String command : List.of("explain", "train")) {
        Result result = withToys(command, file.toString());
        assertThat(result.err())
            .isEqualToNormalizingNewlines("antiphon: " + file + ":" + each[1] + "\n");
        assertThat(result.code()).isEqualTo(2);
      }
    }
  }

  @Test
  void explainShowsThePolicysCallbackAndTheValuesOfSchedules() {
    Result result =
        withToys("explain", "--values", "4", "--set", "fit={policy: flat-cos, lr: 0.01}");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .containsPattern("(?m)^  flat-cos  order 600, replaces \\[hyper-parameter 'lr'\\]")
        .containsPattern("(?m)^        BEFORE_BATCH       flat-cos$")
        .containsPattern("(?m)^Values by flat-cos\n    progress              lr\n")
        .containsPattern("(?m)^        0.75            0.01\n           1           1e-07\n");
    Result none = withToys("explain", "--values", "4");
    assertThat(none.code()).isZero();
    assertThat(none.out()).doesNotContain("Values by");
    Result wrong = withToys("explain", "--values", "0");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).startsWith("antiphon: --values is 0; it must be in [1, 10,000]");
  }

  @Test
  void lrFindShowsTheCurveAndSuggestionsAndLeavesNothingButThePicture() throws IOException {
    Path picture = temporary.resolve("curve.svg");
    Result result =
        withToys("lr-find", "--iterations", "20", "--end", "0.1", "--svg", picture.toString());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .containsPattern("(?m)^batch +lr +loss$")
        .containsPattern("(?m)^   19  ")
        .containsPattern("(?m)^ +[0-9.]+ \\|.*\\*")
        .containsPattern("(?m)^valley +")
        .containsPattern("(?m)^steep +")
        .endsWith("picture in " + picture + System.lineSeparator());
    assertThat(picture).content().startsWith("<svg ").endsWith("</svg>\n");
    try (var files = Files.list(temporary)) {
      assertThat(files).containsExactly(picture);
    }
    Result picky = withToys("lr-find", "--svg", temporary.resolve("curve.png").toString());
    assertThat(picky.code()).isEqualTo(2);
    assertThat(picky.err()).contains("curve.png' does not end in .svg, and the picture is in SVG");
    Result wrong = withToys("lr-find", "--iterations", "3");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err())
        .startsWith("antiphon: iterations is 3; it must be at least 6")
        .hasLineCount(1);
  }

  @Test
  void trainEndsWithTheSummary() {
    Result result = withToys("train", "--set", "data={use: glyphs}", "--set", "fit.epochs=2");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .startsWith("model   cnn, 5 parameters\n")
        .hasLineCount(5); // this image has no component that shows progress
    assertThat(result.lastLine())
        .matches(
            "\\{\"epoch\":1,\"train_loss\":[0-9.E-]+,\"valid_loss\":[0-9.E-]+,\"accuracy\":4,"
                + "\"time\":[0-9.E-]+,\"run\":\".*run\"}");
    assertThat(temporary.resolve("run/history.csv")).exists();
    Result again = withToys("train");
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("the run's folder is not empty").hasLineCount(1);
  }

  @Test
  void aRunTellsFirstWhatTrainsOnWhatAndWhere() {
    Result result = withToys("train", "--dry-run", "--set", "data={use: glyphs}");
    assertThat(result.out())
        .containsPattern(
            "^model   cnn, 5 parameters\n"
                + "data    glyphs, 8 samples in 2 batches; 4 to validate\n"
                + "device  cpu, \\d+ threads?\n"
                + "run in  "
                + temporary.resolve("run")
                + "\n");
  }

  @Test
  void onATerminalNoLineOfJsonEndsARunUnlessItIsAskedFor() {
    String[] line = arguments("train", "--set", "data={use: glyphs}", "--set", "fit.epochs=1");
    Result watched = antiphon(true, line);
    assertThat(watched.code()).as(watched.err()).isZero();
    assertThat(watched.out()).doesNotContain("{");
    assertThat(watched.lastLine())
        .isEqualTo("its numbers are in " + temporary.resolve("run/history.csv"));

    for (String asked : List.of("--json", "--quiet")) {
      String out = temporary.resolve("run" + asked).toString();
      var arguments = new ArrayList<>(List.of(line));
      arguments.addAll(List.of("--out", out, asked));
      arguments.subList(3, 5).clear(); // the first --out
      assertThat(antiphon(true, arguments.toArray(String[]::new)).lastLine())
          .startsWith("{\"epoch\":0,")
          .endsWith(out + "\"}");
    }
  }

  @Test
  void aCommandThatFailsOnATerminalTellsWhyAndNoMore() {
    Result result = antiphon(true, "train", "none.yaml");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("antiphon: none.yaml: there is no such file");
  }

  @Test
  void quietSaysNothingButTheSummary() {
    Result result = withToys("train", "--quiet", "--set", "data={use: glyphs}");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).hasLineCount(1).startsWith("{\"epoch\":3,");
  }

  @Test
  void aFailedRunIsOneSentenceAndCodeOne() {
    Result result = withToys("train", "--set", "callbacks+=break");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .isEqualToNormalizingNewlines(
            "antiphon: training failed: callback 'break' failed at AFTER_LOSS (epoch 0, batch 0):"
                + " it broke\n");
    assertThat(result.lastLine())
        .startsWith("{\"run\":\"")
        .endsWith(
            "run\",\"error\":\"training failed: callback 'break' failed at AFTER_LOSS (epoch 0, batch 0):"
                + " it broke\"}");
    assertThat(withToys("train", "--debug", "--set", "data.width=x").err())
        .contains("\tat io.antiphon");
  }

  @Test
  void anErrorOfTheEngineIsOneSentenceWithItsPlace() {
    Result result = withToys("train", "--set", "data.width=3");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("antiphon: training failed at epoch 0, batch 0: ")
        .hasLineCount(1);
  }

  @Test
  void aWrongFileIsOneSentenceCodeTwoAndAlsoTheLastLine() throws IOException {
    Path file = temporary.resolve("e.yaml");
    Files.writeString(file, "model: cnn\nfit: { epocs: 3 }\n");
    Result result = withToys("train", file.toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .isEqualToNormalizingNewlines(
            "antiphon: "
                + file
                + ":2:8: policy 'fit' has no option 'epocs'; did you mean 'epochs'? It has epochs,"
                + " lr\n");
    assertThat(result.lastLine())
        .isEqualTo("{\"error\":\"" + result.err().strip().substring("antiphon: ".length()) + "\"}");
  }

  @Test
  void aRunGoesOnInItsFolder() {
    Path run = temporary.resolve("run");
    assertThat(withToys("train", "--set", "fit.epochs=2").code()).isZero();
    Result again = antiphon("train", "--plugins", toys.toString(), "--resume", run.toString());
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.out())
        .contains("there is no checkpoint to go on from; it begins at the beginning");
    assertThat(again.lastLine()).startsWith("{\"epoch\":1,");
  }

  @Test
  void whatARunLeftPredictsAndIsValidated() {
    String run = temporary.resolve("run").toString();
    Result trained = withToys("train", "--set", "fit.epochs=1");
    assertThat(trained.code()).as(trained.err()).isZero();
    Result validated = model("validate", "--confusion", run);
    assertThat(validated.out())
        .hasLineCount(1)
        .startsWith("{\"valid_loss\":")
        .contains("\"samples\":", "\"confusion\":{\"classes\":[\"0\"],\"counts\":[[0]]}");
    Result table = antiphon(true, "validate", "--plugins", toys.toString(), "--confusion", run);
    assertThat(table.out()).startsWith("is \\ says  0").contains("\nloss ").doesNotContain("{");
    Path mine = temporary.resolve("mine.yaml");
    Result sheet = antiphon("data", "--sheet", mine.toString());
    assertThat(sheet.code()).isEqualTo(2);
    assertThat(sheet.err()).contains("--sheet: '" + mine + "' does not end in .png");
    Result page = antiphon("compare", run, run, "--to", mine.toString());
    assertThat(page.code()).isEqualTo(2);
    assertThat(page.err()).contains("--to: '" + mine + "' does not end in .html");
    assertThat(antiphon("runs", run).out()).contains("\nrun  ");
    Result csv = model("predict", run);
    Result json = model("predict", "--json", run);
    assertThat(csv.out()).startsWith("sample,class,probability,p(0),");
    assertThat(json.out().lines().count()).isEqualTo(csv.out().lines().count() - 1);
    Result worst = antiphon("top-losses", "--plugins", toys.toString(), run);
    assertThat(worst.code()).isEqualTo(2);
    assertThat(worst.err()).contains("the loss of this model gives no values per sample");

    Result nowhere = antiphon("predict", temporary.resolve("nowhere").toString());
    assertThat(nowhere.code()).isEqualTo(2);
    assertThat(nowhere.err()).contains("nowhere: there is no such folder");
    Result none = antiphon("predict", "--plugins", toys.toString(), run, "new.idx");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("data 'glyphs' cannot be read from 'new.idx'");
    Result named = antiphon("validate", "--data", "new.idx", "--plugins", toys.toString(), run);
    assertThat(named.err()).isEqualTo(none.err());
    assertThat(antiphon("export", run, "--to", run + "-net").err())
        .contains("export needs module io.antiphon.export");
    assertThat(antiphon("top-losses", "-n", "0", run).err()).contains("-n is 0");
    assertThat(antiphon("predict").err()).contains("DIR");
  }

  private Result model(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(1, List.of("--plugins", toys.toString()));
    Result result = antiphon(all.toArray(String[]::new));
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  @Test
  void whatDoesNotGoOnIsTold() {
    Result nowhere = antiphon("train", "--resume", temporary.resolve("nowhere").toString());
    assertThat(nowhere.code()).isEqualTo(2);
    assertThat(nowhere.err()).contains("nowhere: there is no such folder of a run");
    Result both = antiphon("train", "--resume", temporary.toString(), "--set", "fit.epochs=2");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("it takes no FILE, no --set and no --out");
  }

  @Test
  @Timeout(60)
  void aSignalEndsTheRunAfterTheBatchWithItsSummary() throws IOException, InterruptedException {
    List<String> command = java(List.of(arguments("train", "--set", "fit.epochs=1000000")));
    Process process =
        new ProcessBuilder(command).redirectError(temporary.resolve("err.txt").toFile()).start();
    String last = "";
    try {
      Path history = temporary.resolve("run/history.csv");
      while (process.isAlive()
          && !(Files.exists(history) && Files.readString(history).contains("\n0,"))) {
        Thread.sleep(20);
      }
      process.toHandle().destroy(); // SIGTERM goes the way of Ctrl-C
      for (String line : process.inputReader(StandardCharsets.UTF_8).lines().toList()) {
        last = line;
      }
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(last)
        .as(Files.readString(temporary.resolve("err.txt")))
        .startsWith("{\"epoch\":")
        .doesNotStartWith("{\"epoch\":null");
    assertThat(process.exitValue()).isEqualTo(143);
  }

  /// The command in a JVM of its own.
  private static List<String> java(List<String> arguments) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-DDJL_CACHE_DIR=" + System.getProperty("DJL_CACHE_DIR"),
                "-DOPT_OUT_TRACKING=true",
                "-Dai.djl.offline=true",
                "--enable-native-access=ai.djl.pytorch_engine,io.antiphon.torch",
                "--module-path",
                System.getProperty("jdk.module.path"),
                "--class-path",
                System.getProperty("java.class.path"),
                "--module",
                "io.antiphon.cli/io.antiphon.cli.Main"));
    command.addAll(arguments);
    return command;
  }
}
