package io.antiphon.cli;

import picocli.CommandLine.IVersionProvider;

/// What `--version` says.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"antiphon " + own(), "Java " + java()};
  }

  /// {@return Antiphon's version}
  static String own() {
    Module module = Version.class.getModule();
    return module.isNamed()
        ? module.getDescriptor().rawVersion().orElse("(development)")
        : "(development)";
  }

  /// {@return the version of Java and the system that it runs on}
  static String java() {
    return "%s, %s %s"
        .formatted(Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"));
  }
}
