package io.antiphon.arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.experiment.ExperimentFile;
import io.antiphon.experiment.Prepared;
import io.antiphon.torch.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files without a name of their own in this class are NumPy's: `numpy.save` of 1.24 wrote them.
class ArrayFilesTest {
  @TempDir Path folder;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /// {@return a copy of a file that NumPy wrote}
  private Path numpy(String name) throws IOException {
    try (InputStream in = ArrayFilesTest.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), Objects.requireNonNull(in, name).readAllBytes());
    }
  }

  /// A file as `numpy.save` writes it, of the values 0, 1 and so on.
  private Path npy(String name, String descr, String shape, int count) throws IOException {
    return Files.write(folder.resolve(name), npy(descr, shape, i -> i, count));
  }

  private static byte[] npy(
      String descr, String shape, Function<Integer, Number> value, int count) {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(descr, shape);
    header += " ".repeat(63 - (10 + header.length()) % 64) + "\n";
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(header.length());
    out.write(header.length() >> 8);
    out.writeBytes(header.getBytes(StandardCharsets.ISO_8859_1));
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (descr) {
        case "|u1" -> bytes.put(value.apply(i).byteValue());
        case "<f4" -> bytes.putFloat(value.apply(i).floatValue());
        default -> bytes.putLong(value.apply(i).longValue());
      }
    }
    out.write(bytes.array(), 0, bytes.position());
    return out.toByteArray();
  }

  private Path npz(Map<String, byte[]> arrays) throws IOException {
    Path file = folder.resolve("a.npz");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var each : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(each.getKey() + ".npy"));
        zip.write(each.getValue());
      }
    }
    return file;
  }

  /// Options as an experiment file gives them.
  private ArrayFiles options(String yaml) {
    return (ArrayFiles)
        ExperimentFile.parse("data: { use: arrays, " + yaml + " }\n", place())
            .resolve(Catalog.boot())
            .data()
            .options();
  }

  private Place place() {
    return new Place("e.yaml", 0, 0, folder);
  }

  private Data data(String yaml) {
    return options(yaml).create(new Setting(manager, 3));
  }

  private List<float[]> rows(DataLoader loader, Function<Samples, NDArray> part) {
    var rows = new ArrayList<float[]>();
    try (var batches = loader.open(1, 0, 0)) {
      while (batches.hasNext()) {
        NDArray array = part.apply(batches.next(manager));
        float[] flat = array.toType(DataType.FLOAT32, false).toFloatArray();
        int width = flat.length / (int) array.getShape().get(0);
        for (int i = 0; i < flat.length; i += width) {
          rows.add(Arrays.copyOfRange(flat, i, i + width));
        }
      }
    }
    return rows;
  }

  private List<float[]> inputs(DataLoader loader) {
    return rows(loader, samples -> samples.inputs().head());
  }

  private List<float[]> targets(DataLoader loader) {
    return rows(loader, samples -> samples.targets().head());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b1",
        "u1",
        "i1",
        "little-u2",
        "big-i2",
        "little-i2",
        "big-u4",
        "little-i4",
        "little-u8",
        "big-i8",
        "little-i8",
        "little-f2",
        "big-f4",
        "little-f4",
        "little-f8",
        "big-f8",
        "fortran",
        "fortran-big",
        "version-2",
        "version-3"
      })
  void everyTypeAndOrderThatNumpyWritesKeepsItsValues(String name) throws IOException {
    StoredArray array = ArrayFile.open(numpy(name + ".npy")).need("x");
    assertThat(array.shape()).isEqualTo(new Shape(4, 2, 3));
    for (int sample = 0; sample < 4; sample++) {
      ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
      array.read(sample, DataType.FLOAT32, bytes);
      for (int i = 0; i < 6; i++) {
        int value = 6 * sample + i;
        assertThat(bytes.getFloat(4 * i)).isEqualTo(name.equals("b1") ? value % 2 : value);
      }
      if (array.type().isWhole()) {
        ByteBuffer whole = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
        array.read(sample, DataType.INT64, whole);
        assertThat(whole.getLong(40)).isEqualTo(name.equals("b1") ? 1 : 6 * sample + 5);
      }
    }
  }

  @Test
  void signsAndGreatNumbersAreKept() throws IOException {
    Path file = folder.resolve("x.npy");
    Files.write(file, npy("<u8", "2,", i -> -1L, 2));
    StoredArray array = ArrayFile.open(file).need("");
    assertThat(array.type().number(array.sample(1), 0)).isEqualTo(0x1p64);
    assertThat(array.type().whole(array.sample(1), 0)).isEqualTo(Long.MAX_VALUE);
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.BIG_ENDIAN);
    assertThat(ElementType.INT16.number(bytes.putShort(0, (short) -2), 0)).isEqualTo(-2);
    assertThat(ElementType.UINT16.number(bytes, 0)).isEqualTo(65_534);
    assertThat(ElementType.UINT32.whole(bytes.putInt(0, -1), 0)).isEqualTo(4_294_967_295L);
    assertThat(ElementType.INT8.whole(bytes, 0)).isEqualTo(-1);
    assertThat(ElementType.BFLOAT16.number(bytes.putShort(0, (short) 0xc040), 0)).isEqualTo(-3);
    assertThat(ElementType.FLOAT16.number(bytes.putShort(0, (short) 0xc200), 0)).isEqualTo(-3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          complex  ~ ␣has elements of NumPy's type '<c8', complex numbers; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')
          objects  ~ ␣has elements of NumPy's type '|O', Python objects, which are programs; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')
          texts    ~ ␣has elements of NumPy's type '<U3', texts; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')
          dates    ~ ␣has elements of NumPy's type '<M8[D]', dates; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')
          long     ~ ␣has elements of NumPy's type '<f16', floating-point numbers of that width; there may be numbers and truth values of up to 8 bytes: save it with .astype('float32')
          records  ~ ␣has records with named fields; save each field by itself
          scalar   ~ ␣has the shape [], not [N, …] with at least one sample
          empty    ~ ␣has the shape [0, 3], not [N, …] with at least one sample
          """)
  void whatIsNoArrayOfNumbersIsRefusedInOneSentence(String name, String sentence)
      throws IOException {
    Path file = numpy(name + ".npy");
    assertThatThrownBy(() -> ArrayFile.open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + sentence.replace('␣', ' '));
  }

  @Test
  void damagedFilesAreOneSentence() throws IOException {
    byte[] good = Files.readAllBytes(numpy("little-f4.npy"));
    Path file = folder.resolve("x.npy");
    Files.write(file, Arrays.copyOf(good, good.length - 3));
    assertThatThrownBy(() -> ArrayFile.open(file))
        .hasMessage(
            file + " is truncated: its header says [4, 2, 3], 96 bytes of data, but there are 93");
    Files.write(file, Arrays.copyOf(good, good.length + 1));
    assertThatThrownBy(() -> ArrayFile.open(file))
        .hasMessage(
            file + " is too long: its header says [4, 2, 3], 96 bytes of data, but there are 97");
    Files.write(file, npy("<f4", "99999999999, 99999999999", i -> i, 0));
    assertThatThrownBy(() -> ArrayFile.open(file))
        .hasMessage(file + " says [99999999999, 99999999999], more than any file has");
    Files.write(file, npy("<f4", "99999999999999999999,", i -> i, 0));
    assertThatThrownBy(() -> ArrayFile.open(file)).hasMessageContaining("impossible shape");
    Files.write(
        file,
        new String(good, StandardCharsets.ISO_8859_1)
            .replace("descr", "wrong")
            .getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ArrayFile.open(file))
        .hasMessageStartingWith(file + " is damaged: its header is {'wrong': '<f4'");
    Path begun = folder.resolve("x.npz");
    Files.write(begun, Arrays.copyOfRange(Files.readAllBytes(numpy("plain.npz")), 2, 600));
    assertThatThrownBy(() -> ArrayFile.open(begun))
        .hasMessage(begun + " is damaged, or no .npz file: it does not begin as one");
    Path table = Files.writeString(folder.resolve("x.csv"), "a,b\n1,2\n");
    assertThatThrownBy(() -> ArrayFile.open(table))
        .hasMessageContaining("an .npz, .npy, IDX or safetensors file was expected");
    assertThatThrownBy(() -> ArrayFile.open(folder.resolve("none")))
        .hasMessage("there is no file '%s'".formatted(folder.resolve("none")));
    Path nothing = Files.createDirectory(folder.resolve("nothing"));
    assertThatThrownBy(() -> ArrayFile.open(nothing))
        .hasMessage("folder '%s' has no .npy file".formatted(nothing));
  }

  @Test
  void noDamageEndsInAnythingButASentence() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path file = folder.resolve("x");
    for (String name : List.of("plain.npz", "compressed.npz", "little-f4.npy", "version-2.npy")) {
      byte[] good = Files.readAllBytes(numpy(name));
      for (int round = 0; round < 300; round++) {
        byte[] bytes = good.clone();
        for (int i = 0; i < 1 + round % 3; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Files.write(
            file, round % 5 == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
        try {
          ArrayFile.open(file).arrays().values().forEach(each -> each.get().sample(0));
        } catch (DataException e) {
          assertThat(e).as("seed " + seed).hasMessageContaining(file.toString());
        }
      }
    }
  }

  @Test
  void anNpzAloneIsData() throws IOException {
    Data data = data("file: %s, valid: 0.5, scaling: none".formatted(numpy("plain.npz")));
    assertThat(data.task().goal()).isEqualTo(Goal.CLASSIFICATION);
    assertThat(data.task().names()).containsExactly("0", "1");
    assertThat(data.train().inputShapes()).containsExactly(new Shape(2, 2, 3));
    for (DataLoader part : List.of(data.train(), data.valid().orElseThrow())) {
      List<float[]> inputs = inputs(part);
      List<float[]> targets = targets(part);
      assertThat(inputs).hasSize(2);
      for (int i = 0; i < 2; i++) {
        int index = Math.round(inputs.get(i)[0]) / 6;
        assertThat(targets.get(i)[0]).as("inputs and targets").isEqualTo(index % 3 == 0 ? 0 : 1);
      }
    }
  }

  @Test
  void whatIsNamedTrainAndTestIsForThatAndBytesAreGreyImages() throws IOException {
    Data data = data("file: %s, scaling: none".formatted(numpy("compressed.npz")));
    assertThat(data.train().samples()).isEqualTo(4);
    assertThat(data.train().inputShapes()).containsExactly(new Shape(4, 1, 2, 3));
    DataLoader valid = data.valid().orElseThrow();
    assertThat(targets(valid)).containsExactly(new float[] {1}, new float[] {0});
    assertThat(inputs(valid).get(1)[5]).isCloseTo(11 / 255f, within(1e-6f));
  }

  @Test
  void eachFeatureOrChannelIsStandardisedByTheTrainingSamples() throws IOException {
    Path x = npy("x.npy", "<f4", "6, 2", 12);
    Path y = Files.write(folder.resolve("y.npy"), npy("<i8", "6,", i -> i % 2, 6));
    var options = new ArrayFiles(x).targetsFile(y).valid(0);
    List<float[]> rows = inputs(options.create(new Setting(manager, 1)).train());
    for (int j = 0; j < 2; j++) {
      int k = j;
      assertThat(rows.stream().mapToDouble(row -> row[k]).sum()).isCloseTo(0, within(1e-5));
      assertThat(rows.stream().mapToDouble(row -> row[k] * row[k]).sum())
          .isCloseTo(6, within(1e-5));
    }
    Files.write(x, npy("|u1", "6, 5, 4, 3", i -> 10 * (i % 3) + i / 3 % 2, 360));
    Data images = options.create(new Setting(manager, 1));
    assertThat(images.train().inputShapes()).containsExactly(new Shape(6, 3, 5, 4));
    for (float[] image : inputs(images.train())) {
      for (int i = 0; i < 60; i++) {
        assertThat(image[i])
            .as("channels last became first")
            .isCloseTo(i % 2 == 0 ? -1 : 1, within(1e-4f));
      }
    }
    var fitted = (ArrayFiles) images.fitted().orElseThrow();
    assertThat(fitted.mean().get(2)).isCloseTo(20.5 / 255, within(1e-9));
    assertThat(fitted.deviation())
        .allSatisfy(d -> assertThat(d).isCloseTo(0.5 / 255, within(1e-9)));
  }

  @Test
  void targetsTellTheTaskUnlessItIsSaid() throws IOException {
    Path x = npy("x.npy", "<f4", "4, 1", 4);
    Path y = folder.resolve("y.npy");
    Files.write(y, npy("<f4", "4, 2", i -> i, 8));
    Data regression = data("file: %s, targets-file: %s, valid: 0".formatted(x, y));
    assertThat(regression.task().goal()).isEqualTo(Goal.REGRESSION);
    assertThat(regression.task().scales().get(1).mean()).isEqualTo(4);
    assertThat(targets(regression.train()))
        .hasSize(4)
        .allSatisfy(row -> assertThat(row).hasSize(2));
    Files.write(y, npy("<i8", "4,", i -> 5 * i, 4));
    assertThat(data("file: %s, targets-file: %s, task: regression".formatted(x, y)).task().goal())
        .isEqualTo(Goal.REGRESSION);
    Files.write(y, npy("|u1", "4, 2, 2", i -> i % 3, 16));
    Path images = npy("i.npy", "|u1", "4, 2, 2", 16);
    Data pixels = data("file: %s, targets-file: %s, valid: 0".formatted(images, y));
    assertThat(pixels.task().goal()).isEqualTo(Goal.SEGMENTATION);
    assertThat(pixels.task().outputs()).isEqualTo(3);
    Files.write(y, npy("|u1", "4, 2", i -> i % 2, 8));
    Data labels = data("file: %s, targets-file: %s, task: labels, classes: [a, b]".formatted(x, y));
    assertThat(labels.task().goal()).isEqualTo(Goal.LABELS);
    assertThat(labels.task().names()).containsExactly("a", "b");
    Data tokens = data("file: %s, targets-file: %s, indices: true, task: labels".formatted(y, y));
    try (var batches = tokens.train().open(0, 0, 0)) {
      assertThat(batches.next(manager).inputs().head().getDataType()).isEqualTo(DataType.INT64);
    }
  }

  @Test
  void splitsAreGivenOrDrawnByGroups() throws IOException {
    var arrays = new LinkedHashMap<String, byte[]>();
    arrays.put("x", npy("<f4", "8, 1", i -> i, 8));
    arrays.put("y", npy("<i8", "8,", i -> i % 2, 8));
    arrays.put("part", npy("|u1", "8,", i -> i < 6 ? 0 : 1, 8));
    arrays.put("who", npy("<i8", "8,", i -> i / 2, 8));
    Path file = npz(arrays);
    Data given = data("file: %s, split: part, scaling: none".formatted(file));
    assertThat(inputs(given.valid().orElseThrow()))
        .containsExactly(new float[] {6}, new float[] {7});
    Data grouped = data("file: %s, group: who, valid: 0.25, scaling: none".formatted(file));
    List<float[]> pair = inputs(grouped.valid().orElseThrow());
    assertThat(pair).hasSize(2);
    assertThat((int) pair.get(0)[0] / 2).isEqualTo((int) pair.get(1)[0] / 2);
    assertThatThrownBy(() -> data("file: %s, split: parts".formatted(file)))
        .hasMessage(file + " has no array 'parts'; did you mean 'part'? It has x, y, part, who");
  }

  @Test
  void safetensorsFoldersAndIdxAreReadAlike() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(
        file,
        Map.of(
            "x", manager.arange(8f).reshape(4, 2),
            "y", manager.create(new long[] {0, 1, 2, 1})),
        Map.of());
    Data saved = data("file: %s, valid: 0, scaling: none".formatted(file));
    assertThat(saved.task().outputs()).isEqualTo(3);
    assertThat(inputs(saved.fitted().orElseThrow().read(new Setting(manager, 0), file)).get(3))
        .containsExactly(6, 7);
    npy("x.npy", "<f4", "4, 2", 8);
    npy("y.npy", "<i8", "4,", 4);
    assertThat(data("file: %s, valid: 0".formatted(folder)).task().outputs()).isEqualTo(4);
    Path images = Files.write(folder.resolve("i"), idx(0x803, new byte[] {9, 8, 7, 6}, 2, 2, 1));
    Path labels = Files.write(folder.resolve("l"), idx(0x801, new byte[] {1, 0}, 2));
    Data idx =
        data("file: %s, targets-file: %s, valid: 0, scaling: none".formatted(images, labels));
    assertThat(idx.train().inputShapes()).containsExactly(new Shape(2, 1, 2, 1));
    Path shorts = Files.write(folder.resolve("s"), idx(0xb02, new byte[] {1, 0, -1, -2}, 1, 2));
    StoredArray array = ArrayFile.open(shorts).need("");
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    array.read(0, DataType.INT64, bytes);
    assertThat(bytes.getLong(0)).isEqualTo(256);
    assertThat(bytes.getLong(8)).isEqualTo(-2);
  }

  @Test
  void idxNamesImagesAndFindsTheirLabelsBeside() throws IOException {
    Path images = folder.resolve("train-images-idx3-ubyte");
    assertThatThrownBy(() -> idx("batch-size: 2"))
        .hasMessage("idx names no file; write file: train-images-idx3-ubyte.gz");
    Files.write(images, idx(0x803, new byte[] {0, 1, 2, 3, 4, 5, 6, 7}, 4, 2, 1));
    assertThatThrownBy(() -> idx("file: " + images))
        .hasMessage("no file beside %s has its labels; name theirs by labels".formatted(images));
    Path beside = folder.resolve("train-labels-idx1-ubyte");
    Files.write(beside, idx(0x801, new byte[] {1, 0, 2, 0}, 4));
    Data found = idx("file: %s, valid: 0, batch-size: 3".formatted(images));
    assertThat(found.task().goal()).isEqualTo(Goal.CLASSIFICATION);
    assertThat(found.task().outputs()).isEqualTo(3);
    assertThat(found.train().inputShapes()).containsExactly(new Shape(3, 1, 2, 1));

    Path others = Files.write(folder.resolve("o"), idx(0x803, new byte[] {9, 9}, 1, 2, 1));
    Path theirs = Files.write(folder.resolve("t"), idx(0x801, new byte[] {2}, 1));
    Data given =
        idx(
            "file: %s, labels: %s, valid-file: %s, valid-labels: %s, classes: [a, b, c]"
                .formatted(images, beside, others, theirs));
    assertThat(given.task().names()).containsExactly("a", "b", "c");
    assertThat(given.train().samples()).isEqualTo(4);
    assertThat(given.valid().orElseThrow().samples()).isEqualTo(1);
    var fitted = (IdxFiles) given.fitted().orElseThrow();
    assertThat(Options.bind("data 'idx'", new IdxFiles(), Options.tree(fitted))).isEqualTo(fitted);
    DataLoader read = fitted.read(new Setting(manager, 0), images);
    assertThat(targets(read)).containsExactly(new float[][] {{1}, {0}, {2}, {0}});
  }

  private Data idx(String yaml) {
    return ExperimentFile.parse("data: { use: idx, " + yaml + " }\n", place())
        .resolve(Catalog.boot())
        .data()
        .options()
        .create(new Setting(manager, 3));
  }

  private static byte[] idx(int magic, byte[] data, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * shape.length + data.length).putInt(magic);
    for (int size : shape) {
      bytes.putInt(size);
    }
    return bytes.put(data).array();
  }

  @Test
  void whatIsFittedReadsOtherArraysAlikeAndSurvivesAFile() throws IOException {
    Data data = data("file: %s, batch-size: 3".formatted(numpy("compressed.npz")));
    var fitted = (ArrayFiles) data.fitted().orElseThrow();
    ArrayFiles again = Options.bind("data 'arrays'", new ArrayFiles(), Options.tree(fitted));
    assertThat(again).isEqualTo(fitted);
    var setting = new Setting(manager, 9);
    DataLoader both = again.read(setting, folder.resolve("compressed.npz"));
    List<float[]> valid = inputs(data.valid().orElseThrow());
    assertThat(inputs(both)).containsExactly(valid.toArray(float[][]::new));
    assertThat(targets(both)).containsExactly(new float[] {1}, new float[] {0});
    Path alone = npy("new.npy", "|u1", "5, 2, 3", 30);
    DataLoader loader = again.read(setting, alone);
    assertThat(loader.samples()).isEqualTo(5);
    assertThat(inputs(loader).subList(0, 2)).containsExactly(valid.toArray(float[][]::new));
    try (var batches = loader.open(0, 0, 1)) {
      assertThat(batches.next(manager).targets()).isEmpty();
    }
    Path other = npy("other.npy", "|u1", "5, 3, 3", 45);
    assertThatThrownBy(() -> again.read(setting, other))
        .hasMessage(other + " has samples of the shape [1, 3, 3], not [1, 2, 3]");
    assertThatThrownBy(() -> new ArrayFiles(other).read(setting, other))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatDoesNotFitIsOneSentence() throws IOException {
    Path x = npy("x.npy", "<f4", "4, 2", 8);
    Path y = npy("y.npy", "<i8", "3,", 3);
    assertThatThrownBy(() -> data("valid: 0"))
        .hasMessage("arrays names no file; write file: NAME.npz");
    assertThatThrownBy(() -> data("file: %s".formatted(x)))
        .hasMessage(x + " has one array; name the file of its targets by targets-file");
    assertThatThrownBy(() -> data("file: %s, targets-file: %s".formatted(x, y)))
        .hasMessage("%s has 4 samples, but %s has 3".formatted(x, y));
    Files.write(y, npy("<i8", "4,", i -> i == 2 ? -1 : 0, 4));
    assertThatThrownBy(() -> data("file: %s, targets-file: %s".formatted(x, y)))
        .hasMessage(y + " has -1 at index 2, which is no class; there are 0 to 99999");
    Files.write(y, npy("<i8", "4,", i -> 0, 4));
    assertThatThrownBy(() -> data("file: %s, targets-file: %s".formatted(x, y)))
        .hasMessage(y + " has only the class 0; there must be two at least");
    Files.write(y, npy("<f4", "4,", i -> i, 4));
    assertThatThrownBy(
            () -> data("file: %s, targets-file: %s, task: classification".formatted(x, y)))
        .hasMessage(y + " is float32 (4), but the targets of classification are whole numbers [N]");
    Files.write(x, npy("<f4", "4, 2", i -> i == 5 ? Float.NaN : i, 8));
    assertThatThrownBy(() -> data("file: %s, targets-file: %s, valid: 0".formatted(x, y)))
        .hasMessage(x + " has a value at index 2 that is not finite; replace it");
  }

  @Test
  void aFileAloneTrainsToTheEnd() throws IOException {
    var random = new Random(7);
    var x = new float[1200];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (3 + 2 * random.nextGaussian());
    }
    Path file =
        npz(
            Map.of(
                "x", npy("<f4", "400, 3", i -> x[i], 1200),
                "y", npy("<i8", "400,", i -> x[3 * i] + x[3 * i + 1] > 6 ? 1 : 0, 400)));
    String yaml =
        """
        device: cpu
        data: { use: arrays, file: %s }
        optimizer: { use: adam, lr: 1.0e-2 }
        fit: { epochs: 20 }
        """
            .formatted(file);
    try (Prepared prepared =
        ExperimentFile.parse(yaml, place()).resolve(Catalog.boot()).prepare(folder)) {
      assertThat(prepared.experiment().yaml()).contains("use: mlp");
      prepared.fit();
      assertThat(prepared.learner().validate().metrics().get("accuracy")).isGreaterThan(0.9);
    }
  }
}
