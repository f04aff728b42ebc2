package io.antiphon.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.Level;
import io.antiphon.core.Row;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.spi.ComparisonPage;
import io.antiphon.experiment.Experiment;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import io.antiphon.testkit.TinyTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages as people see them, in a real browser. `-Dantiphon.pictures=DIR` leaves pictures of them.
class InABrowserTest {
  private static final int WIDE = 1280;
  private static final int PHONE = 390;

  @TempDir Path temporary;

  private Browser browser;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    Optional<Browser> found = Browser.open(temporary.resolve("profile"));
    assumeTrue(found.isPresent(), "left out: there is no chromium on the PATH to show reports");
    browser = found.get();
  }

  @AfterEach
  void close() {
    if (browser != null) {
      browser.close();
    }
  }

  private Path report() {
    List<String> settings =
        List.of(
            "data={use: glyphs, train: 512, valid: 128, batch-size: 16}",
            "model={use: cnn, channels: [8, 16]}",
            "device=cpu",
            "fit={policy: one-cycle, epochs: 4, lr: 0.01}",
            "callbacks=[report]");
    Experiment experiment =
        ExperimentFile.builtIn().with(settings, temporary).resolve(Catalog.boot());
    try (Run run = Run.of(experiment, temporary.resolve("run"), _ -> {})) {
      io.antiphon.schedule.LrFinder.STANDARD.iterations(50).find(run.prepared().learner());
      run.train();
    }
    return temporary.resolve("run/report.html");
  }

  /// Looks at a page in light and dark colours, on a screen and on a telephone.
  private void look(String name) throws IOException, InterruptedException {
    for (boolean dark : List.of(false, true)) {
      for (int width : List.of(WIDE, PHONE)) {
        browser.shows(width, 900, dark);
        browser.waitFor("innerWidth === " + width);
        assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
            .as("nothing is cut off at %d pixels", width)
            .isLessThanOrEqualTo(width);
        String pictures = System.getProperty("antiphon.pictures");
        if (pictures != null) {
          String shown = "%s-%s-%d.png".formatted(name, dark ? "dark" : "light", width);
          browser.photograph(Files.createDirectories(Path.of(pictures)).resolve(shown));
        }
        assertThat(browser.faults()).as("accessibility, dark: %s, %d", dark, width).isEmpty();
      }
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aReportIsDrawnForEveryoneWithoutAComplaint() throws IOException, InterruptedException {
    Path file = report();
    assertThat(Files.size(file)).isLessThan(1_000_000);
    browser.go(file.toUri().toString());
    assertThat(browser.text("[...document.querySelectorAll('h3')].map(h => h.textContent).join()"))
        .contains("loss", "accuracy", "lr", "norm of gradients", "mean of activations")
        .contains("learning-rate finder", "02ConvBlock", "05Linear");
    assertThat(browser.evaluate("document.querySelectorAll('canvas').length").getAsInt())
        .isEqualTo(browser.evaluate("document.querySelectorAll('figure').length").getAsInt());
    assertThat(browser.text("document.querySelector('.read').textContent"))
        .matches("step 128: each batch [0-9.]+ · smoothed [0-9.]+ · validation [0-9.]+");
    look("report");
  }

  @Test
  void aReportIsUsedByKeys() throws IOException, InterruptedException {
    browser.go(report().toUri().toString());
    browser.shows(WIDE, 900, false);
    browser.press("Tab");
    assertThat(browser.text("document.activeElement.textContent")).isEqualTo("Skip to the curves");
    browser.press("Enter");
    browser.press("Tab");
    assertThat(browser.text("document.activeElement.ariaLabel")).isEqualTo("log scale of loss");
    browser.press("Enter");
    assertThat(browser.text("document.activeElement.ariaPressed")).isEqualTo("true");
    browser.press("Tab");
    String read = "document.activeElement.parentElement.querySelector('.read').textContent";
    browser.press("ArrowRight");
    assertThat(browser.text(read)).startsWith("step 1: each batch");
    browser.press("ArrowRight");
    browser.press("+");
    assertThat(browser.text(read)).startsWith("step 4: each batch");
    browser.press("ArrowLeft");
    browser.press("0");
    assertThat(browser.text(read)).matches("step [123]: .*");
    browser.press("Tab");
    browser.press("Enter");
    assertThat(browser.text("document.activeElement.ariaPressed")).isEqualTo("false");
    assertThat(browser.text("document.querySelector('.read').textContent"))
        .doesNotContain("each batch");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void runsSideBySideAreDrawnForEveryone() throws IOException, InterruptedException {
    var runs = List.of(side("one", 0.5, 0.7, 0.6), side("other", 0.9, 0.8));
    var differences = new LinkedHashMap<>(Map.of("fit.lr", List.of("0.01", "")));
    Path file =
        Files.writeString(
            temporary.resolve("compared.html"),
            new SideBySide()
                .html(
                    new ComparisonPage.Comparison(
                        "one, other", List.of(), runs, differences, Map.of("accuracy", true))));
    browser.go(file.toUri().toString());
    assertThat(browser.evaluate("document.querySelectorAll('canvas').length").getAsInt()).isOne();
    String colours =
        "[...document.querySelectorAll('.keys > *')].map(k => k.style.getPropertyValue('--own'))";
    assertThat(browser.evaluate("new Set(" + colours + ").size").getAsInt())
        .as("each run has a colour of its own")
        .isEqualTo(2);
    look("compared");
  }

  private static ComparisonPage.Run side(String name, double... accuracies) {
    var rows = new java.util.ArrayList<Row>();
    for (int i = 0; i < accuracies.length; i++) {
      List<Row.Cell> cells = List.of(new Row.Cell("accuracy", accuracies[i]));
      rows.add(new Row(i, i, 100L * (i + 1), cells, 0.1, 1, false));
    }
    return new ComparisonPage.Run(name, new LinkedHashMap<>(Map.of("state", "finished")), rows);
  }

  @Test
  void aRunIsSeenLiveToItsEnd() throws Exception {
    var enough = new AtomicBoolean();
    var report = new Report(new Report.Options(temporary.resolve("report.html")).serve("auto"));
    var begun = new CompletableFuture<URI>();
    var teller =
        new Callback() {
          @Override
          public void afterBatch(Batch batch) {
            begun.complete(report.address().orElseThrow());
            LockSupport.parkNanos(20_000_000); // the browser needs the processor more
            if (enough.get()) {
              batch.fit().stopAfter(Level.EPOCH, "seen");
            }
          }
        };
    var training =
        CompletableFuture.runAsync(
            () -> {
              try (Learner learner = TinyTask.learner().callbacks(report, teller).build()) {
                learner.fit(10_000_000);
              }
            },
            task -> Thread.ofPlatform().start(task));
    try {
      URI address = begun.get(5, TimeUnit.MINUTES);
      assertThat(address.toString()).matches("http://127\\.0\\.0\\.1:[0-9]+/");
      browser.go(address.toString());
      String step =
          "Number(document.querySelector('.read').textContent.replace(/^step ([0-9,]+).*/, '$1').replace(/,/g, ''))";
      browser.waitFor("document.querySelector('.read')");
      browser.evaluate("window.former = " + step);
      browser.waitFor(step + " > window.former");
      browser.evaluate("document.querySelector('.plot').focus()");
      browser.waitFor("document.getElementById('epochs')");
      assertThat(browser.text("document.querySelector('.state').textContent")).isEqualTo("running");
      assertThat(browser.text("document.getElementById('live').textContent")).isEqualTo("Live.");
      assertThat(
              browser
                  .evaluate("document.querySelectorAll('#curves figure.first').length")
                  .getAsInt())
          .isOne();
      look("live");
      browser.evaluate("window.former = " + step);
      browser.waitFor(step + " > window.former");
      enough.set(true);
      browser.waitFor("document.querySelector('.state').textContent === 'stopped: seen'");
      assertThat(browser.text("document.getElementById('live').textContent"))
          .isEqualTo("The run is over; this page stays as it is.");
    } finally {
      enough.set(true);
      training.get(5, TimeUnit.MINUTES);
    }
    assertThat(report.address()).isEmpty();
    assertThat(browser.complaints()).isEmpty();
  }
}
