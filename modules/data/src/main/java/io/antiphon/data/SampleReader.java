package io.antiphon.data;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/// Samples that are read one by one, by several threads at once: from files, a database, a network.
///
/// A [PrefetchLoader] makes batches of them. What is read may be larger than memory.
public interface SampleReader {
  /// One of the arrays that make a sample.
  ///
  /// @param shape its shape, without the batch's axis
  /// @param type the type of its elements
  record Field(Shape shape, DataType type) {
    /// {@return how many bytes it takes}
    int bytes() {
      return Math.toIntExact(Math.multiplyExact(shape.size(), type.getNumOfBytes()));
    }
  }

  /// {@return the number of samples, at least 1}
  int size();

  /// {@return what the model gets of a sample, one array or more}
  List<Field> inputs();

  /// {@return what the loss compares with, no array or more}
  List<Field> targets();

  /// Reads a sample. Several threads call this at once.
  ///
  /// @param index which one, from 0
  /// @param random for what is drawn: it starts anew for every sample, from the seed, the epoch and
  ///   the index
  /// @param arrays where to write the elements, row by row: one buffer for each input, then one for
  ///   each target, in the machine's byte order; at position 0, with the field's size as its limit.
  ///   What is not written is left over from another sample
  /// @throws IOException if it cannot be read; the fit that needs it ends with that
  void read(int index, RandomGenerator random, List<ByteBuffer> arrays) throws IOException;

  /// {@return what to call a sample in messages: the name of its file}
  default String describe(int index) {
    return "sample " + index;
  }

  /// {@return what a sample is called where samples are listed: its file, if it has one of its own;
  /// else its index}
  default String name(int index) {
    return Integer.toString(index);
  }

  /// {@return what the model gets, from the arrays of a batch as they were read, `[B, …]` each, on
  /// the device of the run: the place to convert and to standardise}
  ///
  /// The loop's thread calls this. Results belong to the manager of the arrays given; arrays that
  /// are not given back may be closed.
  default NDList prepare(NDList inputs) {
    return inputs;
  }

  /// {@return the shapes of a batch's inputs as [#prepare] gives them, but for the batch's axis}
  default List<Shape> inputShapes() {
    return inputs().stream().map(Field::shape).toList();
  }
}
