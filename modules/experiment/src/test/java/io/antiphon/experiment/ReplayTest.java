package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.antiphon.core.Checkpoint;
import io.antiphon.core.Journal;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
  @TempDir Path temporary;
  private final List<Journal.Entry> told = new ArrayList<>();

  /// Twelve steps in three epochs, saved after each, of which the seventh goes wrong.
  private void train(String callbacks) {
    String yaml =
        "device: cpu\ndata: glyphs\nmodel: { use: cnn, channels: [8] }\nloss: cross-entropy\noptimizer: adam\nmetrics: [accuracy]\nfit: { epochs: 3 }\ncallbacks: %s\n"
            .formatted(callbacks);
    Experiment experiment =
        ExperimentFile.parse(yaml, new Place("test", 0, 0, temporary)).resolve(Toys.catalog());
    try (Run run = Run.of(experiment, temporary.resolve("run"), _ -> {})) {
      run.train();
    }
  }

  private Replay replay(long step, long until) {
    Path run = temporary.resolve("run");
    Experiment own = ExperimentFile.read(Run.experiment(run)).resolve(Toys.catalog());
    return Replay.of(own, run, step, until, told::add);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(temporary)) {
      var all = new ArrayList<String>();
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        all.add(file + " " + Files.getLastModifiedTime(file) + " " + Files.size(file));
      }
      return all;
    }
  }

  @Test
  void itGoesOnFromTheNearestCheckpointAndComesToTheSameWeights() throws IOException {
    train("[keep, { spike: { at: 7 } }]");
    List<String> before = files();
    Replay replay = replay(5, 9);
    assertThat(replay.from().orElseThrow().steps()).isEqualTo(4);
    assertThat(replay.steps()).isEqualTo(9);
    assertThat(replay.same()).extracting(Checkpoint::steps).containsExactly(5L, 6L, 7L, 8L, 9L);
    assertThat(replay.other()).isEmpty();
    assertThat(replay.bad()).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void whoSpoiltTheLossIsFound() {
    train("[keep, { spike: { at: 7 } }]");
    replay(1, 12);
    assertThat(told.stream().map(Journal.Entry::step).distinct()).hasSize(12);
    assertThat(told.stream().filter(e -> e.what().equals("loss") && !e.who().equals("loss")))
        .extracting(Journal.Entry::step, Journal.Entry::who)
        .containsExactly(tuple(7L, "spike"));
  }

  @Test
  void observersHearNothingOfIt() throws IOException {
    Path told = temporary.resolve("told");
    train("[keep, { herald: { to: '%s' } }]".formatted(told));
    assertThat(Files.readString(told)).isEqualTo("1\n2\n3\n");
    assertThat(replay(5, 99).other()).isEmpty();
    assertThat(Files.readString(told)).isEqualTo("1\n2\n3\n");
  }

  @Test
  void withoutACheckpointItBeginsAtTheBeginning() throws IOException {
    train("[]");
    Replay replay = replay(3, 99);
    assertThat(replay.from()).isEmpty();
    assertThat(replay.steps()).isEqualTo(12);
    assertThat(told.getFirst().step()).isEqualTo(3);
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeTaken() throws IOException {
    train("[keep]");
    Files.write(temporary.resolve("run/checkpoints/step-0004/state.json"), new byte[3]);
    Replay replay = replay(5, 5);
    assertThat(replay.from().orElseThrow().steps()).isEqualTo(3);
    assertThat(replay.bad()).hasSize(1).first().asString().contains("step-0004");
  }

  @Test
  void checkpointsOutsideTheRunAreNotWrittenOver() {
    train("[{ keep: { dir: %s } }]".formatted(temporary.resolve("elsewhere")));
    assertThatThrownBy(() -> replay(5, 5))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("the run's checkpoints are outside its folder");
    assertThatThrownBy(() -> Run.experiment(temporary))
        .hasMessageContaining("this is no run's folder");
  }
}
