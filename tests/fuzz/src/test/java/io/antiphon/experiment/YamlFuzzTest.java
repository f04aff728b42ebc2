package io.antiphon.experiment;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.nio.file.Path;

class YamlFuzzTest {
  private static final Place PLACE = new Place("e.yaml", 0, 0, Path.of("/"));

  /// Any text is an experiment, which can be written and read again, or is refused in one sentence
  /// with its place.
  @FuzzTest
  void anyTextIsAnExperimentOrRefusedInItsPlace(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    try {
      Node.Mapping tree = Yaml.mapping(text, PLACE);
      String written = YamlText.of(tree);
      Node.Mapping again = Yaml.mapping(written, PLACE);
      if (!again.equals(tree) || !YamlText.of(again).equals(written)) {
        throw new AssertionError("written as\n" + written + "\nbut read as\n" + YamlText.of(again));
      }
      ExperimentFile.parse(text, PLACE);
    } catch (OptionException e) {
      Refusal.check(e, "e.yaml");
    }
  }
}
