package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Samples;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  private static Task task(Goal goal, List<String> names, long... shape) {
    return new Task(goal, Task.of(List.of(new Shape(shape))), names);
  }

  private Samples samples(NDArray inputs, NDArray targets) {
    return new Samples(new NDList(inputs), new NDList(targets), (int) inputs.getShape().get(0));
  }

  /// What is in a PNG file, by the standard: the checks of its chunks hold, and no line is
  /// filtered.
  private record Image(int width, int height, int channels, byte[] lines) {
    static Image read(Path file) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      assertThat(bytes.getLong()).isEqualTo(0x89504e470d0a1a0aL);
      ByteBuffer head = chunk(bytes, "IHDR");
      int width = head.getInt();
      int height = head.getInt();
      assertThat(head.get()).as("bits").isEqualTo((byte) 8);
      int channels = head.get() == 0 ? 1 : 3;
      ByteBuffer data = chunk(bytes, "IDAT");
      chunk(bytes, "IEND");
      assertThat(bytes.hasRemaining()).isFalse();
      var packed = new byte[data.remaining()];
      data.get(packed);
      byte[] lines = new InflaterInputStream(new ByteArrayInputStream(packed)).readAllBytes();
      assertThat(lines).hasSize(height * (1 + width * channels));
      return new Image(width, height, channels, lines);
    }

    private static ByteBuffer chunk(ByteBuffer bytes, String type) {
      int length = bytes.getInt();
      var crc = new CRC32();
      crc.update(bytes.duplicate().limit(bytes.position() + 4 + length));
      var name = new byte[4];
      bytes.get(name);
      assertThat(new String(name, StandardCharsets.US_ASCII)).isEqualTo(type);
      ByteBuffer content = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      assertThat(bytes.getInt()).isEqualTo((int) crc.getValue());
      return content;
    }

    int value(int x, int y, int channel) {
      return lines[y * (1 + width * channels) + 1 + x * channels + channel] & 0xff;
    }
  }

  @Test
  void eachClassHasARowOfItsFirstImagesAndStandardisedNumbersBecomeShades() throws IOException {
    ContactSheet sheet =
        ContactSheet.of(task(Goal.CLASSIFICATION, List.of("a", "b"), 4, 1, 48, 48));
    for (int batch = 0; batch < 6; batch++) {
      NDArray inputs = manager.ones(new Shape(4, 1, 48, 48)).muli(batch == 0 ? -2 : 3);
      sheet.add(samples(inputs, manager.create(new long[] {0, 1, 1, 1})));
    }
    Path file = folder.resolve("new/sheet.png");
    assertThat(sheet.write(file))
        .isEqualTo("sheet       %s, a row for each class: a, b".formatted(file));
    Image image = Image.read(file);
    assertThat(image.width()).isEqualTo(2 + 10 * 50);
    assertThat(image.height()).isEqualTo(2 + 2 * 50);
    assertThat(image.value(0, 0, 0)).as("between").isEqualTo(0x50);
    assertThat(image.value(2, 2, 0)).as("the first batch's").isZero();
    assertThat(image.value(2 + 50, 2, 0)).as("another batch's").isEqualTo(255);
    assertThat(image.value(2 + 5 * 50, 2, 0)).isEqualTo(255);
    assertThat(image.value(2 + 6 * 50, 2, 0)).as("class a has six").isEqualTo(0x50);
    assertThat(image.value(2 + 2 * 50, 52, 0)).isZero();
    assertThat(image.value(2 + 9 * 50, 52, 0)).isEqualTo(255);
  }

  @Test
  void colourStaysColourSmallImagesGrowAndLargeOnesShrink() throws IOException {
    ContactSheet small = ContactSheet.of(task(Goal.REGRESSION, List.of("y"), 2, 3, 2, 2));
    float[] pixels = new float[24];
    pixels[3] = 5; // red, bottom right
    pixels[12 + 4] = 1; // green of the second, top left
    pixels[12 + 8] = 7; // its blue
    Path file = folder.resolve("sheet.png");
    small.add(
        samples(manager.create(pixels, new Shape(2, 3, 2, 2)), manager.zeros(new Shape(2, 1))));
    small.write(file);
    Image image = Image.read(file);
    assertThat(image.channels()).isEqualTo(3);
    assertThat(image.width()).isEqualTo(2 + 10 * 50);
    assertThat(image.value(2 + 47, 2 + 47, 0)).isEqualTo(255);
    assertThat(image.value(2 + 47, 2 + 47, 1)).isZero();
    assertThat(image.value(2 + 23, 2 + 47, 0)).isZero();
    assertThat(image.value(52, 2, 1)).isEqualTo(255);
    assertThat(image.value(52 + 23, 2 + 23, 2)).isEqualTo(255);

    ContactSheet large = ContactSheet.of(task(Goal.CLASSIFICATION, List.of("a"), 1, 1, 200, 100));
    large.add(
        samples(manager.arange(20_000f).reshape(1, 1, 200, 100), manager.zeros(new Shape(1))));
    large.write(file);
    assertThat(Image.read(file).width()).isEqualTo(2 + 10 * 35);
    assertThat(Image.read(file).height()).isEqualTo(2 + 68);
  }

  @Test
  void masksAreBesideTheirImages() throws IOException {
    ContactSheet sheet =
        ContactSheet.of(task(Goal.SEGMENTATION, List.of("0", "1", "2"), 2, 1, 48, 48));
    long[] mask = new long[2 * 48 * 48];
    mask[0] = 2;
    mask[1] = 1;
    mask[2] = -100;
    sheet.add(
        samples(
            manager.arange(2 * 48 * 48f).reshape(2, 1, 48, 48),
            manager.create(mask, new Shape(2, 48, 48))));
    Path file = folder.resolve("sheet.png");
    assertThat(sheet.write(file)).endsWith("each training image with its mask");
    Image image = Image.read(file);
    assertThat(image.height()).isEqualTo(52);
    assertThat(image.value(2, 2, 0)).isZero();
    assertThat(image.value(52, 2, 0)).isEqualTo(255);
    assertThat(image.value(53, 2, 0)).isEqualTo(128);
    assertThat(image.value(54, 2, 0)).isZero();
  }

  @Test
  void whatIsNoImageIsRefused() {
    Task table = task(Goal.CLASSIFICATION, List.of("a", "b"), 64, 13);
    assertThatThrownBy(() -> ContactSheet.of(table))
        .hasMessage(
            "a sheet shows images, [B, C, H, W] with 1 channel or 3; a model gets (64, 13) of these data");
  }
}
