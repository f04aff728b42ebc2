package io.antiphon.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamedLoaderTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final AtomicInteger open = new AtomicInteger();

  @AfterEach
  void close() {
    manager.close();
    assertThat(open).as("streams that were not closed").hasValue(0);
  }

  private Stream<Integer> numbers(int count) {
    open.incrementAndGet();
    return IntStream.range(0, count).boxed().onClose(open::decrementAndGet);
  }

  private static Samples batch(NDManager manager, List<Integer> items) {
    long[] values = items.stream().mapToLong(i -> i).toArray();
    return new Samples(
        new NDList(manager.create(values).reshape(-1, 1)),
        new NDList(manager.create(values)),
        items.size());
  }

  private StreamedLoader<Integer> loader(int samples, int there) {
    return StreamedLoader.of(samples, () -> numbers(there), StreamedLoaderTest::batch).batchSize(4);
  }

  private List<Long> values(DataLoader loader, long seed, long epoch, int first) {
    var values = new ArrayList<Long>();
    try (DataLoader.Batches batches = loader.open(seed, epoch, first)) {
      while (batches.hasNext()) {
        for (long value : batches.next(manager).targets().head().toLongArray()) {
          values.add(value);
        }
      }
    }
    return values;
  }

  private static List<Long> upTo(int count) {
    return IntStream.range(0, count).mapToObj(i -> (long) i).toList();
  }

  @Test
  void everyEpochOpensAStreamAnewAndTakesWhatWasPromised() {
    StreamedLoader<Integer> loader = loader(10, 1_000_000);
    assertThat(loader.batches()).isEqualTo(3);
    assertThat(loader.samples()).isEqualTo(10);
    assertThat(loader.inputShapes()).containsExactly(new Shape(4, 1));
    assertThat(loader.batchSize(64).inputShapes()).containsExactly(new Shape(10, 1));
    for (int epoch = 0; epoch < 2; epoch++) {
      assertThat(values(loader, 1, epoch, 0)).isEqualTo(upTo(10));
    }
    assertThat(values(loader, 1, 0, 1)).isEqualTo(upTo(10).subList(4, 10));
    assertThat(values(loader, 1, 0, 3)).isEmpty();
  }

  @Test
  void aWindowShufflesBySeedAndEpochAndResumesAnywhere() {
    StreamedLoader<Integer> loader = loader(50, 50).shuffled(8);
    List<Long> first = values(loader, 1, 0, 0);
    assertThat(first).containsExactlyInAnyOrderElementsOf(upTo(50)).isNotEqualTo(upTo(50));
    assertThat(values(loader, 1, 0, 0)).isEqualTo(first);
    assertThat(values(loader, 1, 1, 0)).isNotEqualTo(first);
    assertThat(values(loader, 2, 0, 0)).isNotEqualTo(first);
    assertThat(values(loader, 1, 0, 5)).isEqualTo(first.subList(20, 50));
    for (int i = 0; i < 50; i++) {
      assertThat(first.get(i)).as("no item comes before it is in the window").isLessThan(i + 8);
    }
  }

  @Test
  void onlyAPromiseMakesItResumeExactly() {
    assertThat(loader(10, 10).resumesExactly()).isFalse();
    assertThat(loader(10, 10).repeatable().resumesExactly()).isTrue();
  }

  @Test
  void aStreamThatIsTooShortOrEmptyIsTold() {
    StreamedLoader<Integer> loader = loader(10, 9);
    try (DataLoader.Batches batches = loader.open(1, 0, 2)) {
      assertThatThrownBy(() -> batches.next(manager))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the stream has 9 items in this epoch, not the 10 that were promised");
    }
    assertThatThrownBy(() -> loader(10, 3).open(1, 0, 2))
        .hasMessage("the stream has 3 items in this epoch, not the 10 that were promised");
    assertThatThrownBy(() -> loader(10, 0).inputShapes())
        .hasMessage("the stream has no item, so nothing tells the shapes of inputs");
    assertThatThrownBy(() -> loader(0, 3)).hasMessage("samples is 0; it must be at least 1");
  }
}
