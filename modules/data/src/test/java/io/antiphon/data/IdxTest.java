package io.antiphon.data;

import static io.antiphon.data.IdxFiles.gzip;
import static io.antiphon.data.IdxFiles.idx;
import static io.antiphon.data.IdxFiles.images;
import static io.antiphon.data.IdxFiles.labels;
import static io.antiphon.data.IdxFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {
  @TempDir private Path folder;

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(DataException.class).hasMessage(message);
  }

  @Test
  void plainAndGzipReadAlikeWhateverTheName() throws IOException {
    byte[] bytes =
        idx(0x802, new int[] {2, 3}, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 255);
    Path plain = write(folder, "plain.gz", bytes);
    Path packed = write(folder, "packed", gzip(bytes));
    for (Path file : new Path[] {plain, packed}) {
      Idx idx = Idx.read(file);
      assertThat(idx.shape()).isEqualTo(new Shape(2, 3));
      assertThat(idx.dataType()).isEqualTo(DataType.UINT8);
      assertThat(idx).hasToString(file + ": uint8 (2, 3)");
      try (NDManager manager = NDManager.newBaseManager()) {
        assertThat(idx.array(manager).toUint8Array()).containsExactly(1, 2, 3, 4, 5, 255);
        assertThat(idx.array(manager, 1, 1).toUint8Array()).containsExactly(4, 5, 255);
        assertThat(idx.array(manager, 1, 1).getShape()).isEqualTo(new Shape(1, 3));
        assertThat(manager.getManagedArrays()).hasSize(3);
        assertRefused(
            () -> idx.array(manager, 1, 2),
            file + " has 2 samples, from which 2 cannot be taken from index 1 on");
      }
    }
  }

  @Test
  void otherTypesAreBigEndian() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      byte[] ints =
          idx(
              0xC01,
              new int[] {2},
              (byte) 0,
              (byte) 0,
              (byte) 1,
              (byte) 2,
              (byte) -1,
              (byte) -1,
              (byte) -1,
              (byte) -2);
      assertThat(Idx.read(write(folder, "i", ints)).array(manager).toIntArray())
          .containsExactly(258, -2);
      byte[] floats = idx(0xD01, new int[] {1}, (byte) 0x3f, (byte) 0xc0, (byte) 0, (byte) 0);
      assertThat(Idx.read(write(folder, "f", floats)).array(manager).toFloatArray())
          .containsExactly(1.5f);
      byte[] doubles =
          idx(
              0xE01,
              new int[] {1},
              (byte) 0x3f,
              (byte) 0xf8,
              (byte) 0,
              (byte) 0,
              (byte) 0,
              (byte) 0,
              (byte) 0,
              (byte) 0);
      assertThat(Idx.read(write(folder, "d", doubles)).array(manager).toDoubleArray())
          .containsExactly(1.5);
      byte[] bytes = idx(0x901, new int[] {2}, (byte) 7, (byte) -7);
      assertThat(Idx.read(write(folder, "b", bytes)).array(manager).toByteArray())
          .containsExactly(7, -7);
      byte[] shorts = idx(0xB01, new int[] {2}, (byte) 1, (byte) 2, (byte) -1, (byte) -2);
      assertThat(Idx.read(write(folder, "s", shorts)).array(manager).toIntArray())
          .containsExactly(258, -2);
    }
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("nothing");
    assertRefused(() -> Idx.read(file), "there is no file '%s'".formatted(file));
  }

  @Test
  void aFolderIsNoFile() {
    assertThatThrownBy(() -> Idx.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessage("'%s' is a folder, and a file is needed", folder);
  }

  @Test
  void aTruncatedFileTellsExpectedAndFoundBytes() throws IOException {
    byte[] bytes = images(2);
    Path file = write(folder, "images", Arrays.copyOf(bytes, bytes.length - 100));
    assertRefused(
        () -> Idx.read(file),
        file
            + " is truncated: its header says [2, 28, 28], 1568 bytes of data, but there are 1468");
    Path header = write(folder, "header", Arrays.copyOf(bytes, 10));
    assertRefused(
        () -> Idx.read(header),
        header + " is truncated: its header has 6 of 12 bytes of dimensions");
    Path empty = write(folder, "empty", new byte[0]);
    assertRefused(
        () -> Idx.read(empty), empty + " is truncated: its header has 0 of 4 bytes of magic");
  }

  @Test
  void truncatedOrDamagedGzipIsSaidSo() throws IOException {
    byte[] bytes = gzip(labels(500));
    Path cut = write(folder, "cut", Arrays.copyOf(bytes, bytes.length - 20));
    assertRefused(() -> Idx.read(cut), cut + " is truncated: its gzip data end too soon");
    bytes[bytes.length - 6] ^= 1;
    Path damaged = write(folder, "damaged", bytes);
    assertRefused(
        () -> Idx.read(damaged), damaged + ": its gzip data are damaged (Corrupt GZIP trailer)");
  }

  @Test
  void aFileThatIsTooLongIsRefused() throws IOException {
    byte[] bytes = labels(5);
    Path file = write(folder, "labels", Arrays.copyOf(bytes, bytes.length + 1));
    assertRefused(
        () -> Idx.read(file),
        file + " is too long: its header says [5], 5 bytes of data, but there are more");
  }

  @Test
  void aFileOfAnotherFormatIsRefused() throws IOException {
    Path file = write(folder, "page", "<!DOCTYPE html>".getBytes(StandardCharsets.US_ASCII));
    assertRefused(
        () -> Idx.read(file),
        file
            + ": magic 0x3c21444f is not that of an IDX file, which starts with 0x00000803 for images or 0x00000801 for labels");
  }

  @Test
  void aHeaderThatAsksForTooMuchAllocatesNothing() throws IOException {
    Path file = write(folder, "huge", idx(0x803, new int[] {-1, -1, -1}));
    assertRefused(
        () -> Idx.read(file),
        file
            + " is truncated: its header says [4294967295, 4294967295, 4294967295], 2^63 or more bytes of data, but there are 0");
    byte[] packed = gzip(idx(0x803, new int[] {1 << 12, 1 << 12, 1 << 10}));
    Path zip = write(folder, "huge.gz", packed);
    assertRefused(
        () -> Idx.read(zip),
        zip
            + ": its header says [4096, 4096, 1024], 17179869184 bytes of data, more than the 2 GiB that can be unpacked into memory; unpack it into a file");
    Path many = write(folder, "many", idx(0x802, new int[] {-1, 0}));
    assertRefused(
        () -> Idx.read(many),
        many
            + ": its header says [4294967295, 0], 0 bytes of data; at most 2147483647 samples can be read");
  }

  @Test
  void imagesAndLabelsAreNotConfused() throws IOException {
    Idx images = Idx.read(write(folder, "images", images(3)));
    Idx labels = Idx.read(write(folder, "labels", labels(3)));
    assertRefused(
        labels::images,
        labels.file() + ": magic 0x00000801 is for labels, expected 0x00000803 for images");
    assertRefused(
        images::labels,
        images.file() + ": magic 0x00000803 is for images, expected 0x00000801 for labels");
    Idx matrix = Idx.read(write(folder, "matrix", idx(0xD02, new int[] {0, 3})));
    assertRefused(
        matrix::images,
        matrix.file()
            + ": magic 0x00000d02 is for 2-dimensional float32, expected 0x00000803 for images");
  }

  @Test
  void aPairThatDoesNotFitNamesBothFiles() throws IOException {
    Idx images = Idx.read(write(folder, "images", images(3)));
    Idx labels = Idx.read(write(folder, "labels", labels(4)));
    assertRefused(
        () -> Idx.checkPair(images, labels, 10),
        images.file() + " has 3 images but " + labels.file() + " has 4 labels");
    Idx wrong =
        Idx.read(write(folder, "wrong", idx(0x801, new int[] {3}, (byte) 1, (byte) 10, (byte) 2)));
    assertRefused(
        () -> Idx.checkPair(images, wrong, 10),
        wrong.file() + ": label 10 at index 1, expected 0 to 9");
  }

  @Test
  void imagesAndLabelsMakeALoader() throws IOException {
    Idx images = Idx.read(write(folder, "images", images(6)));
    Idx labels = Idx.read(write(folder, "labels", labels(6)));
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorLoader loader = Idx.loader(manager, images, labels, Standardization.NONE).batchSize(6);
      assertThat(manager.getManagedArrays()).hasSize(2);
      assertThat(loader.inputShapes()).containsExactly(new Shape(6, 1, 28, 28));
      try (DataLoader.Batches batches = loader.open(1, 0, 0)) {
        Samples batch = batches.next(manager);
        assertThat(batch.inputs().head().sum().getFloat()).isCloseTo(15 / 255f, within(1e-6f));
        assertThat(batch.targets().head().toLongArray()).containsExactly(0, 1, 2, 3, 4, 5);
      }
    }
    Idx more = Idx.read(write(folder, "more", labels(7)));
    try (NDManager manager = NDManager.newBaseManager()) {
      assertRefused(
          () -> Idx.loader(manager, images, more, Standardization.NONE),
          images.file() + " has 6 images but " + more.file() + " has 7 labels");
    }
  }
}
