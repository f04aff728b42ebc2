package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/// Runs in the folder where all are, as somebody who stands beside it names them.
@ResourceLock("training")
class RunsTest {
  @TempDir Path folder;

  @BeforeEach
  void leaveRuns() throws IOException {
    for (String rate : List.of("0.5", "0.25")) {
      Path run = Files.createDirectories(folder.resolve("runs/by-" + rate));
      Files.writeString(
          run.resolve("experiment.yaml"),
          "data: glyphs\noptimizer: { use: sgd, lr: " + rate + " }");
      Files.createFile(run.resolve("metrics.jsonl"));
    }
  }

  private Checkout.Result antiphon(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Checkout.built().resolve("image/bin/antiphon").toString());
    command.addAll(List.of(arguments));
    return Checkout.run(folder, Map.of(), command);
  }

  @Test
  void runsAreComparedByTheNamesByWhichTheyAreListed() throws Exception {
    assertThat(antiphon("runs").out())
        .containsPattern("(?m)^by-0.5 ")
        .containsPattern("(?m)^by-0.25 ");
    Checkout.Result byName = antiphon("compare", "by-0.5", "by-0.25");
    assertThat(byName.code()).as(byName.err()).isZero();
    assertThat(byName.out()).containsPattern("(?m)^ {2}optimizer\\.lr +0\\.5 +0\\.25$");
    assertThat(antiphon("compare", "runs/by-0.5", "runs/by-0.25").out()).isEqualTo(byName.out());
  }

  @Test
  void oneThatIsNowhereIsNamedAsItWasWritten() throws Exception {
    Checkout.Result result = antiphon("compare", "by-0.5", "by-0.75");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("antiphon: by-0.75: there is no such folder");
  }
}
