package io.antiphon.csv;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.data.DataException;
import io.antiphon.experiment.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class CsvFuzzTest {
  private static final Place PLACE = new Place("e.yaml", 1, 1, Path.of("/"));

  /// Any bytes are a table, or are refused in one sentence that names the file.
  @FuzzTest
  void anyBytesAreATableOrRefused(FuzzedDataProvider data) throws IOException {
    Path file = Path.of("table.csv").toAbsolutePath();
    var entries = new ArrayList<Node.Entry>();
    entries.add(entry("file", file.toString()));
    entries.add(entry("target", data.pickValue(List.of("y", "a", "1"))));
    entries.add(entry("missing", data.pickValue(List.of("median", "mean", "drop"))));
    entries.add(entry("header", data.pickValue(List.of("true", "false"))));
    entries.add(entry("decimal", data.pickValue(List.of(".", ","))));
    String head = data.pickValue(List.of("", "a,y\n", "a;b;y\n1;2;3\n", "y,a\nyes,1\nno,2\n"));
    byte[] rest = data.consumeRemainingAsBytes();
    try (var out = Files.newOutputStream(file)) {
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(rest);
    }
    try {
      Csv.Options options =
          Options.bind("csv", new Csv.Options(), new Node.Mapping(PLACE, List.copyOf(entries)));
      Layout layout = Layout.of(options);
      Rows.read(options, layout, file);
    } catch (OptionException e) {
      Refusal.check(e, "e.yaml");
    } catch (DataException e) {
      Refusal.checkHolds(e, file.toString());
    }
  }

  private static Node.Entry entry(String name, String value) {
    return new Node.Entry(name, PLACE, new Node.Scalar(PLACE, value, true));
  }
}
