package io.antiphon.experiment;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.core.options.OptionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class SettingFuzzTest {
  /// Enough to append to what another one made.
  private static final int MOST = 3;

  /// Any `--set` changes the experiment or is refused in one sentence that shows it.
  @FuzzTest
  void anySettingChangesTheExperimentOrIsRefused(FuzzedDataProvider data) {
    var settings = new ArrayList<String>();
    int count = data.consumeInt(1, MOST);
    for (int i = 1; i < count; i++) {
      settings.add(data.consumeString(100));
    }
    settings.add(data.consumeRemainingAsString());
    try {
      ExperimentFile changed = ExperimentFile.builtIn().with(List.copyOf(settings), Path.of(""));
      changed.components();
      ExperimentFile.parse(YamlText.of(changed.tree()), changed.tree().place());
    } catch (OptionException e) {
      Refusal.check(e, "--set ");
    }
  }
}
