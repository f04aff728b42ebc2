package io.antiphon.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The site of these very documents.
class SiteTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent().getParent();
  private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    assertThat(new Site(ROOT).write(folder)).isGreaterThan(40);
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".html")).toList();
    }
  }

  @Test
  void everyLinkLeadsToAPageAndAPlaceOnIt() throws IOException {
    var broken = new TreeSet<String>();
    for (Path page : pages()) {
      for (MatchResult found : REFERENCE.matcher(Files.readString(page)).results().toList()) {
        String[] link = found.group(1).split("#", 2);
        if (Links.isOutside(link[0])) {
          continue;
        }
        Path target = link[0].isEmpty() ? page : page.resolveSibling(link[0]).normalize();
        boolean isThere =
            Files.isRegularFile(target)
                && (link.length == 1
                    || Files.readString(target).contains("id=\"" + link[1] + "\""));
        if (!isThere) {
          broken.add(folder.relativize(page) + " links to " + found.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyDocumentIsInTheNavigation() throws IOException {
    String page = Files.readString(folder.resolve("docs/callbacks.html"));
    try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(".md") && !name.equals("README.md"))
          .hasSizeGreaterThan(20)
          .allSatisfy(
              name -> assertThat(page).contains("<li><a href=\"" + name.replace(".md", ".html")));
    }
  }

  @Test
  void nothingIsAskedOfTheNetwork() throws IOException {
    for (Path page : pages()) {
      assertThat(Files.readString(page))
          .doesNotContainPattern("src=\"https?:|stylesheet\" href=\"h");
    }
    assertThat(Files.readString(folder.resolve("site.css"))).doesNotContain("url(", "@import");
    assertThat(Files.readString(folder.resolve("site.js"))).doesNotContain("fetch(", "import(");
  }

  @Test
  void aLinkThatLeadsNowhereIsNamed(@TempDir Path root, @TempDir Path out) throws IOException {
    Files.createDirectories(root.resolve("docs"));
    Files.writeString(root.resolve("docs/README.md"), "# All\n\n## One\n* [gone](gone.md)\n");
    assertThatThrownBy(() -> new Site(root).write(out))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("docs/README.md links to 'gone.md', which is not there");
  }

  @Test
  void theJavadocOfAllModulesIsAtItsEnd(@TempDir Path root, @TempDir Path out) throws IOException {
    Files.createDirectories(root.resolve("docs"));
    Files.writeString(root.resolve("docs/README.md"), "# All\n");
    module(root, "modules/first", "first", "/// What `Second` is not.\npublic class First {}");
    module(root, "plugins/second", "second", "/// No [First].\npublic class Second {}");
    assertThatThrownBy(() -> Api.write(root, out, ""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Second.java:3")
        .hasMessageContaining("reference not found");
    module(root, "plugins/second", "second", "/// Another.\npublic class Second {}");
    Api.write(root, out, "");
    new Site(root).write(out);
    assertThat(out.resolve("api/first/first/First.html")).isRegularFile();
    assertThat(out.resolve("api/second/second/Second.html")).isRegularFile();
    assertThat(out.resolve("docs/README.html"))
        .content()
        .contains("<a href=\"../api/index.html\">Javadoc</a>");
  }

  private static void module(Path root, String folder, String name, String type)
      throws IOException {
    Path sources = Files.createDirectories(root.resolve(folder, "src/main/java", name));
    Files.writeString(
        sources.resolveSibling("module-info.java"),
        "/// One.\nmodule %1$s {\n  exports %1$s;\n}\n".formatted(name));
    String file = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + ".java";
    Files.writeString(sources.resolve(file), "package %s;\n\n%s\n".formatted(name, type));
  }

  @Test
  void aBrowserFindsWhatIsSearchedFor(@TempDir Path profile) throws Exception {
    Optional<String> shown = browser(profile, "docs/callbacks.html?q=early-stopping");
    if (shown.isEmpty()) {
      System.out.println("left out: there is no Chromium on the PATH");
      return;
    }
    assertThat(shown.get()).contains("data-colours=\"").contains("aria-current=\"page\"");
    String found = shown.get().replaceFirst("(?s).*<div id=\"found\"", "");
    found = found.substring(0, found.indexOf("</div>"));
    assertThat(found).doesNotContain("hidden").contains("early-stopping", "href=\"../docs/");
    assertThat(browser(profile, "docs/README.html?q=nosuchword").orElseThrow())
        .contains("Nothing has all of these words.");
  }

  @Test
  void aReaderChoosesTheColoursAndTypesWhatToSearchFor(@TempDir Path profile) throws Exception {
    String page = Files.readString(folder.resolve("docs/callbacks.html"));
    String acts =
        """
        <script>
          addEventListener("load", () => {
            document.body.dataset.before = page.dataset.colours;
            button.click();
            field.value = "early-stopping";
            field.dispatchEvent(new Event("input"));
          });
        </script>
        """;
    Path tried = folder.resolve("docs/tried.html");
    Files.writeString(tried, page + acts);
    Optional<String> shown = browser(profile, "docs/tried.html");
    Files.delete(tried);
    if (shown.isEmpty()) {
      System.out.println("left out: there is no Chromium on the PATH");
      return;
    }
    String before = shown.get().replaceFirst("(?s).*data-before=\"(\\w+)\".*", "$1");
    String after = before.equals("dark") ? "light" : "dark";
    assertThat(before).isIn("dark", "light");
    assertThat(shown.get()).contains("data-colours=\"" + after + "\"");
    String found = shown.get().replaceFirst("(?s).*<div id=\"found\"", "");
    assertThat(found.substring(0, found.indexOf("</div>")))
        .doesNotContain("hidden")
        .contains("early-stopping", "href=\"../docs/");
  }

  /// {@return what a page has become in Chromium, if there is one}
  private static Optional<String> browser(Path profile, String address) throws Exception {
    Optional<Path> program =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .flatMap(path ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(path, name)))
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) {
      return Optional.empty();
    }
    var command =
        new ArrayList<>(
            List.of(
                program.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + profile.resolve("profile"),
                "--virtual-time-budget=3000",
                "--enable-logging=stderr",
                "--dump-dom",
                folder.toUri() + address));
    Path out = profile.resolve("page.html");
    Path told = profile.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(told.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("the browser ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readAllLines(told)).noneMatch(line -> line.contains("CONSOLE"));
    return Optional.of(Files.readString(out));
  }
}
