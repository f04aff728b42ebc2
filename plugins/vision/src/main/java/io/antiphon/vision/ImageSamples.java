package io.antiphon.vision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.data.SampleReader;
import io.antiphon.torch.TorchScript;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;

/// Images and their classes or masks, as samples: bytes, which become standardised numbers on the
/// device.
final class ImageSamples implements SampleReader {
  private final List<Path> files;
  private final int[] classes;
  private final Optional<Masks> masks;
  private final Form form;
  private final AtomicReferenceArray<byte[]> kept;
  private final NDArray shift;
  private final NDArray scale;
  private final double least;

  /// What all images become.
  record Form(int channels, int height, int width, Resize resize) {
    int bytes() {
      return channels * height * width;
    }

    byte[] of(Path file) throws IOException {
      Pixels image = Pixels.read(file).channels(channels);
      return whole(image).average(image, height, width);
    }

    /// {@return what is kept of an image that is not cropped at random}
    Box whole(Pixels image) {
      return resize.box(image.height(), image.width(), height, width);
    }

    Shape shape() {
      return new Shape(channels, height, width);
    }
  }

  /// @param least the least share of an image that a random crop keeps; 1 for no random crop
  private ImageSamples(
      List<Path> files,
      int[] classes,
      Optional<Masks> masks,
      Form form,
      AtomicReferenceArray<byte[]> kept,
      NDArray shift,
      NDArray scale,
      double least) {
    this.files = files;
    this.classes = classes;
    this.masks = masks;
    this.form = form;
    this.kept = kept;
    this.shift = shift;
    this.scale = scale;
    this.least = least;
  }

  /// @param classes the class of each image; none with masks, or if nobody knows them
  /// @param keeps whether images stay in memory once they are read
  /// @param moments of values in [0, 1]
  static ImageSamples of(
      List<Path> files,
      int[] classes,
      Optional<Masks> masks,
      Form form,
      boolean keeps,
      Moments moments,
      NDManager manager) {
    var shape = new Shape(form.channels(), 1, 1);
    return new ImageSamples(
        files,
        classes,
        masks,
        form,
        new AtomicReferenceArray<>(keeps ? files.size() : 0),
        manager.create(moments.shift(), shape),
        manager.create(moments.scale(), shape),
        1);
  }

  /// {@return the same images, of which each reading gives a random part}
  ImageSamples cropped(double least) {
    return new ImageSamples(files, classes, masks, form, kept, shift, scale, least);
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public List<Field> inputs() {
    return List.of(new Field(form.shape(), DataType.UINT8));
  }

  @Override
  public List<Field> targets() {
    if (masks.isEmpty() && classes.length == 0) {
      return List.of();
    }
    Shape shape = masks.isPresent() ? new Shape(form.height(), form.width()) : new Shape();
    return List.of(new Field(shape, DataType.INT64));
  }

  @Override
  public void read(int index, RandomGenerator random, List<ByteBuffer> arrays) throws IOException {
    byte[] all = all(index, random);
    arrays.getFirst().put(all, 0, form.bytes());
    ByteBuffer target = arrays.getLast();
    if (classes.length > 0) {
      target.putLong(classes[index]);
    }
    for (int i = form.bytes(); i < all.length; i++) {
      target.putLong(all[i] == Masks.BESIDE ? Masks.LEFT_OUT : all[i] & 0xff);
    }
  }

  /// {@return the values of the image, and those of its mask behind them}
  private byte[] all(int index, RandomGenerator random) throws IOException {
    if (least == 1 && kept.length() > 0 && kept.get(index) != null) {
      return kept.get(index);
    }
    Pixels image = Pixels.read(files.get(index)).channels(form.channels());
    Box box =
        least < 1
            ? Box.random(image, least, form.height(), form.width(), random)
            : form.whole(image);
    byte[] all = box.average(image, form.height(), form.width());
    if (masks.isPresent()) {
      byte[] mask =
          box.nearest(masks.get().read(index, image), form.height(), form.width(), Masks.BESIDE);
      all = Arrays.copyOf(all, all.length + mask.length);
      System.arraycopy(mask, 0, all, form.bytes(), mask.length);
    }
    if (least == 1 && kept.length() > 0) {
      kept.set(index, all);
    }
    return all;
  }

  @Override
  public String describe(int index) {
    return "'%s'".formatted(files.get(index));
  }

  @Override
  public String name(int index) {
    return files.get(index).toString();
  }

  @Override
  public NDList prepare(NDList inputs) {
    NDArray bytes = inputs.singletonOrThrow();
    try (bytes) {
      return Scripts.PREPARE.call(bytes.getManager(), "prepare", bytes, shift, scale);
    }
  }

  private static final class Scripts {
    static final TorchScript PREPARE =
        TorchScript.compile(
            """
            def prepare(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
              return torch.mul_(torch.sub_(torch.to(x, 6), shift), scale)
            """);
  }
}
