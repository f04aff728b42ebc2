package io.antiphon.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.RefusedException;
import io.antiphon.core.Samples;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Run;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DjlDatasetTest {
  private static final String POINTS = Points.class.getName();

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Data data(DjlDataset options) {
    return options.create(new Setting(manager, 42));
  }

  private List<Samples> epoch(DataLoader loader, long epoch, int first) {
    var all = new ArrayList<Samples>();
    try (DataLoader.Batches batches = loader.open(42, epoch, first)) {
      while (batches.hasNext()) {
        all.add(batches.next(manager));
      }
    }
    return all;
  }

  private static List<String> texts(List<Samples> batches) {
    return batches.stream().map(DjlDatasetTest::text).toList();
  }

  private static String text(Samples batch) {
    return List.of(batch.inputs().head().toArray(), batch.targets().head().toArray()).stream()
        .map(java.util.Arrays::toString)
        .toList()
        .toString();
  }

  @Test
  void aShareOfADataSetWithRandomAccessValidatesAndItsClassesAreCounted() {
    Data data = data(new DjlDataset(POINTS).batchSize(16));
    assertThat(data.task().goal()).isEqualTo(Goal.CLASSIFICATION);
    assertThat(data.task().names()).containsExactly("0", "1");
    assertThat(data.train().samples()).isEqualTo(160);
    assertThat(data.valid().orElseThrow().samples()).isEqualTo(40);
    assertThat(data.train().inputShapes()).containsExactly(new Shape(16, 2));
    assertThat(data.train().resumesExactly()).isTrue();

    List<Samples> all = epoch(data.train(), 0, 0);
    assertThat(all).hasSize(10);
    NDList targets = all.getFirst().targets();
    assertThat(targets.head().getDataType()).isEqualTo(DataType.INT64);
    assertThat(targets.head().getShape()).isEqualTo(new Shape(16));
    assertThat(texts(epoch(data.train(), 0, 7))).isEqualTo(texts(all.subList(7, 10)));
    assertThat(texts(epoch(data.train(), 1, 0))).isNotEqualTo(texts(all));
  }

  @Test
  void itsBuilderIsToldWhatIsSaidAndNumbersAreRegression() {
    Data data =
        data(new DjlDataset(POINTS).with("optFar=true", "setCount=50", "optLimit=20").valid(0));
    assertThat(data.task().goal()).isEqualTo(Goal.REGRESSION);
    assertThat(data.train().samples()).isEqualTo(20);
    assertThat(data.valid()).isEmpty();
    assertThat(data.fitted()).isEmpty();
    Samples first = epoch(data.train(), 0, 0).getFirst();
    assertThat(first.targets().head().getShape()).isEqualTo(new Shape(20, 1));
    assertThat(data(new DjlDataset(POINTS).task(DjlDataset.Targets.LABELS).classes("right")).task())
        .satisfies(task -> {
          assertThat(task.goal()).isEqualTo(Goal.LABELS);
          assertThat(task.names()).containsExactly("right");
        });
  }

  @Test
  void oneWithoutRandomAccessIsGivenAsItIsAndSaysThatItCannotBeResumedExactly() {
    Data data = data(new DjlDataset(Readings.class.getName()).with("4"));
    assertThat(data.task().goal()).isEqualTo(Goal.REGRESSION);
    assertThat(data.train().batches()).isEqualTo(4);
    assertThat(data.valid()).isEmpty();
    assertThat(data.train().resumesExactly()).isFalse();
    assertThat(data.notes())
        .containsExactly(
            "Readings has no random access: it is given as it is, and no share of it validates");
    assertThat(epoch(data.train(), 0, 0)).hasSize(4);
  }

  @Test
  void whatCannotBeMadeIsOneSentence() {
    assertThatThrownBy(() -> data(new DjlDataset("org.example.None")))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith(
            "there is no class 'org.example.None', nor 'ai.djl.basicdataset.org.example.None'");
    assertThatThrownBy(() -> data(new DjlDataset("java.lang.Object")))
        .hasMessage(
            "class 'java.lang.Object' makes no data set of DJL: that would be an ai.djl.training.dataset.Dataset");
    assertThatThrownBy(() -> data(new DjlDataset(POINTS).with("optFarr=true")))
        .hasMessageStartingWith(
            "the builder of class '%s' has no method 'optFarr'; it has ", POINTS)
        .hasMessageContaining("optFar, ");
    assertThatThrownBy(() -> data(new DjlDataset(POINTS).with("setCount=many")))
        .hasMessageStartingWith("'setCount=many' fits no method of the builder");
    assertThatThrownBy(() -> data(new DjlDataset(POINTS).dir(folder)))
        .hasMessageContaining("reads no repository; leave dir out");
    assertThatThrownBy(() -> data(new DjlDataset(Readings.class.getName())))
        .hasMessageEndingWith("nor a public constructor that takes nothing");
    assertThatThrownBy(() ->
            data(
                new DjlDataset(POINTS)
                    .with("optFar=true")
                    .task(DjlDataset.Targets.REGRESSION)
                    .classes("a", "b")))
        .isInstanceOf(DataException.class)
        .hasMessage("Points has 1 targets for a sample, and classes names 2");
  }

  @Test
  void anExperimentTrainsOnIt() {
    String yaml =
        """
        device: cpu
        data: { use: dataset, type: %s, batch-size: 20 }
        optimizer: adam
        fit: { epochs: 20, lr: 0.02 }
        """
            .formatted(POINTS);
    var experiment =
        ExperimentFile.parse(yaml, new Place("test", 0, 0, folder)).resolve(Catalog.boot());
    try (Run run = Run.of(experiment, folder.resolve("run"), _ -> {})) {
      run.train();
      assertThat(run.rows().getLast().value("accuracy")).isGreaterThan(0.9);
    }
  }

  @Test
  void djlsDigitsComeFromALocalFolder() throws IOException {
    assertThatThrownBy(() -> data(new DjlDataset()))
        .isInstanceOf(RefusedException.class)
        .hasMessageEndingWith(
            "Mnist' reads a repository; name its folder in dir, for nothing is downloaded");
    assertThatThrownBy(() -> data(new DjlDataset().dir(folder)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Mnist: the data set cannot be read: %s is not there",
            folder.resolve("dataset/cv/ai/djl/basicdataset/mnist/metadata.json"));
    repository();
    Data data = data(new DjlDataset().dir(folder).batchSize(8));
    assertThat(data.task().goal()).isEqualTo(Goal.CLASSIFICATION);
    assertThat(data.task().outputs()).isEqualTo(10);
    assertThat(data.train().samples()).isEqualTo(30);
    assertThat(data.valid().orElseThrow().samples()).isEqualTo(20);
    assertThat(data.train().inputShapes()).containsExactly(new Shape(8, 1, 28, 28));
    DataProvider fitted = data.fitted().orElseThrow();
    DataProvider again =
        Options.bind("data 'dataset'", new DjlDataset(), Options.tree((Record) fitted));
    DataLoader other = again.read(new Setting(manager, 7), folder);
    assertThat(other.samples()).isEqualTo(20);
    assertThat(texts(epoch(other, 0, 0))).isEqualTo(texts(epoch(data.valid().orElseThrow(), 0, 0)));
    assertThatThrownBy(() -> again.read(new Setting(manager, 7), folder.resolve("none")))
        .hasMessage("there is no folder '%s'", folder.resolve("none"));
    var seen = new TreeSet<Long>();
    for (Samples batch : epoch(data.train(), 0, 0)) {
      for (long each : batch.targets().head().toLongArray()) {
        seen.add(each);
      }
    }
    assertThat(seen).hasSize(10);
    Files.delete(folder.resolve("dataset/cv/ai/djl/basicdataset/mnist/1.0/test-labels.gz"));
    assertThatThrownBy(() -> data(new DjlDataset().dir(folder)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("test-labels.gz");
  }

  /// Digits in the layout of DJL's repositories.
  private void repository() throws IOException {
    Path mnist =
        Files.createDirectories(folder.resolve("dataset/cv/ai/djl/basicdataset/mnist/1.0"));
    var files = new StringBuilder();
    for (String part : List.of("train", "test")) {
      int count = part.equals("train") ? 30 : 20;
      String images = part + "-images.gz";
      String labels = part + "-labels.gz";
      var random = new Random(5);
      try (var out =
          new DataOutputStream(
              new GZIPOutputStream(Files.newOutputStream(mnist.resolve(images))))) {
        out.writeInt(0x803);
        out.writeInt(count);
        out.writeInt(28);
        out.writeInt(28);
        var pixels = new byte[count * 28 * 28];
        random.nextBytes(pixels);
        out.write(pixels);
      }
      try (var out =
          new DataOutputStream(
              new GZIPOutputStream(Files.newOutputStream(mnist.resolve(labels))))) {
        out.writeInt(0x801);
        out.writeInt(count);
        for (int i = 0; i < count; i++) {
          out.write(i % 10);
        }
      }
      for (String name : List.of(images, labels)) {
        String item = part + (name.equals(images) ? "_data" : "_labels");
        files.append(
            "%s\"%s\": { \"uri\": \"1.0/%s\", \"size\": %d }"
                .formatted(
                    files.isEmpty() ? "" : ", ", item, name, Files.size(mnist.resolve(name))));
      }
    }
    Files.writeString(
        folder.resolve("dataset/cv/ai/djl/basicdataset/mnist/metadata.json"),
        """
        {
          "metadataVersion": "0.2",
          "resourceType": "dataset",
          "application": "cv",
          "groupId": "ai.djl.basicdataset",
          "artifactId": "mnist",
          "name": "digits",
          "description": "digits",
          "artifacts": [ { "version": "1.0", "snapshot": false, "name": "mnist", "files": { %s } } ]
        }
        """
            .formatted(files));
  }
}
