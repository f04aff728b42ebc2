package io.antiphon.cli;

import picocli.CommandLine.IVersionProvider;

/// What `--version` says.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    Module module = Version.class.getModule();
    String version =
        module.isNamed()
            ? module.getDescriptor().rawVersion().orElse("(development)")
            : "(development)";
    return new String[] {
      "antiphon " + version,
      "Java %s, %s %s"
          .formatted(
              Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"))
    };
  }
}
