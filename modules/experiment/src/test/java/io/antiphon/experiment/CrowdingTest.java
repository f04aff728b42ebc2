package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrowdingTest {
  private static final long SECOND = 1_000_000_000;

  @TempDir Path folder;

  @Test
  void aThreadThatStoodInLineForHalfTheEpochIsToldWithTheRemedy() {
    var before = Map.of("1", 3 * SECOND, "2", 0L);
    var after = Map.of("1", 4 * SECOND, "2", 5 * SECOND);

    assertThat(Crowding.complaint(7, 10, before, after))
        .hasValue(
            "epoch 7 took 10.0 s, and for 5.0 s of them a thread of this run stood in line for a core:"
                + " other programs hold the cores; stop them, or train with fewer threads, as with"
                + " OMP_NUM_THREADS=1 in the environment");
  }

  @Test
  void whatWasBeforeTheEpochDoesNotCount() {
    var before = Map.of("1", 100 * SECOND);
    var after = Map.of("1", 104 * SECOND);
    assertThat(Crowding.complaint(0, 10, before, after)).isEmpty();
  }

  @Test
  void aThreadThatBeganInTheEpochCounts() {
    assertThat(Crowding.complaint(0, 10, Map.of(), Map.of("9", 6 * SECOND))).isPresent();
  }

  @Test
  void nobodyComplainsOfAShortEpoch() {
    assertThat(Crowding.complaint(0, 1, Map.of(), Map.of("1", SECOND))).isEmpty();
  }

  @Test
  void whatLinuxTellsOfEachThreadIsRead() throws IOException {
    Files.writeString(Files.createDirectory(folder.resolve("12")).resolve("schedstat"), "7 42 3\n");
    Files.createDirectory(folder.resolve("13")); // it ended meanwhile
    Files.writeString(Files.createDirectory(folder.resolve("14")).resolve("schedstat"), "?");

    assertThat(Crowding.waits(folder)).isEqualTo(Map.of("12", 42L));
    assertThat(Crowding.waits(folder.resolve("none"))).isEmpty();
  }
}
