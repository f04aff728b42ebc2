package io.antiphon.core;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.time.Duration;
import java.util.List;

/// Gives the batches of a data set, epoch after epoch.
///
/// What is drawn at random (order, augmentation) is a pure function of the seed and the epoch,
/// never of libtorch's generator, so that a run can resume anywhere.
public interface DataLoader {
  /// {@return a loader of all items of a list in order, in batches of 64, the last one smaller if
  /// need be}
  ///
  /// ```
  /// record House(float[] features, float price) {}
  ///
  /// DataLoader train = DataLoader.of(houses, (manager, some) ->
  ///         new Samples(
  ///             new NDList(manager.create(some.stream().map(House::features).toArray(float[][]::new))),
  ///             new NDList(manager.create(…)),
  ///             some.size()))
  ///     .batchSize(32).shuffled();
  /// ```
  ///
  /// Arrays that are in memory already go faster through `TensorLoader` of `modules/data`, samples
  /// that take long to read through its `PrefetchLoader`, on threads of their own.
  ///
  /// @param items what samples are made of
  /// @param batching makes a batch of some
  static <T> ListLoader<T> of(List<T> items, ListLoader.Batching<T> batching) {
    return new ListLoader<>(items, batching, 64, false, false);
  }

  /// {@return the number of batches of an epoch}
  int batches();

  /// {@return the number of samples of an epoch}
  long samples();

  /// {@return the shapes of a full batch's inputs, `[B, …]` each; B is no more than there are
  /// samples}
  List<Shape> inputShapes();

  /// Opens an epoch.
  ///
  /// @param seed the seed of the run
  /// @param epoch the epoch over the learner's life, from 0
  /// @param first the index of the first batch to give: 0, or more when a run resumes
  Batches open(long seed, long epoch, int first);

  /// {@return a loader of one process's rows of each batch, where several share it: the same
  /// batches, order and number of samples, but what [Batches#next] gives is its part}
  ///
  /// The default loads each whole batch and takes the rows of it; a loader that can load just those
  /// gives another [Share].
  ///
  /// @param rank whose rows, from 0
  /// @param ranks how many processes there are, at least 1
  default DataLoader share(int rank, int ranks) {
    return Share.cut(this, rank, ranks);
  }

  /// {@return whether [#open] can start anywhere and give the same batches as before}
  default boolean resumesExactly() {
    return true;
  }

  /// {@return what a sample is called where samples are listed: its file, if it has one of its own;
  /// else its place}
  ///
  /// @param sample its place in the order of the source, from 0
  default String name(int sample) {
    return Integer.toString(sample);
  }

  /// The batches of one epoch. Whoever opens it closes it.
  interface Batches extends AutoCloseable {
    /// {@return whether there is another batch}
    boolean hasNext();

    /// {@return the next batch}
    ///
    /// @param manager who owns its arrays, and names the device that they shall be on
    Samples next(NDManager manager);

    /// {@return how long [#next] has waited so far for samples that other threads read; zero where
    /// none do}
    default Duration waited() {
      return Duration.ZERO;
    }

    @Override
    default void close() {}
  }
}
