package io.antiphon.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Grey images in an IDX file, and their labels if they are known, read batch by batch.
///
/// @param standardization what is applied to grey values in `[0, 1]`
record IdxSamples(Idx images, Optional<Idx> labels, Standardization standardization)
    implements SampleReader {
  /// {@return a loader of the images in a file, in its order, with the labels that are in a file of
  /// the same name beside it, `labels` in the place of `images` and `idx1` in that of `idx3`; or of
  /// the test pair in a folder, or of its training pair}
  ///
  /// @param classes the number of classes
  static DataLoader read(Path source, int classes, Standardization standardization, int batchSize) {
    Optional<Path> images = Optional.of(source);
    if (Files.isDirectory(source)) {
      images = Mnist.file(source, "t10k-images", 3).or(() -> Mnist.file(source, "train-images", 3));
      if (images.isEmpty()) {
        throw new DataException(Mnist.NEITHER.formatted(source));
      }
    }
    Idx read = Idx.read(images.get()).images();
    if (read.count() == 0) {
      throw new DataException("%s has no images".formatted(read.file()));
    }
    Optional<Idx> labels = Idx.labels(images.get()).map(Idx::read);
    labels.ifPresent(each -> Idx.checkPair(read, each, classes));
    return PrefetchLoader.of(new IdxSamples(read, labels, standardization))
        .batchSize(batchSize)
        .threads(1); // bytes are copied faster than threads take turns
  }

  @Override
  public int size() {
    return images.count();
  }

  @Override
  public List<Field> inputs() {
    return List.of(new Field(new Shape(1).addAll(images.shape().slice(1)), DataType.UINT8));
  }

  @Override
  public List<Field> targets() {
    return labels.isPresent() ? List.of(new Field(new Shape(), DataType.INT64)) : List.of();
  }

  @Override
  public void read(int index, RandomGenerator random, List<ByteBuffer> arrays) {
    images.copy(index, arrays.getFirst());
    labels.ifPresent(all -> arrays.getLast().putLong(all.label(index)));
  }

  @Override
  public NDList prepare(NDList inputs) {
    try (NDArray bytes = inputs.singletonOrThrow()) {
      return new NDList(standardization.apply(bytes));
    }
  }
}
