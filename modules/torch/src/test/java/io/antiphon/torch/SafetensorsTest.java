package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;
  private NDManager manager;
  private Path file;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
    file = folder.resolve("arrays.safetensors");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private void put(String header, int data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text);
    Files.write(file, bytes.array());
  }

  @Test
  void whatWasWrittenIsReadBitByBitInEveryType() throws IOException {
    var arrays = new LinkedHashMap<String, NDArray>();
    arrays.put("f32", manager.create(new float[] {1.5f, Float.NaN, -0f, 3}, new Shape(2, 2)));
    arrays.put("f64", manager.create(new double[] {Math.PI}));
    arrays.put("i64", manager.create(new long[] {1L << 60, -1}));
    arrays.put("i32", manager.create(new int[] {7}));
    arrays.put("i8", manager.create(new byte[] {-3, 4}));
    arrays.put("u8", manager.create(new int[] {200}).toType(DataType.UINT8, true));
    arrays.put("bool", manager.create(new boolean[] {true, false, true}));
    arrays.put("scalar", manager.create(2.5f));
    arrays.put("empty", manager.create(new Shape(0, 3)));
    arrays.put("f16", manager.create(new float[] {0.5f, 2}).toType(DataType.FLOAT16, true));
    arrays.put("transposed ü", manager.arange(6f).reshape(2, 3).transpose());
    Safetensors.write(file, arrays, Map.of("format", "pt", "who", "\"we\"\n"));

    try (Safetensors saved = Safetensors.open(file)) {
      assertThat(saved.metadata()).containsEntry("who", "\"we\"\n").containsEntry("format", "pt");
      assertThat(saved.names()).containsExactlyInAnyOrderElementsOf(arrays.keySet());
      assertThat(saved.type("i8")).isEqualTo("I8");
      arrays.forEach((name, array) -> {
        NDArray read = saved.read(name, manager);
        assertThat(read.getShape()).as(name).isEqualTo(array.getShape());
        assertThat(read.getDataType()).as(name).isEqualTo(array.getDataType());
        assertThat(read.toByteArray()).as(name).isEqualTo(array.duplicate().toByteArray());
      });
    }
    assertThat(Files.size(file) % 8).isNotNegative();
  }

  @Test
  void bfloat16IsWrittenAsItIsAndReadAsFloat32() throws IOException {
    NDArray wide = manager.create(new float[] {1.5f, -2, 65536});
    NDArray narrow = Cast.to(wide, DataType.BFLOAT16, manager);
    Safetensors.write(file, Map.of("x", narrow), Map.of());
    try (Safetensors saved = Safetensors.open(file)) {
      assertThat(saved.type("x")).isEqualTo("BF16");
      assertThat(saved.read("x", manager).toFloatArray()).containsExactly(1.5f, -2, 65536);
    }
  }

  @Test
  void theHeaderIsThatOfPythonsLibrary() throws IOException {
    var arrays = new LinkedHashMap<String, NDArray>();
    arrays.put("b", manager.create(new float[] {1}));
    arrays.put("a", manager.create(new float[] {2, 3}));
    arrays.put("wide", manager.create(new long[] {4}));
    Safetensors.write(file, arrays, Map.of("k", "v"));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) bytes.getLong()];
    bytes.get(header);
    assertThat(new String(header, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"wide\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]}}");
    assertThat(header.length % 8).isZero();
    assertThat(bytes.getLong()).isEqualTo(4);
    assertThat(bytes.getFloat()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          []                                                                | 0 | does not begin with
          {                                                                 | 0 | ends in the middle
          {"a":1}                                                           | 0 | 'a' is number
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}            | 3 | cut off: 1 bytes
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}            | 5 | 1 bytes lie behind
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}            | 4 | which is 8 bytes
          {"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}            | 4 | unknown type F99
          {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}           | 4 | below 0
          {"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}          | 4 | not JSON as the format
          {"a":{"dtype":"F32","shape":[1]}}                                 | 4 | lacks its dtype
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}      | 4 | unknown key 'x'
          {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}} | 0 | greater than any memory
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}            | 8 | where byte 0 is next
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | 4 | where byte 4 is next
          {"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}} | 0 | twice
          {"__metadata__":{"a":1}}                                          | 0 | 'a' of '
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x          | 4 | not JSON as the format
          """)
  void whatIsNotWholeIsRefusedInASentence(String header, int data, String told) throws IOException {
    put(header, data);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(told);
  }

  @Test
  void sizesAreCheckedBeforeMemoryIsTaken() throws IOException {
    var bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(0, 90_000_000).array());
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("cut off in its header");
    Files.write(file, bytes.putLong(0, Long.MAX_VALUE).array());
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("no safetensors file");
    Files.write(file, new byte[3]);
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("3 bytes are no");
    assertThatThrownBy(() -> Safetensors.open(folder.resolve("other")))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void aFileDamagedAnywhereIsRefusedOrReadAsAnotherButNothingElseHappens() throws IOException {
    Safetensors.write(
        file,
        Map.of("a", manager.ones(new Shape(2, 3)), "b", manager.ones(new Shape(4))),
        Map.of());
    byte[] whole = Files.readAllBytes(file);
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] damaged = whole.clone();
      for (int j = 0; j <= random.nextInt(3); j++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length;
      Files.write(file, java.util.Arrays.copyOf(damaged, length));
      try (NDManager scratch = manager.newSubManager();
          Safetensors saved = Safetensors.open(file)) {
        saved.names().forEach(name -> saved.read(name, scratch));
      } catch (SafetensorsException expected) {
        assertThat(expected).as("seed " + seed).hasMessageStartingWith(file + ": ");
      }
    }
  }

  @Test
  void whatTheFormatCannotHoldIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Safetensors.write(file, Map.of("__metadata__", manager.create(1f)), Map.of()));
  }

  @Test
  void writingAndReadingLeaveNoArrayBehind() throws IOException {
    NDArray x = manager.ones(new Shape(3));
    int before = manager.getManagedArrays().size();
    Safetensors.write(file, Map.of("x", x), Map.of());
    try (Safetensors saved = Safetensors.open(file)) {
      saved.read("x", manager).close();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }
}
