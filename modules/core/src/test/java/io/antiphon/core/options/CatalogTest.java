package io.antiphon.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.LossFunction;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.Summary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogTest {
  private static final Place HERE = new Place("e.yaml", 3, 7, Path.of("/base"));

  @TempDir Path temporary;

  @Id("here-loss")
  @Summary("a loss of this test")
  record HereLoss(@Summary("part of the others") double smoothing) implements LossProvider {
    HereLoss() {
      this(0.1);
    }

    @Override
    public LossFunction create() {
      return (_, targets) -> targets.head();
    }
  }

  /// Compiles a module of providers and puts it into a layer of its own.
  private ModuleLayer layer(String module, String provides, String source) throws IOException {
    Path sources = Files.createDirectories(temporary.resolve("src").resolve(module));
    Path classes = temporary.resolve("classes").resolve(module);
    Files.writeString(
        sources.resolve("module-info.java"),
        """
        module %s {
          requires io.antiphon.core;
          opens %s to io.antiphon.core;
          provides io.antiphon.core.spi.LossProvider with %s;
        }
        """
            .formatted(module, module, provides));
    Path file = sources.resolve(module.replace('.', '/')).resolve("All.java");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
        package %s;
        import io.antiphon.core.LossFunction;
        import io.antiphon.core.spi.*;
        %s
        """
            .formatted(module, source));
    var messages = new StringWriter();
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(messages),
                new PrintWriter(messages),
                "--module-path",
                System.getProperty("jdk.module.path"),
                "-d",
                classes.toString(),
                sources.resolve("module-info.java").toString(),
                file.toString());
    assertThat(code).as(messages.toString()).isZero();
    ModuleLayer boot = ModuleLayer.boot();
    Configuration configuration =
        boot.configuration().resolve(ModuleFinder.of(), ModuleFinder.of(classes), Set.of(module));
    return boot.defineModulesWithOneLoader(configuration, ClassLoader.getSystemClassLoader());
  }

  private static String component(String id, String name, String body) {
    return """
    %s
    public record %s(int size) implements LossProvider {
      public %s() { this(1); %s }
      public LossFunction create() { return (p, t) -> p.head(); }
    }
    """
        .formatted(id, name, name, body);
  }

  @Test
  void componentsOfLayersAreFoundAndBrokenOnesHideNoOther() throws IOException {
    ModuleLayer layer =
        layer(
            "plug.one",
            "plug.one.All.Good, plug.one.All.NoId, plug.one.All.BadId, plug.one.All.Throws,"
                + " plug.one.All.NoRecord, plug.one.All.Last",
            "public class All {"
                + component("@Id(\"good-one\") @Summary(\"is good\")", "Good", "")
                + component("", "NoId", "")
                + component("@Id(\"Bad_Id\")", "BadId", "")
                + component(
                    "@Id(\"throws\")",
                    "Throws",
                    "if (size == 1) throw new IllegalStateException(\"no defaults today\");")
                + """
                @Id("no-record") public static final class NoRecord implements LossProvider {
                  public LossFunction create() { return (p, t) -> p.head(); }
                }
                """
                + component("@Id(\"last-one\")", "Last", "")
                + "}");
    Catalog catalog = Catalog.of(List.of(ModuleLayer.boot(), layer));

    assertThat(catalog.components(Kind.LOSS))
        .extracting(Component::id)
        .containsExactly("good-one", "last-one", "throws");
    Component<LossProvider> good = catalog.get(Kind.LOSS, "good-one", HERE);
    assertThat(good.summary()).isEqualTo("is good");
    assertThat(good.module()).isEqualTo("plug.one");
    assertThat(good.options()).extracting(Option::name).containsExactly("size");
    assertThat(catalog.broken())
        .extracting(Catalog.Broken::toString)
        .containsExactlyInAnyOrder(
            "loss provider plug.one.All$NoId of module plug.one is broken: it has no @Id; write one"
                + " on the record",
            "loss provider plug.one.All$BadId of module plug.one is broken: its id 'Bad_Id' is not"
                + " lower-case letters, digits and hyphens, a letter first",
            "loss provider plug.one.All$NoRecord of module plug.one is broken: it is no record; a"
                + " component is the record of its options",
            "loss 'throws' of module plug.one is broken: no defaults today");
    assertThatThrownBy(() -> catalog.get(Kind.LOSS, "throws", HERE))
        .isInstanceOf(OptionException.class)
        .hasMessage("e.yaml:3:7: loss 'throws' of module plug.one is broken: no defaults today");
  }

  @Test
  void whateverAPlugInThrowsItHidesNoOtherAndIsNamedWithItsModule() throws IOException {
    ModuleLayer layer =
        layer(
            "plug.wild",
            "plug.wild.All.Asserts, plug.wild.All.Deep, plug.wild.All.Sneaks, plug.wild.All.Starts,"
                + " plug.wild.All.Unlinked, plug.wild.All.Fine",
            "public class All {"
                + component(
                    "@Id(\"asserts\")",
                    "Asserts",
                    "if (size == 1) throw new AssertionError(\"it asserts\");")
                + component("@Id(\"deep\")", "Deep", "deeper(0);")
                + component(
                    "@Id(\"sneaks\")",
                    "Sneaks",
                    "All.<RuntimeException>sneak(new Exception(\"sly\"));")
                + component("@Id(\"starts\")", "Starts", "if (Start.FAILED == 0) return;")
                + component("@Id(\"unlinked\")", "Unlinked", "")
                    .replace("implements LossProvider", "implements LossProvider, Gone")
                + component("@Id(\"fine\")", "Fine", "")
                + """
                interface Gone {}
                static class Start { static final int FAILED = Integer.parseInt("no number"); }
                static int deeper(int depth) { return deeper(depth + 1) + 1; }
                static <T extends Throwable> void sneak(Throwable thrown) throws T {
                  throw (T) thrown;
                }
                """
                + "}");
    Files.delete(temporary.resolve("classes/plug.wild/plug/wild/All$Gone.class"));
    Catalog catalog = Catalog.of(List.of(ModuleLayer.boot(), layer));

    assertThat(catalog.broken())
        .extracting(Catalog.Broken::module)
        .hasSize(5)
        .containsOnly("plug.wild");
    assertThat(catalog.broken())
        .extracting(Catalog.Broken::toString)
        .anyMatch(each -> each.endsWith("is broken: java.lang.AssertionError: it asserts"))
        .anyMatch(each -> each.startsWith("loss 'deep'") && each.contains("StackOverflowError"))
        .anyMatch(each -> each.endsWith("is broken: java.lang.Exception: sly"))
        .anyMatch(each -> each.startsWith("loss 'starts'") && each.contains("no number"))
        .anyMatch(each -> each.contains("plug.wild.All$Unlinked") && each.contains("All$Gone"));
    assertThat(catalog.get(Kind.LOSS, "fine", HERE).module()).isEqualTo("plug.wild");
    assertThatThrownBy(() -> catalog.get(Kind.LOSS, "unlinked", HERE))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("there is no loss 'unlinked'")
        .hasMessageContaining("plug.wild.All$Unlinked of module plug.wild is broken");
    for (String id : List.of("asserts", "deep", "sneaks", "starts")) {
      assertThatThrownBy(() -> catalog.get(Kind.LOSS, id, HERE))
          .isInstanceOf(OptionException.class)
          .hasMessageStartingWith("e.yaml:3:7: loss '" + id + "' of module plug.wild is broken: ");
    }
  }

  @Test
  void anIdThatTwoModulesClaimNamesBoth() throws IOException {
    String nested = "public class All {" + component("@Id(\"same\")", "Same", "") + "}";
    ModuleLayer one = layer("plug.one", "plug.one.All.Same", nested);
    ModuleLayer two = layer("plug.two", "plug.two.All.Same", nested);
    Catalog catalog = Catalog.of(List.of(ModuleLayer.boot(), one, two));

    String both =
        "several modules provide this id, leave all but one out: module plug.one in '%s'"
                .formatted(temporary.resolve("classes/plug.one"))
            + " (plug.one.All$Same), module plug.two in '%s' (plug.two.All$Same)"
                .formatted(temporary.resolve("classes/plug.two"));
    assertThatThrownBy(() -> catalog.get(Kind.LOSS, "same", HERE))
        .hasMessage("e.yaml:3:7: loss 'same': " + both);
    assertThat(catalog.find(Kind.LOSS, "same")).isEmpty();
    assertThat(catalog.broken())
        .extracting(Catalog.Broken::toString)
        .containsExactly("loss 'same' is broken: " + both);
  }

  @Test
  void aModuleThatDoesNotOpenItsOptionsIsToldWhatToWrite() throws IOException {
    String nested = "public class All {" + component("@Id(\"shut\")", "Shut", "") + "}";
    Path info = temporary.resolve("src/plug.shut/module-info.java");
    // compiled once to have the files, then again without the line
    layer("plug.shut", "plug.shut.All.Shut", nested);
    Files.writeString(
        info, Files.readString(info).replace("opens plug.shut to io.antiphon.core;", ""));
    Path classes = temporary.resolve("again");
    ToolProvider.findFirst("javac")
        .orElseThrow()
        .run(
            System.out,
            System.err,
            "--module-path",
            System.getProperty("jdk.module.path"),
            "-d",
            classes.toString(),
            info.toString(),
            temporary.resolve("src/plug.shut/plug/shut/All.java").toString());
    ModuleLayer boot = ModuleLayer.boot();
    ModuleLayer layer =
        boot.defineModulesWithOneLoader(
            boot.configuration()
                .resolve(ModuleFinder.of(), ModuleFinder.of(classes), Set.of("plug.shut")),
            ClassLoader.getSystemClassLoader());

    assertThat(Catalog.of(List.of(layer)).broken())
        .extracting(Catalog.Broken::because)
        .containsExactly(
            "module plug.shut does not open the package of options record"
                + " plug.shut.All$Shut; add 'opens plug.shut to io.antiphon.core;' to its"
                + " module-info.java");
  }

  @Test
  void anUnknownIdNamesTheNearestAndTheKnown() {
    Catalog catalog = Catalog.boot().with(new HereLoss());
    assertThatThrownBy(() -> catalog.get(Kind.LOSS, "her-loss", HERE))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "e.yaml:3:7: there is no loss 'her-loss'; did you mean 'here-loss'? There are"
                + " here-loss");
    assertThatThrownBy(() -> catalog.get(Kind.CALLBACK, "mixup", HERE))
        .hasMessage(
            "e.yaml:3:7: there is no callback 'mixup'; there are none; the module that provides it"
                + " may be missing here");
  }

  @Test
  void aComponentBindsItsOptions() {
    Component<LossProvider> component =
        Catalog.boot().with(new HereLoss()).get(Kind.LOSS, "here-loss", HERE);
    assertThat(component).hasToString("loss 'here-loss'");
    assertThat(component.options())
        .containsExactly(new Option("smoothing", "number", "0.1", "part of the others"));
    assertThat(component.bind(Node.Mapping.empty(HERE), Catalog.boot()))
        .isEqualTo(new HereLoss(0.1));
  }

  @Test
  void kindsAreNamedInSingularAndPlural() {
    assertThat(Kind.named("policy")).contains(Kind.POLICY);
    assertThat(Kind.named("policies")).contains(Kind.POLICY);
    assertThat(Kind.named("data")).contains(Kind.DATA);
    assertThat(Kind.named("polices")).isEmpty();
    assertThat(Kind.all()).hasSize(10);
  }
}
