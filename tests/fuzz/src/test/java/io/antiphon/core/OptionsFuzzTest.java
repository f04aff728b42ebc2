package io.antiphon.core;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.experiment.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

class OptionsFuzzTest {
  private static final Place PLACE = new Place("e.yaml", 3, 7, Path.of("/"));

  enum Word {
    ONE,
    TWO_WORDS
  }

  /// Every type that an option can have.
  record Every(
      int whole,
      long large,
      double real,
      float single,
      boolean truth,
      String text,
      Word word,
      Path path,
      Duration duration,
      Length length,
      List<Integer> list,
      Optional<String> maybe,
      OptionalInt perhaps,
      OptionalDouble number) {
    static final Every DEFAULTS =
        new Every(
            1,
            2,
            3,
            4,
            true,
            "five",
            Word.ONE,
            Path.of("/six"),
            Duration.ofSeconds(7),
            Length.epochs(8),
            List.of(9),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalDouble.empty());
  }

  /// Any word is a value, which can be written and read again, or is refused in its place.
  @FuzzTest
  void anyWordIsAValueOrRefusedInItsPlace(FuzzedDataProvider data) {
    List<String> names = Options.tree(Every.DEFAULTS).keys();
    var entries = new ArrayList<Node.Entry>();
    String name = data.pickValue(names);
    boolean quoted = data.consumeBoolean();
    Node value = new Node.Scalar(PLACE, data.consumeRemainingAsString(), quoted);
    if (name.equals("list")) {
      value = new Node.Sequence(PLACE, List.of(value, value));
    }
    entries.add(new Node.Entry(name, PLACE, value));
    try {
      Every bound =
          Options.bind("a test", Every.DEFAULTS, new Node.Mapping(PLACE, List.copyOf(entries)));
      Every again = Options.bind("a test", Every.DEFAULTS, Options.tree(bound));
      if (!again.equals(bound)) {
        throw new AssertionError(bound + " was read again as " + again);
      }
    } catch (OptionException e) {
      Refusal.check(e, "e.yaml:3:7");
    }
  }
}
