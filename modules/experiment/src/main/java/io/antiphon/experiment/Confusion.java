package io.antiphon.experiment;

import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Purpose;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Counts in a validation how often which class is taken for which, see [FinishedModel#confusion].
public final class Confusion implements Callback {
  private final List<String> names;
  private final long[][] counts;

  Confusion(List<String> names) {
    this.names = names;
    counts = new long[names.size()][names.size()];
  }

  @Override
  public Set<Purpose> purposes() {
    return EnumSet.of(Purpose.VALIDATE);
  }

  /// A sample whose target is no class, as one that is left out, is not counted.
  @Override
  public void afterBatch(Batch batch) {
    if (batch.targets().isEmpty()) {
      return;
    }
    long[] is = batch.targets().head().toType(DataType.INT64, false).toLongArray();
    long[] says = batch.predictions().head().argMax(-1).toLongArray();
    for (int i = 0; i < is.length; i++) {
      if (is[i] >= 0 && is[i] < names.size()) {
        counts[(int) is[i]][(int) says[i]]++;
      }
    }
  }

  @Override
  public boolean waitsForDevice() {
    return true; // for what is counted
  }

  /// {@return the classes, in the order of their indices}
  public List<String> names() {
    return names;
  }

  /// {@return for the samples of a class, how often each class was said, in the order of
  /// [#names()]}
  ///
  /// @param index the class's
  public List<Long> of(int index) {
    return Arrays.stream(counts[index]).boxed().toList();
  }

  /// {@return the classes, and the counts, a row for each class}
  JsonObject json() {
    var classes = new JsonArray();
    names.forEach(classes::add);
    var rows = new JsonArray();
    for (long[] row : counts) {
      var numbers = new JsonArray();
      for (long count : row) {
        numbers.add(count);
      }
      rows.add(numbers);
    }
    var json = new JsonObject();
    json.add("classes", classes);
    json.add("counts", rows);
    return json;
  }
}
