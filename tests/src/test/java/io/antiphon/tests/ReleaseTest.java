package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What a release publishes, as the POMs have it.
class ReleaseTest {
  private static final String BOM = "antiphon-bom";

  @Test
  void theBomNamesEveryArtifactThatIsPublished() throws IOException {
    List<String> published =
        modules().stream()
            .map(ReleaseTest::pom)
            .filter(ReleaseTest::isPublished)
            .map(pom -> text(own(pom), "artifactId"))
            .filter(name -> !name.equals(BOM))
            .toList();
    assertThat(published).contains("antiphon-core", "antiphon-testkit", "antiphon-csv");
    assertThat(managed()).containsExactlyInAnyOrderElementsOf(published);
  }

  @Test
  void everythingUnderModulesAndPluginsIsPublishedAndNothingElse() throws IOException {
    for (String module : modules()) {
      assertThat(isPublished(pom(module)))
          .as(module)
          .isEqualTo(module.startsWith("modules/") || module.startsWith("plugins/"));
    }
  }

  @Test
  void theBomIsOfTheVersionsThatEverythingIsBuiltWith() throws IOException {
    String root = pom(".");
    String bom = pom("modules/bom");
    for (String name : List.of("version", "djl.version", "pytorch.version")) {
      assertThat(text(bom, name)).as(name).isEqualTo(text(root, name));
    }
    assertThat(text(root, "pytorch.platform")).isEqualTo(text(bom, "classifier"));
  }

  @Test
  void everyPublishedArtifactSaysWhatItIs() throws IOException {
    for (String module : modules()) {
      String pom = pom(module);
      if (isPublished(pom)) {
        assertThat(own(pom)).as(module).contains("<name>", "<description>");
      }
    }
  }

  private static List<String> modules() {
    return texts(pom("."), "module");
  }

  /// {@return the artifacts of ours that the BOM has a version for}
  private static List<String> managed() {
    return Pattern.compile("<groupId>io.antiphon</groupId>\\s*<artifactId>([^<]+)</artifactId>")
        .matcher(pom("modules/bom").replaceFirst("<artifactId>" + BOM + "</artifactId>", ""))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static boolean isPublished(String pom) {
    return !pom.contains("<maven.deploy.skip>true<");
  }

  private static String pom(String module) {
    try {
      return Files.readString(Checkout.root().resolve(Path.of(module, "pom.xml")));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// {@return a POM without what it says of its parent}
  private static String own(String pom) {
    return pom.substring(pom.indexOf("</parent>") + 1);
  }

  private static String text(String pom, String element) {
    return texts(pom, element).getFirst();
  }

  private static List<String> texts(String pom, String element) {
    return Pattern.compile("<%1$s>([^<]*)</%1$s>".formatted(Pattern.quote(element)))
        .matcher(pom)
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }
}
