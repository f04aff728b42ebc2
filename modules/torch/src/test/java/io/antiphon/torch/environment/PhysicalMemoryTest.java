package io.antiphon.torch.environment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhysicalMemoryTest {
  private static final String SIZES =
      """
      MemTotal:       24000000 kB
      MemFree:         1000000 kB
      SwapTotal:       1000000 kB
      SwapFree:              0 kB
      """;

  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private long limit() {
    return new PhysicalMemory(root).limit().orElseThrow();
  }

  @Test
  void whatIsResidentIsInUse() throws IOException {
    assertThat(new PhysicalMemory(root).inUse()).isEmpty();
    write("proc/self/status", "Name:\tjava\nVmRSS:\t  123456 kB\n");
    assertThat(new PhysicalMemory(root).inUse()).hasValue(123_456L << 10);
    assertThat(PhysicalMemory.resident().orElseThrow()).isGreaterThan(1 << 20);
  }

  @Test
  void itIsWhatIsBuiltInWithWhatMayBeSwappedOut() throws IOException {
    write("proc/meminfo", SIZES);
    assertThat(limit()).isEqualTo(25_000_000L << 10);
  }

  @Test
  void aContainerHasWhatItsGroupOrAGroupAroundItAllows() throws IOException {
    write("proc/meminfo", SIZES);
    write("proc/self/cgroup", "0::/pods/one\n");
    write("sys/fs/cgroup/pods/one/memory.max", "max\n");
    write("sys/fs/cgroup/pods/memory.max", "8000000000\n");
    write("sys/fs/cgroup/memory.max", "9000000000\n");
    assertThat(limit()).isEqualTo(8_000_000_000L);
    write("sys/fs/cgroup/pods/one/memory.max", "500000000\n");
    assertThat(limit()).isEqualTo(500_000_000);
  }

  @Test
  void theFirstVersionOfGroupsCountsToo() throws IOException {
    write("proc/meminfo", SIZES);
    write("proc/self/cgroup", "11:cpu,cpuacct:/a\n4:memory:/a\n");
    write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "700000000\n");
    assertThat(limit()).isEqualTo(700_000_000);
  }

  @Test
  void whereNothingTellsNothingIsKnown() {
    assertThat(new PhysicalMemory(root).limit()).isEmpty();
  }
}
