package io.antiphon.torch.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much memory a process may have, as Linux tells it.
///
/// Linux promises memory that it has not got, and ends the process that uses it; so whoever wants
/// much looks here first.
public final class PhysicalMemory {
  private static final Pattern SIZE = Pattern.compile("(?m)^(?:MemTotal|SwapTotal): +(\\d+) kB$");

  /// The groups of processes whose memory is limited, of the second version and the first.
  private static final Pattern GROUP =
      Pattern.compile("(?m)^(?:0:|\\d+:(?:[^:]*,)?memory(?:,[^:]*)?):(/.*)$");

  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

  private final Path root;

  /// @param root where `proc` and `sys` are
  PhysicalMemory(Path root) {
    this.root = root;
  }

  /// {@return the bytes that this process may have at most: what is built in, with what may be
  /// swapped out, or less where its container is limited; empty where nothing tells}
  public static OptionalLong bytes() {
    return new PhysicalMemory(Path.of("/")).limit();
  }

  /// {@return the bytes of this process that are in memory now; empty where nothing tells}
  public static OptionalLong resident() {
    return new PhysicalMemory(Path.of("/")).inUse();
  }

  OptionalLong inUse() {
    Matcher size = RESIDENT.matcher(text(Path.of("proc/self/status")));
    return size.find()
        ? OptionalLong.of(Long.parseLong(size.group(1)) << 10)
        : OptionalLong.empty();
  }

  OptionalLong limit() {
    long limit = 0;
    Matcher sizes = SIZE.matcher(text(Path.of("proc/meminfo")));
    while (sizes.find()) {
      limit += Long.parseLong(sizes.group(1)) << 10;
    }
    if (limit == 0) {
      return OptionalLong.empty();
    }
    Matcher groups = GROUP.matcher(text(Path.of("proc/self/cgroup")));
    while (groups.find()) {
      Path group = Path.of(groups.group(1));
      for (int length = group.getNameCount(); length >= 0; length--) {
        Path part = length == 0 ? Path.of("") : group.subpath(0, length);
        for (Path file :
            List.of(
                Path.of("sys/fs/cgroup").resolve(part).resolve("memory.max"),
                Path.of("sys/fs/cgroup/memory").resolve(part).resolve("memory.limit_in_bytes"))) {
          limit = Math.min(limit, number(text(file).strip()));
        }
      }
    }
    return OptionalLong.of(limit);
  }

  /// {@return what a limit says; no limit is a word, or no file}
  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
  }

  private String text(Path file) {
    try {
      return Files.readString(root.resolve(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return ""; // not Linux, or not told
    }
  }
}
