package io.antiphon.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// `antiphon image` where images cannot be made: in an image.
@Command(
    name = "image",
    description = "Links the runtime image of an experiment; only in a checkout, with a JDK 25.")
final class NoImageCommand implements Callable<Integer> {
  static final String SENTENCE =
      "images are made of what a build left, by the JDK 25 that built it; run './antiphon image' in a"
          + " checkout of Antiphon, --help there tells its options";

  @Unmatched private List<String> ignored = new ArrayList<>();

  @Override
  public Integer call() {
    throw new WrongUsage(SENTENCE);
  }
}
