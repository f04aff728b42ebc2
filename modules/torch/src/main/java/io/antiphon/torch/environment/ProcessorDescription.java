package io.antiphon.torch.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the operating system tells of the processor.
///
/// @param text lines `name : value`, as Linux has them in `/proc/cpuinfo`
record ProcessorDescription(String text) {
  private static final String AMD = "AuthenticAMD";

  /// {@return that of this machine; of nothing where it does not tell}
  static ProcessorDescription read() {
    Path description = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(description)) {
      String windows = System.getenv("PROCESSOR_IDENTIFIER");
      return new ProcessorDescription(windows == null ? "" : ofWindows(windows));
    }
    try {
      return new ProcessorDescription(Files.readString(description, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new ProcessorDescription(""); // what the machine does not tell is not known
    }
  }

  private static String ofWindows(String identifier) {
    String vendor = identifier.contains(AMD) ? AMD : "unknown";
    return "vendor_id : %s\nmodel name : %s\n".formatted(vendor, identifier);
  }

  /// {@return a value of the first processor}
  Optional<String> value(String name) {
    Matcher line = Pattern.compile("(?m)^" + name + "\\s*:[ \\t]*(.*\\S)").matcher(text);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }

  /// {@return whether oneDNN 3.7 may compute wrong convolutions here, end the process or write
  /// beyond an array, unless it is limited: with its kernels for AVX2, and on the processors of AMD
  /// and of its licensee Hygon, but for those that were measured and are right}
  boolean needsLimit() {
    boolean isSuspect =
        value("vendor_id")
            .filter(vendor -> vendor.equals(AMD) || vendor.equals("HygonGenuine"))
            .isPresent();
    return (isSuspect && !isMeasuredRight()) || endsWithAvx2();
  }

  /// EPYC of the fourth generation (Zen 4): docs/decisions/wrong-kernels.md.
  private boolean isMeasuredRight() {
    return value("cpu family").equals(Optional.of("25"))
        && value("model").equals(Optional.of("17"));
  }

  private boolean endsWithAvx2() {
    Set<String> flags = value("flags").map(all -> Set.of(all.split("\\s+"))).orElse(Set.of());
    return flags.contains("avx2") && !flags.contains("avx512f");
  }
}
