package io.antiphon.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.core.Learner;
import io.antiphon.testkit.TinyTask;
import io.antiphon.training.Ema;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.IDescribable;
import org.openjdk.jmc.common.item.IAccessorKey;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IType;
import org.openjdk.jmc.common.item.ItemCollectionToolkit;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

/// A recording of a training as JDK Mission Control reads it, by its own parser.
class MissionControlTest {
  @TempDir static Path folder;
  private static IItemCollection recorded = ItemCollectionToolkit.EMPTY;
  private static final List<String> SAID = new CopyOnWriteArrayList<>();
  private static final Handler READER =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          SAID.add(new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeAll
  static void aTrainingIsRecorded() throws Exception {
    Path file = folder.resolve("run.jfr");
    try (var recording = new Recording();
        Learner learner =
            TinyTask.learner().callbacks(new FlightRecorder(), new Ema(0.9)).build()) {
      recording.enable("io.antiphon.Level").withThreshold(Duration.ZERO);
      recording.enable("io.antiphon.Hook").withThreshold(Duration.ZERO);
      recording.start();
      learner.fit(2);
      recording.stop();
      recording.dump(file);
    }
    Logger parser = Logger.getLogger("org.openjdk.jmc");
    parser.addHandler(READER);
    try {
      recorded = JfrLoaderToolkit.loadEvents(file.toFile());
    } finally {
      parser.removeHandler(READER);
    }
  }

  /// An event by the labels of its fields.
  private static Map<String, Object> fields(IType<IItem> type, IItem item) {
    var fields = new TreeMap<String, Object>();
    for (Map.Entry<IAccessorKey<?>, ? extends IDescribable> each :
        type.getAccessorKeys().entrySet()) {
      Object value = type.getAccessor(each.getKey()).getMember(item);
      fields.put(each.getValue().getName(), value);
    }
    return fields;
  }

  private static List<Map<String, Object>> events(String type) {
    var all = new ArrayList<Map<String, Object>>();
    for (IItemIterable items : recorded.apply(ItemFilters.type(type))) {
      items.forEach(item -> all.add(fields(items.getType(), item)));
    }
    return all;
  }

  @Test
  void itWarnsOfNothingThatIsOurs() {
    // what a thread is has grown in the JDK since
    assertThat(SAID).allMatch(text -> text.contains("'virtual' in reader for 'thread'"));
    assertThat(recorded.hasItems()).isTrue();
  }

  @Test
  void everyLevelIsThereByItsName() {
    Map<Object, Long> counts =
        events("io.antiphon.Level").stream()
            .collect(Collectors.groupingBy(event -> event.get("Level"), Collectors.counting()));
    assertThat(counts)
        .isEqualTo(
            Map.of(
                "fit",
                1L,
                "epoch",
                2L,
                "train",
                2L,
                "validate",
                2L,
                "batch",
                10L,
                "backward",
                6L,
                "step",
                6L));
    assertThat(events("io.antiphon.Level"))
        .filteredOn(event -> "batch".equals(event.get("Level")))
        .allSatisfy(event -> assertThat(event).containsKeys("Epoch", "Batch", "Training"))
        .filteredOn(event -> Boolean.TRUE.equals(event.get("Training")))
        .hasSize(6);
  }

  @Test
  void aLevelTakesAsLongAsThoseInIt() {
    double fit = 0;
    double epochs = 0;
    for (IItemIterable items : recorded.apply(ItemFilters.type("io.antiphon.Level"))) {
      assertThat(items.getType().getName()).isEqualTo("Level of the Loop");
      var duration = JfrAttributes.DURATION.getAccessor(items.getType());
      for (IItem item : items) {
        IQuantity took = duration.getMember(item);
        double seconds = took.doubleValueIn(UnitLookup.SECOND);
        assertThat(seconds).isPositive();
        Object level = fields(items.getType(), item).get("Level");
        fit += "fit".equals(level) ? seconds : 0;
        epochs += "epoch".equals(level) ? seconds : 0;
      }
    }
    assertThat(epochs).isPositive().isLessThanOrEqualTo(fit);
  }

  @Test
  void everyHookIsThereWithItsCallbackAndEvent() {
    assertThat(events("io.antiphon.Hook"))
        .anySatisfy(event ->
            assertThat(event)
                .containsEntry("Callback", "ema")
                .containsEntry("Event", "AFTER_STEP"));
  }
}
