package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
            .filter(pom -> !pom.contains("<packaging>")) // but itself, and what nobody depends on
            .map(pom -> text(own(pom), "artifactId"))
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
  void projectsOfTheirOwnUseThePluginsAndTestLibrariesOfTheBuild() throws IOException {
    String root = pom(".");
    for (String project :
        List.of(
            "examples/third-party-plugin",
            "examples/module-path",
            "modules/archetype/src/main/resources/archetype-resources")) {
      Map<String, String> versions = versions(pom(project));
      assertThat(versions).as(project).containsKeys("junit-jupiter", "maven-compiler-plugin");
      versions.forEach((name, version) ->
          assertThat(version.replaceAll("^@(.*)@$", "\\${$1}"))
              .as("%s in %s", name, project)
              .isIn(own(root, name), resolved(root, own(root, name))));
    }
  }

  /// {@return what of ours or of others a POM gives a version itself}
  private static Map<String, String> versions(String pom) {
    return Pattern.compile("<artifactId>([^<]+)</artifactId>\\s*<version>([^<$]+)</version>")
        .matcher(pom.substring(pom.indexOf("<dependencies>")))
        .results()
        .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
  }

  /// {@return the version that the root gives something, as it is written there}
  private static String own(String root, String name) {
    String in = name.equals("junit-jupiter") ? "junit-bom" : name;
    var found =
        Pattern.compile("<artifactId>%s</artifactId>\\s*<version>([^<]+)<".formatted(in))
            .matcher(root);
    assertThat(found.find()).as(name).isTrue();
    return found.group(1);
  }

  private static String resolved(String root, String version) {
    return version.startsWith("${")
        ? text(root, version.substring(2, version.length() - 1))
        : version;
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
